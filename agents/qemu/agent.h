/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent at work: between QEMU, luod and the kernel. */
#ifndef LUO_QEMU_AGENT_H
#define LUO_QEMU_AGENT_H

#include "guest.h"
#include "preserve.h"

struct agent {
	struct guest guest;
	struct wire luod;
	struct preserve preserve;
	/* What luod has been asked, and has answered. */
	bool asked;
	bool subscribed;
	/* When to ask again, and how long to wait then. */
	uint64_t ask_again_ns;
	uint64_t pause_ns;
	uint64_t lost_ns;
	/* When to look once more after what did not go as it should. */
	uint64_t retry_ns;
	bool complained;
	/* The update was called off, and the guest still has to go on. */
	bool thaws;
	/* Until somebody runs the guest for good; @leaves: who has asked for it. */
	bool early;
	bool leaves;
	/* For the rate of the clock. */
	uint64_t start_stamp;
	uint64_t start_ns;
	/* How long the guest stood still; -1: not known, or it was paused anyway. */
	int64_t blackout_ns;
};

void agent_init(struct agent *agent);

/*
 * Until the guest has ended: its exit status. A guest that is stopped for an update
 * goes on when luod says so.
 */
int agent_run(struct agent *agent);

#endif /* LUO_QEMU_AGENT_H */
