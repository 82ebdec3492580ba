/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an agent begins. All return 0 once the guest is there, for agent_run(). */
#ifndef LUO_QEMU_TAKEOVER_H
#define LUO_QEMU_TAKEOVER_H

#include "agent.h"

/* The guest's name, and the lock: from then on nobody else does anything about it. */
int take_name(struct agent *agent, const char *name);

/*
 * The same, where an early agent may have it, which gives way once the guest goes on.
 * *given: it has.
 */
int take_name_for_good(struct agent *agent, const char *name, bool *given);

/*
 * Goes on where an earlier agent of this kernel has ended. -ENOENT: it has not left
 * anything. Other errors have been told.
 */
int take_over(struct agent *agent);

/* That, or from what came over with a jump. */
int take_over_or_resume(struct agent *agent);

#endif /* LUO_QEMU_TAKEOVER_H */
