/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_COLLECT_H
#define LUOCTL_COLLECT_H

#include "index.h"
#include "luoctl.h"

/* Adds to @index all files that the operands name: an exit code, after a message. */
int collect_files(struct index *index, const struct options *options, int count, char **operands);

#endif /* LUOCTL_COLLECT_H */
