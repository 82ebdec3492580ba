// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How far preserving is can be read while it goes on, and it can be killed at any time:
 * then it is as if it had not been begun.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "memfds.h"
#include "vm.h"

#define LARGE		(64L << 20)
#define STRIDE		(1L << 18)	/* from what is written to the next */
#define SMALL		(5 * PAGE + 1)
#define HITS		3
#define TRIES		100
#define SLACK		8192L		/* kB */

enum { WATCHED = 1, KILLED, HOLES };

static const char *const formats[] = { "stock", "extent" };
static const char *format;
static int dev;

static long done(void)
{
	return number_in("/sys/kernel/liveupdate/preserved_bytes");
}

static long todo(void)
{
	return number_in("/sys/kernel/liveupdate/preserving_bytes");
}

static void is_done(long bytes, const char *name)
{
	is(done(), bytes, "%s, %s", format, name);
}

/* All of it is allocated, and some of it written to. */
static int large(uint64_t seed)
{
	int fd = need(memfd("large", 0, 0), "make a file");

	need(fallocate(fd, 0, 0, LARGE) ? -errno : 0, "allocate memory");
	for (long at = 0; at < LARGE; at += STRIDE) {
		uint64_t word = seed + at;

		need(pwrite(fd, &word, sizeof(word), at) < 0 ? -errno : 0, "write to a file");
	}
	return fd;
}

static bool is_large(int fd, uint64_t seed)
{
	bool right = lseek(fd, 0, SEEK_END) == LARGE;

	for (long at = 0; right && at < LARGE; at += STRIDE) {
		uint64_t words[2] = {};

		right = pread(fd, words, sizeof(words), at) == sizeof(words) &&
			words[0] == seed + at && !words[1];
	}
	return right;
}

static pid_t preserving(int s, int fd, uint64_t token)
{
	pid_t child = fork();

	if (!child)
		_exit(-preserve(s, fd, token) & 0x7f);
	return child;
}

/* Both numbers go one way only, and say no more than there is. */
static void watched(int s)
{
	int fd = large(WATCHED), status = -1, seen = 0;
	long base = done(), before = LARGE, was = base, left, d;
	bool sound = true;
	pid_t child = preserving(s, fd, WATCHED);

	while (!waitpid(child, &status, WNOHANG)) {
		usleep(500);
		d = done();
		left = todo();
		seen += left && left < LARGE;
		sound = sound && left >= 0 && left <= before && d >= was && d <= base + LARGE;
		/* While it has not begun yet, nothing is left. */
		before = left ?: before;
		was = d;
	}
	is(status, 0, "%s, a large file is preserved", format);
	ok(seen, "%s, that it goes on is seen", format);
	ok(sound, "%s, what is left grows less, and what is done more", format);
	is(todo(), 0, "%s, nothing is left", format);
	is_done(base + LARGE, "all of it is done");
	close(fd);
}

static bool is_over(pid_t child)
{
	siginfo_t info = {};

	return waitid(P_PID, child, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

/* Waits until a part of the work is done. */
static void wait_for_part(pid_t child, double part)
{
	long left;

	do {
		usleep(500);
		left = todo();
	} while ((!left || left > LARGE * (1 - part)) && !is_over(child));
}

/* Whether it was killed before it was over */
static bool kill_midway(int s, int fd, double part)
{
	pid_t child = preserving(s, fd, KILLED);
	int status;

	wait_for_part(child, part);
	kill(child, SIGKILL);
	need(waitpid(child, &status, 0) == child ? 0 : -ECHILD, "wait for a child");
	if (!list_fds(s, NULL, 0))
		return WIFSIGNALED(status);
	need(unpreserve(s, KILLED), "unpreserve a file");
	return false;
}

static void killed(int s)
{
	static const double parts[] = { 0.01, 0.3, 0.5, 0.7 };
	long base = done(), before = settled_free(0), after;
	int fd = large(KILLED), hits = 0, tries = 0;

	before -= LARGE / 1024;
	while (hits < HITS && tries < TRIES)
		hits += kill_midway(s, fd, parts[tries++ % 4]);
	is(hits, HITS, "%s, preserving can be killed, early and late", format);
	note("%d tries", tries);
	is(todo(), 0, "%s, then nothing is left to do", format);
	is(done(), base, "%s, and nothing done", format);
	is(list_fds(s, NULL, 0), 0, "%s, the session does not have it", format);
	is(ftruncate(fd, LARGE + 5) ? -errno : 0, 0, "%s, the file can be resized", format);
	need(ftruncate(fd, LARGE) ? -errno : 0, "resize a file");
	after = settled_free(before - SLACK);
	if (!ok(after >= before - SLACK, "%s, no memory is gone", format))
		note("%ld kB were free, %ld are", before, after);
	is(preserve(s, fd, KILLED), 0, "%s, and it can be preserved", format);
	is_done(base + LARGE, "all of it");
	close(fd);
}

/* What is undone is no longer done, whichever way. */
static void undone(void)
{
	int s = need(create(dev, "undone"), "create a session");
	int fd = need(memfd("small", SMALL, 1), "make a file");
	long base = done(), pages = 6 * PAGE;

	need(preserve(s, fd, 1), "preserve a file");
	is_done(base + pages, "whole pages are counted");
	is(preserve(s, fd, 2), -EBUSY, "%s, a file is preserved once", format);
	is_done(base + pages, "and counted once");
	need(unpreserve(s, 1), "unpreserve a file");
	is_done(base, "not any more once it is unpreserved");
	need(preserve(s, fd, 1), "preserve a file");
	close(s);
	is_done(base, "or its session is closed");
	close(fd);
}

/*
 * What comes to holes is preserved when all is frozen, and only until that is cancelled.
 * In stock's format there are none any more.
 */
static void holes(int s)
{
	bool kept = !strcmp(format, "extent");
	long base = done(), some = base + (kept ? 2 : 100) * PAGE;
	int fd = need(memfd("holes", 0, 0), "make a file");

	ftruncate(fd, 100 * PAGE);
	pwrite(fd, "first", 5, 0);
	pwrite(fd, "second", 6, 50 * PAGE);
	need(preserve(s, fd, HOLES), "preserve a file");
	is_done(some, kept ? "holes are not counted" : "holes are filled, and counted");
	pwrite(fd, "late", 4, 70 * PAGE);
	is_done(some, "not so what is written later");
	need(event(dev, LIVEUPDATE_PREPARE, NULL), "PREPARE");
	need(event(dev, LIVEUPDATE_FREEZE, NULL), "FREEZE");
	is_done(some + kept * PAGE, "until all is frozen");
	is(todo(), 0, "%s, nothing is left", format);
	need(event(dev, LIVEUPDATE_CANCEL, NULL), "CANCEL");
	is_done(some, "and not once that is cancelled");
	close(fd);
}

static void first(void)
{
	is(done(), 0, "nothing is preserved at first");
	is(todo(), 0, "and nothing is being preserved");
	for (int i = 0; i < 2; i++) {
		int s;

		format = formats[i];
		use_format(format);
		s = need(create(dev, format), "create a session");
		undone();
		killed(s);
		watched(s);
		holes(s);
	}
	jump();
}

static void second(void)
{
	is(done(), 0, "the next kernel has not preserved anything");
	is(todo(), 0, "and does not");
	for (int i = 0; i < 2; i++) {
		int s = need(retrieve(dev, formats[i]), "retrieve a session");
		char text[5] = "";
		int fd;

		ok(is_large(retrieve_fd(s, WATCHED), WATCHED), "%s, a file is there", formats[i]);
		ok(is_large(retrieve_fd(s, KILLED), KILLED),
		   "%s, and the one whose preservation was killed", formats[i]);
		fd = need(retrieve_fd(s, HOLES), "retrieve a file");
		pread(fd, text, 4, 70 * PAGE);
		ok(!strcmp(text, "late"), "%s, and what came late", formats[i]);
		is(finish(s), 0, "%s, finish", formats[i]);
	}
}

/* Is served before its children, on the CPU that all share, whenever it wants to look. */
static void be_urgent(void)
{
	struct sched_param first = { .sched_priority = 1 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	need(sched_setaffinity(0, sizeof(one), &one) ? -errno : 0, "stay on one CPU");
	need(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first) ? -errno : 0,
	     "be served first");
}

int main(void)
{
	boot();
	be_urgent();
	dev = need(device(O_RDWR), "open the device");
	if (boot() == 1)
		first();
	second();
	return 0;
}
