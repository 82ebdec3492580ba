/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * There is one luod. The one that was started before systemd says so in the file that it
 * has locked; a luod of luod.service then has it end, and takes its place.
 */
#ifndef LUOD_LOCK_H
#define LUOD_LOCK_H

#include <stdbool.h>

/* Held as long as this process lives. A negative errno value; why was said. */
int lock_take(bool early);

#endif /* LUOD_LOCK_H */
