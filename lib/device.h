/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LUO_DEVICE_H
#define LUO_DEVICE_H

struct luo {
	int fd;
};

/* What a call returned, with -EOPNOTSUPP in place of an error that means 'no such call'. */
int luo_call_result(struct luo *luo, int ret);

#endif /* LUO_DEVICE_H */
