/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine that a fuzzer's bytes describe, and what is read from it */
#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

#include "luo_internal.h"

#define MEMORY_PAGES	16
#define MEMORY_PA(i)	(((i) + 1) * (u64)PAGE_SIZE)

/* The checksum and the lengths are made right, so that what follows is reached. */
#define INPUT_FIX	BIT(0)
/* Nothing here can restore a format whose name begins with 'm'. */
#define INPUT_PICKY	BIT(1)

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
	u16 size;	/* bytes that KHO says the first root has */
	u16 state_size;	/* and the second */
} __packed;

/* Sets the machine up; false where there is no machine in so few bytes. */
bool memory_begin(const u8 *data, size_t size);
/* Gives everything back that is not yet. */
void memory_end(void);
const struct input *memory_input(void);
/* A copy of what a root says, NULL where it has not as much memory; to be freed */
void *memory_root(unsigned int i, size_t size);
/* The body of a function that nothing which is tried here calls */
#define NOT_HERE	{ abort(); }

/* Looks at each byte. */
void memory_read(const void *p, size_t size);

#endif
