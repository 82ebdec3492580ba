/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual machine and the agent that looks after it.
 *
 * The guest's memory is a memory file that the agent makes and QEMU maps, so that it
 * can be preserved while QEMU runs and needs no copy. QEMU is a process of its own: it
 * lives on if the agent dies, and another agent finds in the run directory what it has
 * to know to go on. What must never happen is that a guest runs on with memory that
 * has changed since its state was saved, or runs twice. What an agent may do is
 * therefore decided by the phase in the run directory, written before the deed;
 * takeover.c has what follows from each.
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
	/* QEMU runs, or somebody has paused it. */
	GUEST_RUNNING,
	/* It is stopped for an update, perhaps saved; or is about to be. */
	GUEST_FROZEN,
	/* It takes its state in, and has never run. */
	GUEST_INCOMING,
	/* It goes on, or is about to. */
	GUEST_RESUMED,
	GUEST_PHASES,
};

struct guest {
	char name[GUEST_NAME_SIZE];
	/* As given to 'luo-qemu run': the program and its arguments, and where. */
	char **argv;
	char *directory;
	uint64_t memory_size;
	/* Of the pages that it is made of; 0: the usual ones. */
	uint64_t huge_page_size;
	uint64_t state_size;
	/* What QEMU says it is, and what kind of machine "pc" or "q35" stand for there. */
	char *version;
	char *machine;
	/* Its devices and disks when it was started: inventory.h. */
	char *inventory;
	/* While an update is under way: the files of its disks. */
	char **disks;

	enum guest_phase phase;
	/* It ran when it was stopped for an update. */
	bool ran;
	/* The state is saved, in so many bytes: QEMU is no longer needed to go on from it. */
	bool saved;
	uint64_t saved_length;

	int lock;
	int memory;
	/* The number that the memory file has in QEMU. */
	int memory_number;
	pid_t pid;
	uint64_t start_time;
	int pidfd;
	struct wire qmp;
	int qmp_id;
	/* What became of the last migration, as QEMU's event said. */
	char migration[32];
	/* QEMU has said that the guest goes on. */
	bool went_on;

	/* While an update is under way. */
	int session;
	int description;
	int state;

	/* Of the blackout, in the units of clock.h. */
	uint64_t stopped;
	double rate;
	struct json_object *parts;
};

/* Nothing of it is there yet. */
void guest_init(struct guest *guest);
/* Frees an array of texts, and what it has. */
void guest_free_argv(char **argv);
/* Frees what was taken from a description. */
void guest_drop_machine(struct guest *guest);
/* Closes what is only there while an update is under way. */
void guest_drop_update(struct guest *guest);
/* A time of the blackout, which began at @since_ns. */
void guest_add_part(struct guest *guest, const char *name, uint64_t since_ns);

bool guest_name_is_valid(const char *name);
const char *guest_phase_name(enum guest_phase phase);
/* -EINVAL: no phase has that name. */
int guest_phase_from_name(const char *name);

/* A line on stderr, led by the program's name; returns @error. */
int guest_fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The last of these lines, without the program's name. */
const char *guest_last_failure(void);

#endif /* LUO_QEMU_GUEST_H */
