// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files that are written to, page after page into their holes, while everything else is
 * over: nobody tells the writers that the machine freezes. What they had written before
 * has to be there afterwards. What they wrote later may be there or not, page by page.
 *
 * The first page of such a file has two counters in it: how many pages the writer has
 * written, and how many it had written when the freeze began.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "layout.h"
#include "memfds.h"
#include "vm.h"

#define PAGES	4096UL
#define HEADER	1UL	/* pages */

struct counters {
	volatile uint64_t written, before_freeze;
};

static struct counters *counters[RACES];

static void content(char page[PAGE], int number, uint64_t at)
{
	pattern(page, PAGE, at << 8 | number);
}

int race_make(int number)
{
	int fd = need(memfd("race", PAGE, 0), "make a file");

	need(ftruncate(fd, (HEADER + PAGES) * PAGE) ? -errno : 0, "resize a file");
	counters[number] = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(counters[number] == MAP_FAILED ? -errno : 0, "map a file");
	*counters[number] = (struct counters) {};
	return fd;
}

/* Until the machine is gone, or it is told that there is no more room in holes. */
static void write_on(int fd, int number)
{
	char page[PAGE], *map;

	map = mmap(NULL, (HEADER + PAGES) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	for (uint64_t at = HEADER; at < HEADER + PAGES; at++) {
		content(page, number, at);
		if (number)
			memcpy(map + at * PAGE, page, PAGE);
		else if (pwrite(fd, page, PAGE, at * PAGE) != PAGE)
			break;
		counters[number]->written = at;
		usleep(100);
	}
	for (;;)
		pause();
}

void race_begin(const int fds[RACES])
{
	fflush(stdout);
	for (int i = 0; i < RACES; i++) {
		if (!fork())
			write_on(fds[i], i);
		while (!counters[i]->written)
			usleep(1000);
	}
}

void race_mark(void)
{
	for (int i = 0; i < RACES; i++)
		counters[i]->before_freeze = counters[i]->written;
}

/* Whole, not at all, or begun with zeroes behind */
static bool may_be(const char *page, const char *want)
{
	size_t n = 0;

	while (n < PAGE && page[n] == want[n])
		n++;
	while (n < PAGE && !page[n])
		n++;
	return n == PAGE;
}

bool race_check(int fd, int number)
{
	char page[PAGE], want[PAGE];
	struct counters c = {};

	pread(fd, &c, sizeof(c), 0);
	note("%lu pages were written, %lu of them before the freeze", c.written,
	     c.before_freeze);
	for (uint64_t at = HEADER; at < HEADER + PAGES; at++) {
		bool right;

		content(want, number, at);
		right = pread(fd, page, PAGE, at * PAGE) == PAGE && may_be(page, want);
		if (at <= c.before_freeze)
			right = right && !memcmp(page, want, PAGE);
		if (at > c.written + 1)
			right = right && may_be(page, (char[PAGE]) {});
		if (!right) {
			note("page %lu is another", at);
			return false;
		}
	}
	return c.before_freeze;
}
