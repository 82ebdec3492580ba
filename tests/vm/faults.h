/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the sweep over everything that can fail share */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEBUGFS	"/sys/kernel/debug/"

/**
 * struct step - a call in which everything fails once
 * @name: for the test's name
 * @get_ready: before each time, without faults
 * @act: the call itself, 0 or -errno
 * @undo: after it has succeeded
 * @holds: after each time, and @undo, with what came of it: whether nothing was lost
 * @must_succeed: the faults may not make it fail
 * @stays: the state in which a failure leaves the machine
 * @veto: what it says besides, where a callback says no
 * @once: there is no second time after it has succeeded
 */
struct step {
	const char *name;
	void (*get_ready)(void);
	int (*act)(void);
	void (*undo)(void);
	bool (*holds)(int err);
	bool must_succeed;
	int stays;
	int veto;
	bool once;
};

/* What fails: one thing; or all objects, or all pages, from some point on */
enum shortage { ONE, OBJECTS, PAGES };

/* Whether all of them are tried, or just the first */
extern bool all_shortages;

void inject_everything(void);
/* From now on, the nth thing fails; or all after n hundred bytes, or after n pages or more. */
void set_shortage(enum shortage what, int n);
/* Whether it came to that; there is enough of everything again. */
bool end_shortage(void);
/* With this, or with each kind of shortage that is tried */
void sweep(const struct step *step, enum shortage what);
void sweep_all(const struct step *step);
/* Says how many faults there were of each kind, so far. */
void note_faults(const char *where);
void leaks(const char *when);

/**
 * struct kind - what files are handed over, and how
 * @name: what it is called
 * @format: in which they are preserved
 * @page: bytes of a page of theirs
 * @small: how many pages a file has of which there are many
 * @large: and another one
 * @fills: a file gets pages where it has holes
 */
struct kind {
	const char *name;
	const char *format;
	size_t page;
	unsigned int small;
	unsigned int large;
	bool fills;
};

extern const struct kind *kind;

/* Whether there are so many; sets it, and has files be preserved in its way. */
bool choose_kind(unsigned int which);
/* Has the pool have so many huge pages. */
void size_pool(unsigned int pages);
/* A file with half of its pages, a quarter of them to come, and holes */
int new_file(unsigned int pages, uint64_t seed);
/* Writes those that are to come, into what was a hole when it was preserved. */
void write_late(int fd, unsigned int pages, uint64_t seed);
bool is_whole(int fd, unsigned int pages, uint64_t seed);
/* Bytes of memory that are handed over with such a file */
size_t memory_of(unsigned int pages);

#endif
