/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_RESTORE_H
#define LUOCTL_RESTORE_H

#include "index.h"

/*
 * Writes the files of a session into a directory: all of them, or none. An
 * exit code, after a message on failure.
 */
int restore_files(int session, const struct index *index, int dir, const char *dir_name);

#endif /* LUOCTL_RESTORE_H */
