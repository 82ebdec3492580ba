/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of updates, a file each, numbered in the order in which they were written,
 * whatever the clock said: NUMBER-TIME-ID.json. The oldest make room for the newest.
 */
#ifndef LUOD_HISTORY_H
#define LUOD_HISTORY_H

#include <json-c/json.h>
#include <stddef.h>

/* How many are kept. */
#define HISTORY_MAX	64

/*
 * Gives @record, which has "started_s" and "update_id", its "number", and writes it into
 * @directory, which is made if need be. A negative errno value if it could not be written;
 * then nothing else was changed.
 */
int history_add(const char *directory, unsigned int most, struct json_object *record);

/* The path of the record in @directory that was written first, or -ENOENT. */
int history_oldest(const char *directory, char *path, size_t size);

#endif /* LUOD_HISTORY_H */
