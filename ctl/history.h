/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records that luod keeps, and which of them is meant. */
#ifndef LUOCTL_HISTORY_H
#define LUOCTL_HISTORY_H

#include <dirent.h>
#include <limits.h>

#include "record.h"

#ifndef LUOD_STATE
#define LUOD_STATE "/var/lib/luod"
#endif

struct history {
	/* Of files, the oldest first. */
	struct dirent **names;
	int count;
};

/* An exit code, after a message on failure; that there is none is no failure. */
int history_open(struct history *history);
void history_close(struct history *history);

void history_path(const struct history *history, int index, char path[PATH_MAX]);

/*
 * The record with that number, or with that update id, of which the beginning is enough, or
 * in that file. An exit code, after a message on failure.
 */
int history_find(const struct history *history, const char *which, struct record *record);
/* The newest: where luod keeps no history, what it has of the last update. */
int history_last(const struct history *history, struct record *record, bool *found);

#endif /* LUOCTL_HISTORY_H */
