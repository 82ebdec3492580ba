/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent at work: between QEMU, luod and the kernel. */
#ifndef LUO_QEMU_AGENT_H
#define LUO_QEMU_AGENT_H

#include "guest.h"

struct agent {
	struct guest guest;
	struct wire luod;
	/* What luod has been asked, and has answered. */
	bool asked;
	bool subscribed;
	uint64_t ask_again_ns;
	uint64_t lost_ns;
	bool complained;
	/* How long the guest stood still, to be told once luod hears it; -1: not known. */
	int64_t blackout;
	/* For the rate of the clock. */
	uint64_t start_stamp;
	uint64_t start_ns;
};

/* $LUOD_SOCKET, for tests, or the place where luod listens. */
const char *agent_socket(void);
void agent_init(struct agent *agent);

/*
 * Until the guest has ended: its exit status. A guest that is stopped for an update
 * goes on when luod says so.
 */
int agent_run(struct agent *agent);

/*
 * After a jump: asks luod for the guest's session, and has the guest go on. -ENOENT: there
 * is none.
 */
int agent_resume(struct agent *agent);
/*
 * For a guest that goes on already: finishes its session, and tells luod. If luod does
 * not hear it, it stays to be done.
 */
int agent_finish(struct agent *agent);

/* The session's name. */
const char *agent_session_name(const struct guest *guest, char *name, size_t size);

#endif /* LUO_QEMU_AGENT_H */
