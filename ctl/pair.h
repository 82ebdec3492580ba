/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 'luoctl preserve' makes two sessions: one with the files, under the name it
 * is given, and one that holds nothing but their index. Taking a session back
 * cannot be undone: with the index in a session of its own 'luoctl retrieve'
 * can tell whose files they are, and leaves alone what is not its own.
 */
#ifndef LUOCTL_PAIR_H
#define LUOCTL_PAIR_H

#include "libluo.h"

#define INDEX_SESSION_PREFIX "luoctl:"

/* Descriptors; -1 for one that is not there. */
struct pair {
	int files;
	int index;
};

#define PAIR_NONE { .files = -1, .index = -1 }

void pair_close(struct pair *pair);

/* What the index's session is called: an exit code, after a message on failure. */
int pair_index_name(const char *name, char index_name[LUO_NAME_SIZE]);

#endif /* LUOCTL_PAIR_H */
