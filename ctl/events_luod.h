/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_EVENTS_LUOD_H
#define LUOCTL_EVENTS_LUOD_H

#include "luoctl.h"

/*
 * What luod has to say of an event that somebody wants to send to the kernel: exit
 * codes, after a message on failure. *@done: luod has seen to it. Else it is for the
 * kernel: luod does not run, or has nothing to do with it.
 */
int luod_may_send(const struct options *options);
/* The kernel that is loaded is not that of an update of luod's. */
int luod_may_load(const struct options *options);
int luod_cancel(const struct options *options, bool *done);
int luod_finish(const struct options *options, bool *done);

#endif /* LUOCTL_EVENTS_LUOD_H */
