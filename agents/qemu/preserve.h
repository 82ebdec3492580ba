/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that takes long, while the guest runs: its memory becomes part of the
 * session, and the host's cache of its disks is written back. A process of its own
 * does it: the agent goes on listening, and the kernel leaves off when it is killed.
 */
#ifndef LUO_QEMU_PRESERVE_H
#define LUO_QEMU_PRESERVE_H

#include "guest.h"

struct preserve {
	pid_t pid;
	/* To be read once it has ended; -1 if there is none. */
	int pidfd;
	int words;
};

/*
 * Takes over @session; the child has no need of @luod. On failure *why, if it is not NULL, says why, and is to be freed;
 * the guest is as before.
 */
int preserve_start(struct preserve *p, struct guest *guest, int session, int luod,
		   char **why);
/* Once pidfd can be read: how it has ended, as above. */
int preserve_end(struct preserve *p, struct guest *guest, char **why);
/* Leaves off, if it is under way. What is in the session stays there. */
void preserve_stop(struct preserve *p);

/* How far the kernel is with all that it preserves now; false: with nothing. */
bool preserve_progress(uint64_t *done, uint64_t *total);

#endif /* LUO_QEMU_PRESERVE_H */
