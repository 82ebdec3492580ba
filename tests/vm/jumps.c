// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jump after jump, with the same file. Nothing may be lost on the way, neither content
 * nor memory.
 *
 * usage: jumps COUNT [FORMAT]: with a format, of a file in transparent huge pages
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "memfds.h"
#include "vm.h"

#define SIZE	(16UL << 20)

static int dev;

static long remembered(const char *dir)
{
	char path[256];
	long value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/free", dir);
	f = fopen(path, "r");
	if (f) {
		if (fscanf(f, "%ld", &value) != 1)
			value = 0;
		fclose(f);
	}
	return value;
}

static void remember(const char *dir, long value)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/free", dir);
	f = fopen(path, "w");
	if (!f || fprintf(f, "%ld\n", value) < 0 || fclose(f))
		need(-EIO, "remember how much memory was free");
}

/* Takes the file back, as new as it was, and says how much memory is free then. */
static int arrive(int seed)
{
	int s = need(retrieve(dev, "traveller"), "retrieve the session");
	int fd = need(retrieve_fd(s, 1), "retrieve the file");

	if (!memfd_is(fd, SIZE, seed))
		ok(false, "the content is the same after jump %d", boot() - 1);
	need(finish(s), "finish the session");
	close(s);
	need(event(dev, LIVEUPDATE_FINISH, NULL), "finish the update");
	return fd;
}

/* The file's memory is there before it is written to. */
static int new_file(bool huge)
{
	int fd = need(memfd_create("traveller", MFD_CLOEXEC), "make the file");
	char *map;

	need(ftruncate(fd, SIZE) ? -errno : 0, "size it");
	if (huge) {
		map = map_huge(fd, 0, SIZE);
		need(map == MAP_FAILED ? -errno : 0, "map it");
		for (size_t at = 0; at < SIZE; at += HUGE)
			map[at] = 1;
		munmap(map, SIZE);
	}
	return fd;
}

int main(int argc, char **argv)
{
	const char *format = argc > 2 ? argv[2] : NULL;
	int last = argc > 1 ? atoi(argv[1]) : 3, fd, s;
	const char *dir = getenv("LAB_OUT");
	long first, now;

	boot();
	dev = need(device(O_RDWR), "open the device");
	if (format) {
		use_huge("advise");
		use_format(format);
	}
	fd = boot() == 1 ? new_file(format) : arrive(boot() - 1);
	if (format && meminfo("ShmemHugePages") < (long)(SIZE / 1024))
		ok(false, "the file is in huge pages after jump %d", boot() - 1);

	if (boot() == 2)
		remember(dir, settled_free(0));
	if (boot() == last + 1) {
		first = remembered(dir);
		now = settled_free(first - 2048);
		ok(true, "a file is the same after %d jumps", last);
		if (!ok(now > first - 2048, "and no memory was lost since the first"))
			note("%ld kB free after the first, %ld kB after the last", first, now);
		return 0;
	}
	/* Another content each time, so that an old one is not taken for it. */
	need(refill(fd, SIZE, boot()), "fill the file");
	s = need(create(dev, "traveller"), "create a session");
	need(preserve(s, fd, 1), "preserve the file");
	need(event(dev, LIVEUPDATE_PREPARE, NULL), "prepare");
	jump();
}
