/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_BYTES_H
#define LUOCTL_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t size;
};

/*
 * All of a file, in memory of its own, so that nobody cuts it off while it is read; to be
 * freed with free(3) also on failure. -EMEDIUMTYPE: not a regular file; -ENODATA: empty;
 * -EFBIG: more than @max; or what the system says.
 */
int bytes_read(const char *path, size_t max, struct bytes *bytes);

#endif /* LUOCTL_BYTES_H */
