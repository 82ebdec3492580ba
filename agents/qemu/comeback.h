/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After a jump: what the agent has to say to luod, one thing after the other. */
#ifndef LUO_QEMU_COMEBACK_H
#define LUO_QEMU_COMEBACK_H

#include "agent.h"

/*
 * Asks luod for the guest's session, and has the guest go on. Waits for luod as long as
 * the kernel may have something to give back. -ENOENT: there is nothing of that name.
 * What fails is told, to luod as well, before it returns.
 */
int comeback_resume(struct agent *agent);

/*
 * For a guest in phase RESUMED, of which nothing in its session is needed any more:
 * finishes it, and tells luod. -ENOTCONN: luod is away; this may be called again.
 */
int comeback_finish(struct agent *agent);

/* The session's name. */
const char *session_name(const struct guest *guest, char *name, size_t size);
/* Where luod listens. */
const char *luod_socket(void);
/* -ENOTCONN: luod is not there. */
int connect_luod(struct agent *agent);

#endif /* LUO_QEMU_COMEBACK_H */
