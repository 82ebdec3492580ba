/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine that a fuzzer's bytes describe, and what is read from it */
#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

#include "luo_internal.h"

/* Runs of pages, and of how many orders they can be */
#define MEMORY_PAGES	16
#define MEMORY_ORDERS	3
/* Single pages, and their addresses */
#define MEMORY_FRAMES	(MEMORY_PAGES << (MEMORY_ORDERS - 1))
#define MEMORY_PA(i)	(((i) + 1) * (u64)PAGE_SIZE)
#define MEMORY_FRAME(pa)	(((pa) - MEMORY_PA(0)) / PAGE_SIZE)

/* The checksum and the lengths are made right, so that what follows is reached. */
#define INPUT_FIX	BIT(0)
/* Nothing here can restore a format whose name begins with 'm'. */
#define INPUT_PICKY	BIT(1)
/* A file is retrieved, not discarded; .fail says at which extent that ends. */
#define INPUT_TAKE	BIT(2)
/* With INPUT_FIX: what a file's header says of its chains is made right, too. */
#define INPUT_COUNTS	BIT(3)

/*
 * How an input begins. Then comes memory, a run of pages after the other: two
 * bytes that say how much of its beginning is there, and which order the run has;
 * and that beginning. The rest is zero, or, where that is said in the same two
 * bytes, repeats what came after the first 16 bytes.
 *
 * The first run is the root of the shared part, the second that of our own.
 */
#define INPUT_LENGTH	0xfff	/* of both bytes */
#define INPUT_REPEAT	0x80	/* of the second */

struct input {
	u8 flags;
	u8 fail;	/* which allocation fails, 0 for none */
	u16 size;	/* bytes that KHO says the first root has; of a file, where it is */
	u16 state_size;	/* and the second */
} __packed;

/* Sets the machine up; false where there is no machine in so few bytes. */
bool memory_begin(const u8 *data, size_t size);
/* Gives everything back that is not yet. */
void memory_end(void);
/* Whether a page was handed over, and nobody has claimed it yet */
bool memory_is_kept(u64 pfn);
const struct input *memory_input(void);
/* A copy of what a root says, NULL where it has not as much memory; to be freed */
void *memory_root(unsigned int i, size_t size);
/* The body of a function that nothing which is tried here calls */
#define NOT_HERE	{ abort(); }

/* Looks at each byte. */
void memory_read(const void *p, size_t size);

#endif
