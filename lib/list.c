// SPDX-License-Identifier: LGPL-2.1-or-later
#include "list.h"

#include <errno.h>
#include <stdlib.h>

/* The list may grow between two calls: a few rounds of room for what was seen. */
#define LIST_ROUNDS 8
#define LIST_START 32

int luo_fill_list(luo_fill_fn fill, int fd, void *data, size_t entry_size, void **list,
		  size_t *count)
{
	uint32_t room = LIST_START;

	for (int i = 0; i < LIST_ROUNDS; i++) {
		void *buf = calloc(room, entry_size);
		uint32_t n = room;
		int ret;

		if (!buf)
			return -ENOMEM;
		ret = fill(fd, buf, &n, data);
		if (!ret && n <= room) {
			*list = buf;
			*count = n;
			return 0;
		}
		free(buf);
		if (ret)
			return ret;
		room = n > UINT32_MAX - LIST_START ? UINT32_MAX : n + LIST_START;
	}
	return -EAGAIN;
}
