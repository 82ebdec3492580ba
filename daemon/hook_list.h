/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What there is to be run in a directory of hooks: executable files of root, which nobody
 * else may write to. What is not is passed over, with a word in the log where somebody may
 * have meant it to be run.
 */
#ifndef LUOD_HOOK_LIST_H
#define LUOD_HOOK_LIST_H

#include <stddef.h>

struct hook_list {
	/* Absolute; names are in the order of their bytes. */
	char *directory;
	char **names;
	size_t count;
};

/* Empty where there is no such directory. */
struct hook_list hook_list_read(const char *directory);
void hook_list_free(struct hook_list *list);

#endif /* LUOD_HOOK_LIST_H */
