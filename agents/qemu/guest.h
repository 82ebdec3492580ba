/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual machine and the agent that looks after it.
 *
 * The guest's memory is a memory file that the agent makes and QEMU maps, so that it
 * can be preserved while QEMU runs and needs no copy. QEMU is a process of its own: it
 * lives on if the agent dies, and another agent finds in the run directory what it has
 * to know to go on. What must never happen is that a guest runs on with memory that
 * has changed since its state was saved, or runs twice. What an agent may do is
 * therefore decided by the phase in the run directory, written before the deed:
 *
 *	phase		QEMU			if the agent dies, the next one
 *	running		runs, or is paused	takes it over
 *	frozen		is stopped, perhaps	takes it over, and lets it go on once luod
 *			saved			has said that nobody will jump
 *	incoming	takes its state in	kills it, and begins anew from the session
 *	resumed		goes on, or is about	takes it over, lets it go on if it does not,
 *			to			and finishes the session
 */
#ifndef LUO_QEMU_GUEST_H
#define LUO_QEMU_GUEST_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire.h"

/* Room for a guest's name, so that its session's name fits, too. */
#define GUEST_NAME_SIZE	56
#define SESSION_PREFIX	"qemu:"

/* What has which number in the session. */
enum token {
	TOKEN_DESCRIPTION = 0,
	TOKEN_MEMORY = 1,
	TOKEN_STATE = 2,
};

enum guest_phase {
	GUEST_RUNNING,
	GUEST_FROZEN,
	GUEST_INCOMING,
	GUEST_RESUMED,
};

struct guest {
	char name[GUEST_NAME_SIZE];
	/* As given to 'luo-qemu run': the program and its arguments, and where. */
	char **argv;
	char *directory;
	uint64_t memory_size;
	uint64_t state_size;

	enum guest_phase phase;
	/* It ran when it was stopped for an update. */
	bool ran;
	/* The state is saved, and QEMU no longer needed to go on from it. */
	bool saved;

	int lock;
	int memory;
	/* The number that the memory file has in QEMU. */
	int memory_number;
	pid_t pid;
	uint64_t start_time;
	int pidfd;
	struct wire qmp;
	/* What became of the last migration, as QEMU's event said. */
	char migration[32];

	/* While an update is under way. */
	int session;
	int description;
	int state;

	/* Of the blackout, in the units of clock.h. */
	uint64_t stopped;
	double rate;
	struct json_object *parts;
};

/* A line on stderr, led by the program's name; returns @error. */
int guest_fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif /* LUO_QEMU_GUEST_H */
