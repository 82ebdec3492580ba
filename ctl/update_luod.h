/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_UPDATE_LUOD_H
#define LUOCTL_UPDATE_LUOD_H

#include "ask.h"

/* Has luod do the update: an exit code. A NULL @kernel means the one that is loaded. */
int update_by_luod(struct luod_link *luod, const struct options *options, const char *kernel);

#endif /* LUOCTL_UPDATE_LUOD_H */
