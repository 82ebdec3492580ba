/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a live update, between what reads it and what prints it. */
#ifndef LUOCTL_REPORT_H
#define LUOCTL_REPORT_H

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include "libluo.h"

struct report {
	struct luo_report head;
	struct luo_report_entry *entries;
	size_t count;
};

/* Its phases in order; those from the first to the last of the blackout add up to that. */
enum {
	PHASE_PREPARE,
	PHASE_FREEZE,
	PHASE_SHUTDOWN,
	PHASE_JUMP,
	PHASE_BOOT,
	PHASE_RESTORE,
	PHASE_COUNT,
};

struct phase {
	const char *name;
	uint64_t ns;
};

void report_phases(const struct luo_report *head, struct phase phases[PHASE_COUNT]);

/* Callbacks whose times can be shown: those that have a name. */
#define REPORT_CALLBACKS (LUO_CALL_FINISH + 1)

/* The errno value of an error as the kernel has it, whatever that is. */
static inline int report_errno(int error)
{
	return error == INT_MIN ? INT_MAX : abs(error);
}

/* In words, on stdout. Exit codes, after a message on failure. */
int report_print(const struct report *report);
/* Of it the times, the timeline, and the table of participants. */
int report_print_times(const struct report *report);
/* As JSON, on stdout. */
void report_print_json(const struct report *report);

#endif /* LUOCTL_REPORT_H */
