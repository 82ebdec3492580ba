// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memfds of huge pages that are larger than what the page allocator has: the pool has them
 * from boot, and keeps what comes in and nobody wants.
 *
 * usage: gigantic KB NEXT: the size of a huge page in kB, and how many the next kernel's
 * pool has of its own
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "vm.h"

enum { FILE_KEPT = 1, FILE_DROPPED };

static size_t huge;
static long next;
static int dev;

static long pool(const char *name)
{
	char path[128];
	long value = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%zukB/%s", huge >> 10, name);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%ld", &value) != 1)
		value = -1;
	if (f)
		fclose(f);
	return value;
}

static char *map(int fd, size_t pages)
{
	char *at = mmap(NULL, pages * huge, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	need(at == MAP_FAILED ? -ENOMEM : 0, "map it");
	return at;
}

/* One word in each 64 KiB, so that what is misplaced is seen */
static bool pattern(char *at, unsigned long seed, bool check)
{
	for (size_t i = 0; i < huge; i += 65536) {
		unsigned long *word = (unsigned long *)(at + i);

		if (!check)
			*word = seed * 1000003 + i;
		else if (*word != seed * 1000003 + i)
			return false;
	}
	return true;
}

static int file(size_t pages)
{
	unsigned int flags = MFD_HUGETLB | (unsigned int)__builtin_ctzl(huge) << MFD_HUGE_SHIFT;
	int fd = need(memfd_create("gigantic", flags), "make a memfd of huge pages");

	need(ftruncate(fd, pages * huge), "size it");
	return fd;
}

static void extents(void)
{
	int fd = need(open("/sys/module/liveupdate/parameters/memfd_format", O_WRONLY), "open");

	need(write(fd, "extent", 6), "choose the format");
	close(fd);
}

static void first(void)
{
	int session = need(create(dev, "gigantic"), "create a session");
	int kept = file(2), dropped = file(1);
	char *at = map(kept, 2);
	char extra[96];

	extents();
	pattern(at, 1, false);
	pattern(map(dropped, 1), 2, false);
	is(preserve(session, kept, FILE_KEPT), 0, "a memfd of gigantic pages is preserved");
	is(preserve(session, dropped, FILE_DROPPED), 0, "so is another");
	pattern(at + huge, 3, false);
	snprintf(extra, sizeof(extra), "hugepagesz=%zuK hugepages=%ld", huge >> 10, next);
	need(load(extra), "load");
	need(kexec_reboot(), "jump");
}

static void content_is_right(int fd)
{
	char *at = map(fd, 2);

	is(lseek(fd, 0, SEEK_END), 2 * huge, "the file has its size");
	ok(pattern(at, 1, true) && pattern(at + huge, 3, true),
	   "and its content, what was written last included");
	munmap(at, 2 * huge);
}

/* What nobody asks for has nowhere to go but the pool. */
static void second(void)
{
	int session = need(retrieve(dev, "gigantic"), "retrieve the session");
	int fd = need(retrieve_fd(session, FILE_KEPT), "retrieve");

	content_is_right(fd);
	ok(pool("nr_hugepages") >= 2, "the pool has the pages of the file");
	need(finish(session), "finish");
	session = need(create(dev, "again"), "create a session");
	extents();
	is(preserve(session, fd, FILE_KEPT), 0, "it can be preserved once more");
	jump();
}

static void third(void)
{
	int session = need(retrieve(dev, "again"), "retrieve the session");
	int fd = need(retrieve_fd(session, FILE_KEPT), "retrieve");
	long has = pool("nr_hugepages");

	content_is_right(fd);
	need(finish(session), "finish");
	close(fd);
	is(pool("nr_hugepages"), has, "a file that is closed leaves its pages to the pool");
	is(pool("free_hugepages"), has, "where they are free");
	fd = file(1);
	ok(!pattern(map(fd, 1), 1, true), "and blank for whoever has them next");
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	huge = strtoul(argv[1], NULL, 10) << 10;
	next = atol(argv[2]);
	dev = need(device(O_RDWR), "open the device");
	switch (boot()) {
	case 1:
		first();
		break;
	case 2:
		second();
		break;
	default:
		third();
	}
	return 0;
}
