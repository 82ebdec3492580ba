/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where records of updates go: into LUOD_STATE; and as long as that cannot be written to,
 * full for instance, or not mounted yet, into LUOD_RUN, to be moved when it can.
 */
#ifndef LUOD_ARCHIVE_H
#define LUOD_ARCHIVE_H

#include <json-c/json.h>
#include <stdbool.h>

/* LUOD_STATE is not there yet: until luod ends, everything waits for the next one. */
void archive_wait(void);

/* @is_last: of the update that has led to this kernel. What goes wrong is said. */
void archive_add(struct json_object *record, bool is_last);

/* Moves what has waited, if there is any, in its order. */
void archive_catch_up(void);

#endif /* LUOD_ARCHIVE_H */
