// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "libluo.h"
#include "sys.h"

int luo_open(struct luo **luo, const char *path, unsigned int flags)
{
	struct luo *new;

	*luo = NULL;
	if (flags & ~LUO_OPEN_WRITE)
		return -EINVAL;

	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;

	new->fd = luo_sys_open(path ? path : LUO_DEVICE,
			       flags & LUO_OPEN_WRITE ? O_RDWR : O_RDONLY);
	if (new->fd < 0) {
		int ret = new->fd;

		free(new);
		return ret;
	}
	*luo = new;
	return 0;
}

void luo_close(struct luo *luo)
{
	if (!luo)
		return;
	close(luo->fd);
	free(luo);
}

int luo_fd(const struct luo *luo)
{
	return luo->fd;
}
