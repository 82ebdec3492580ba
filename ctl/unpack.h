/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel image has packed, in each way that the kernel knows and a host may use. */
#ifndef LUOCTL_UNPACK_H
#define LUOCTL_UNPACK_H

#include <stddef.h>
#include <stdint.h>

/* More than any kernel is; who makes a file unpack to more means no good. */
#define UNPACK_MAX	(1UL << 30)

/*
 * Unpacks @size bytes at @data, whose way of packing shows in the first of them. What
 * comes behind the end of what is packed is not looked at. *result is freed with free(3).
 * 0; -EMEDIUMTYPE: in no way that is known here; -EBADMSG: damaged, or cut off; -EFBIG:
 * it would be more than UNPACK_MAX; -ENOMEM.
 */
int unpack(const uint8_t *data, size_t size, uint8_t **result, size_t *result_size);
/* "gzip" and the like, or NULL. */
const char *unpack_name(const uint8_t *data, size_t size);

#endif /* LUOCTL_UNPACK_H */
