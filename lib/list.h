/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LUO_LIST_H
#define LUO_LIST_H

#include <stddef.h>
#include <stdint.h>

/* Fills @list, which has room for *count, and sets *count to how many there are. */
typedef int (*luo_fill_fn)(int fd, void *list, uint32_t *count, void *data);

/*
 * A list of all there is, to be freed. What @fill wrote to @data belongs to the
 * list that is returned. -EAGAIN: there were more each time.
 */
int luo_fill_list(luo_fill_fn fill, int fd, void *data, size_t entry_size, void **list,
		  size_t *count);

#endif /* LUO_LIST_H */
