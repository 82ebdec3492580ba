/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JSON object in a memory file of fixed size, for somebody in the next kernel. It
 * can be preserved while it is empty, and written until the machine is frozen, when
 * a preserved file can no longer grow. It may have been written by another version
 * of the program, or be torn: whoever reads it checks.
 *
 * Calls return a negative errno value on failure.
 */
#ifndef LUO_BLOB_H
#define LUO_BLOB_H

#include <json-c/json.h>
#include <stddef.h>

/* A memory file, empty, with room for @size bytes of JSON text. */
int blob_create(const char *name, size_t size);

/* -EFBIG: there is no room for it. What was there before stays readable until the end. */
int blob_write(int fd, struct json_object *object);

/* -ENODATA: nothing was written; -EBADMSG: what is there is no blob, or damaged. */
int blob_read(int fd, struct json_object **object);

#endif /* LUO_BLOB_H */
