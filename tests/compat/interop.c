// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 500 files in 64 sessions jump between a stock kernel and ours. Only stock calls
 * are made, and everything about a file follows from its number, so that nothing
 * but the files has to survive.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "vm.h"

#define FILES		500
#define SESSIONS	64
/* Newer than the C library of Debian 12 */
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC	0x0020
#endif

static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 65536, 1 << 20 };
static const int seals[] = {
	0, F_SEAL_SEAL, F_SEAL_GROW, F_SEAL_SHRINK, F_SEAL_GROW | F_SEAL_SHRINK,
	F_SEAL_WRITE, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
	F_SEAL_EXEC | F_SEAL_FUTURE_WRITE | F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW,
};

/* Sizes, seals and positions have different periods: all of them meet. */
static size_t size_of(int i)
{
	return sizes[i % 7];
}

static int seals_of(int i)
{
	return seals[i % 8];
}

static off_t position_of(int i)
{
	static const off_t positions[] = { 0, 1, 4096, -1, 1000000007 };
	off_t position = positions[i % 5];

	return position < 0 ? (off_t)size_of(i) : position;
}

static uint64_t token_of(int i)
{
	return i % 3 ? (uint64_t)i : UINT64_MAX - i;
}

static const char *name_of(int session)
{
	static char name[64];

	/* One name is as long as names may be. */
	snprintf(name, sizeof(name), session ? "session %d" : "%063d", session);
	return name;
}

static int make(int i)
{
	int fd = need(memfd("interop", size_of(i), i), "make a memfd");

	if (seals_of(i) && fcntl(fd, F_ADD_SEALS, seals_of(i)))
		need(-errno, "seal a memfd");
	if (lseek(fd, position_of(i), SEEK_SET) < 0)
		need(-errno, "set the position of a memfd");
	return fd;
}

static void before(int dev)
{
	int sessions[SESSIONS], failed = 0;

	for (int i = 0; i < SESSIONS; i++)
		sessions[i] = need(create(dev, name_of(i)), "create a session");
	/* The last session stays empty. */
	for (int i = 0; i < FILES; i++) {
		int fd = make(i);

		failed += preserve(sessions[i % (SESSIONS - 1)], fd, token_of(i)) != 0;
		close(fd);
	}
	is(failed, 0, "%d files are preserved in %d sessions", FILES, SESSIONS);
	jump();
}

struct tally {
	int missing, content, position, seals;
};

static void look_at(int session, int i, struct tally *bad)
{
	int fd = retrieve_fd(session, token_of(i));

	if (fd < 0) {
		note("file %d: %s", i, strerror(-fd));
		bad->missing++;
		return;
	}
	if (lseek(fd, 0, SEEK_CUR) != position_of(i)) {
		note("file %d: position %ld, expected %ld", i, (long)lseek(fd, 0, SEEK_CUR),
		     (long)position_of(i));
		bad->position++;
	}
	if (fcntl(fd, F_GET_SEALS) != seals_of(i)) {
		note("file %d: seals %#x, expected %#x", i, fcntl(fd, F_GET_SEALS), seals_of(i));
		bad->seals++;
	}
	if (!memfd_is(fd, size_of(i), i)) {
		note("file %d of %zu bytes: content or size", i, size_of(i));
		bad->content++;
	}
	close(fd);
}

static void after(int dev)
{
	int sessions[SESSIONS], failed = 0;
	struct tally bad = {};

	for (int i = SESSIONS; i-- > 0;) {
		sessions[i] = retrieve(dev, name_of(i));
		failed += sessions[i] < 0;
	}
	is(failed, 0, "%d sessions are there", SESSIONS);
	for (int i = FILES; i-- > 0;)
		look_at(sessions[i % (SESSIONS - 1)], i, &bad);
	is(bad.missing, 0, "%d files are there", FILES);
	is(bad.content, 0, "their sizes and contents are the same");
	is(bad.position, 0, "their positions are the same");
	is(bad.seals, 0, "their seals are the same");
	is(retrieve_fd(sessions[SESSIONS - 1], 0), -ENOENT, "the empty session is empty");
	failed = 0;
	for (int i = 0; i < SESSIONS; i++) {
		failed += finish(sessions[i]) != 0;
		close(sessions[i]);
	}
	is(failed, 0, "all sessions are finished");
	is(retrieve(dev, name_of(0)), -ENOENT, "and gone");
}

/* Where a kernel of ours was updated by one that has no events, it finishes alone. */
static void state_after(void)
{
	if (access("/sys/kernel/liveupdate/state", F_OK))
		return;
	ok(sysfs_is("state", "normal"), "the state is normal");
	ok(sysfs_is("number", "1"), "one live update led to this kernel");
}

int main(void)
{
	struct rlimit files = { .rlim_cur = 4096, .rlim_max = 4096 };
	int dev;

	setrlimit(RLIMIT_NOFILE, &files);
	dev = need(device(O_RDWR), "open the device");
	if (boot() == 1)
		before(dev);
	after(dev);
	state_after();
	return 0;
}
