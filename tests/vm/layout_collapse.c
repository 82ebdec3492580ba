// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files that are preserved while the kernel makes huge pages of their pages: what is
 * written to them then is in the pages that are handed over, not in those before.
 *
 * A huge page is made by copying, which takes longest of all that is done for it. So it
 * most likely copies when it is interrupted, at any time, by who preserves the file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>
#include "layout.h"
#include "memfds.h"
#include "vm.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif
#define HUGES		4
#define PAGES		(HUGES * HUGE / PAGE)
#define LONGEST		10000	/* microseconds, more than it takes */

struct words {
	uint64_t early, late;
};

static atomic_bool begun;

static struct words *at_page(char *map, uint64_t page)
{
	return (struct words *)(map + page * PAGE);
}

static void *collapse(void *map)
{
	begun = true;
	for (int i = 0; i < HUGES; i++)
		madvise((char *)map + i * HUGE, HUGE, MADV_COLLAPSE);
	return NULL;
}

/* Has this thread served before others, on a CPU that all share, or as usual again. */
static void be_urgent(bool urgent)
{
	struct sched_param param = { .sched_priority = urgent };
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	for (int i = 0; i < (urgent ? 1 : CPU_SETSIZE); i++)
		CPU_SET(i, &cpus);
	need(sched_setaffinity(0, sizeof(cpus), &cpus) ? -errno : 0, "choose CPUs");
	need(sched_setscheduler(0, urgent ? SCHED_FIFO | SCHED_RESET_ON_FORK : SCHED_OTHER,
				&param) ? -errno : 0, "choose a priority");
}

void collapse_preserve(int session, uint64_t token, uint64_t *state)
{
	int fd = need(memfd("collapse", 0, 0), "make a file");
	pthread_t thread;
	char *map;

	need(ftruncate(fd, PAGES * PAGE) ? -errno : 0, "resize a file");
	for (uint64_t i = 0; i < PAGES; i++)
		need(pwrite(fd, &i, sizeof(i), i * PAGE) < 0 ? -errno : 0, "write to a file");
	map = map_huge(fd, 0, PAGES * PAGE);
	need(map == MAP_FAILED ? -errno : 0, "map a file");

	be_urgent(true);
	begun = false;
	need(-pthread_create(&thread, NULL, collapse, map), "start a thread");
	while (!begun)
		usleep(10);
	usleep(next_random(state) % LONGEST);
	need(preserve_at_last(session, fd, token), "preserve a file");
	be_urgent(false);
	pthread_join(thread, NULL);

	for (uint64_t i = 0; i < PAGES; i++)
		at_page(map, i)->late = ~i;
	munmap(map, PAGES * PAGE);
	close(fd);
}

bool collapse_check(int fd)
{
	struct words w = {};

	for (uint64_t i = 0; i < PAGES; i++) {
		pread(fd, &w, sizeof(w), i * PAGE);
		if (w.early != i || w.late != ~i) {
			note("page %lu says %lu and %#lx", i, w.early, w.late);
			return false;
		}
	}
	return true;
}
