// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ten thousand sessions, and ten thousand files in one session. The second
 * half of them must not take much longer than the first.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "vm.h"

#define MANY	10000

static int dev, session;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Calls each for every number, in two halves, and compares their time. */
static void halves(const char *what, int (*each)(int))
{
	double t0 = now(), t1 = 0, t2;
	int failed = 0, err = 0;

	for (int i = 0; i < MANY; i++) {
		int ret = each(i);

		if (ret < 0) {
			failed++;
			err = ret;
		}
		if (i == MANY / 2)
			t1 = now();
	}
	t2 = now();
	is(failed, 0, "%d times: %s", MANY, what);
	if (failed)
		note("last error %d", err);
	note("%s: %.1f M instructions for the first half, %.1f M for the second", what,
	     (t1 - t0) * 1e3, (t2 - t1) * 1e3);
	/* Linear lists would make it three times as many. */
	ok(t2 - t1 < 1.3 * (t1 - t0), "%s stays as fast as it begins", what);
}

static const char *name(int i)
{
	static char text[32];

	snprintf(text, sizeof(text), "session-%d", i * 7919 % MANY);
	return text;
}

static int create_one(int i)
{
	return create(dev, name(i));
}

static int preserve_one(int i)
{
	int fd = memfd_create("f", 0), err;

	if (fd < 0)
		return -errno;
	if (write(fd, &i, sizeof(i)) != sizeof(i))
		return -EIO;
	err = preserve(session, fd, (uint64_t)i * 0x9e3779b97f4a7c15ULL);
	close(fd);
	return err;
}

static int retrieve_one(int i)
{
	return retrieve(dev, name(MANY - 1 - i));
}

static int check_one(int i)
{
	int fd = retrieve_fd(session, (uint64_t)i * 0x9e3779b97f4a7c15ULL), got = -1;

	if (fd < 0)
		return fd;
	if (pread(fd, &got, sizeof(got), 0) != sizeof(got) || got != i)
		return -EILSEQ;
	close(fd);
	return 0;
}

int main(void)
{
	struct rlimit limit = { 2 * MANY + 64, 2 * MANY + 64 };

	boot();
	setrlimit(RLIMIT_NOFILE, &limit);
	dev = need(device(O_RDWR), "open the device");
	if (boot() == 1) {
		halves("creating a session", create_one);
		session = need(create(dev, "files"), "create a session");
		halves("preserving a file", preserve_one);
		jump();
	}
	is(list_sessions(dev, NULL, 0), MANY + 1, "all sessions arrived");
	halves("retrieving a session", retrieve_one);
	session = need(retrieve(dev, "files"), "retrieve the session");
	is(list_fds(session, NULL, 0), MANY, "all files arrived");
	halves("retrieving a file", check_one);
	is(finish(session), 0, "ten thousand files are finished");
	return 0;
}
