/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where something is on its way, in one line: "loading > [preserving] > preparing  ###---" */
#ifndef LUOCTL_TRACK_H
#define LUOCTL_TRACK_H

#include <stdbool.h>
#include <stdio.h>

#include "tally.h"

struct track {
	/* The steps, up to a NULL; NULL for no track at all. */
	const char *const *steps;
	size_t current;
	/* How much of this step is done, 0 to 1; less where that is not known. */
	double part;
};

/* Of an update by luod: none while luod is idle. */
struct track track_of(const struct tally *tally);
/* Of the kernel's states. */
struct track track_of_state(const char *state);

/* In at most @width columns. */
void track_draw(FILE *out, const struct track *track, int width, bool colour);

#endif /* LUOCTL_TRACK_H */
