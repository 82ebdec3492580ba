/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts share that write handovers for the fuzzers */
#ifndef FUZZ_SEEDS_H
#define FUZZ_SEEDS_H

#include "memory.h"

#define SEEDS_PAGES	9

/* One that is being made */
extern struct handover {
	struct input input;
	unsigned int order[SEEDS_PAGES];
	size_t repeats[SEEDS_PAGES];	/* bytes after the first 16, where it does */
	u8 pages[SEEDS_PAGES][PAGE_SIZE] __attribute__((aligned(8)));
} handover;

#define AT(i)	((void *)handover.pages[i])

/* Writes it down, and begins with a valid one of all tables again. */
void put(const char *name);
void extents_of_all_kinds(void);

#endif
