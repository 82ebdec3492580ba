/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LUO_DEVICE_H
#define LUO_DEVICE_H

struct luo {
	int fd;
};

#endif /* LUO_DEVICE_H */
