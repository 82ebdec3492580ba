/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hook says: the first lines of it to the log, and the last for who asks why. */
#ifndef LUOD_HOOK_OUTPUT_H
#define LUOD_HOOK_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "phase.h"

/* How many lines of a hook are in the log. */
#define HOOK_LINES_MAX	32

struct hook_output {
	/* "hook:NAME" */
	const char *culprit;
	/* The line that is not at its end yet; what it has beyond that is cut. */
	char line[REASON_SIZE];
	size_t used;
	/* The last one that was not empty. */
	char last[REASON_SIZE];
	unsigned int lines;
};

void hook_output_start(struct hook_output *output, const char *culprit);
/* Reads what there is at once, in one piece; false if nothing is left to be read. */
bool hook_output_read(struct hook_output *output, int fd);
/* A last line may have no end. */
void hook_output_end(struct hook_output *output);

#endif /* LUOD_HOOK_OUTPUT_H */
