/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of layouts that a seed decides on, and a second file beside each that has the
 * same done to it and is never preserved: what the first one has to be.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

/* When something is done to a file */
enum phase {
	TRAITS,		/* when it is made */
	GROW,		/* before it is preserved */
	DURING,		/* by a thread, while it is preserved */
	LATE,		/* once it is */
	FINAL,		/* just before the jump */
	PHASES
};

struct file {
	uint64_t seed;
	int number;
	uint64_t state;		/* of the sequence of random numbers */
	int real, shadow;	/* real is -1 while only the shadow catches up */
	/* Decided when it is made */
	bool far;		/* may have data behind terabytes of holes */
	bool mapped;		/* all the time, at @map */
	int seals;		/* and whether it has them already, and is left alone */
	bool sealed;
	char *map;
	const char *wrong;	/* the first call that failed */
};

/* What happened at all, so that a test can tell that it has tested it */
struct luck {
	unsigned long far, huge, swapped, late;
};
extern struct luck luck;

/* Makes the shadow only. */
void file_begin(struct file *f, uint64_t seed, int number, int boot, bool may_far);
/* Makes the file itself, or has it be the one that was retrieved. */
void file_make(struct file *f);
void file_open(struct file *f, int fd);
/* Does what the seed has in store for that phase of that boot. */
void file_go_on(struct file *f, int boot, enum phase phase);
/* Something else about a file that differs from boot to boot */
uint64_t file_random(const struct file *f, int boot, uint64_t limit);
/* The shadow stays. */
void file_close(struct file *f);

/* Tries again where pages cannot be moved because others use them for a moment. */
int preserve_at_last(int session, int fd, uint64_t token);

/* Two files that are written to until the jump, by processes that nobody waits for */
#define RACES	2
int race_make(int number);
void race_begin(const int fds[RACES]);
/* Just before the freeze that is the last */
void race_mark(void);
bool race_check(int fd, int number);

/* Files that become huge pages while they are preserved */
#define COLLAPSES	16
void collapse_preserve(int session, uint64_t token, uint64_t *state);
bool collapse_check(int fd);

#endif
