/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOD_HOOK_CHILD_H
#define LUOD_HOOK_CHILD_H

#include <sys/types.h>

/*
 * Runs @path as a process group of its own that ends with luod, with @env, nothing to read,
 * and what it says to be read from @output. The process, or a negative errno value.
 */
pid_t hook_child_start(const char *path, char **env, int *output);
/* To all of its group, as long as it was not waited for. */
void hook_child_kill(pid_t child, int signal);

#endif /* LUOD_HOOK_CHILD_H */
