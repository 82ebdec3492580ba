// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memfds of huge pages: what they hold, what the pool is said to have, before and after,
 * whether or not the pool of the next kernel was made for them.
 *
 * usage: huge KB POOL NEXT [OVERCOMMIT]: the size of a huge page in kB, and how many the
 * pool has, that of the next kernel, and how many this may have more
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "vm.h"

/* Huge pages of a file that has all, and of one that has three of them */
#define FULL	4
#define SPARSE	8
#define PARTS	3

enum { FULL_FILE = 1, SPARSE_FILE, EMPTY_FILE, DROPPED_FILE };

static size_t huge;
static long before, next, overcommit;
static int dev;

/* A figure of the pool, in huge pages */
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

static void set_pool(const char *name, long value)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%zukB/%s", huge >> 10, name);
	f = fopen(path, "w");
	need(f && fprintf(f, "%ld", value) > 0 ? 0 : -EIO, "size the pool");
	need(fclose(f), "size the pool");
}

static void format(const char *name)
{
	int fd = need(open("/sys/module/liveupdate/parameters/memfd_format", O_WRONLY), "open");

	need(write(fd, name, strlen(name)), "choose the format");
	close(fd);
}

static int file(size_t pages)
{
	unsigned int flags = MFD_HUGETLB | MFD_ALLOW_SEALING |
			     (unsigned int)__builtin_ctzl(huge) << MFD_HUGE_SHIFT;
	int fd = need(memfd_create("huge", flags), "make a memfd of huge pages");

	need(ftruncate(fd, pages * huge), "size it");
	return fd;
}

static char *map(int fd, size_t pages)
{
	char *at = mmap(NULL, pages * huge, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	need(at == MAP_FAILED ? -ENOMEM : 0, "map it");
	return at;
}

/* Something else on each small page of a huge one */
static void fill(char *at, unsigned long seed)
{
	for (size_t i = 0; i < huge; i += 4096)
		*(unsigned long *)(at + i) = seed * 1000003 + i;
}

static bool filled(const char *at, unsigned long seed)
{
	for (size_t i = 0; i < huge; i += 4096) {
		if (*(unsigned long *)(at + i) != seed * 1000003 + i)
			return false;
	}
	return true;
}

static bool blank(const char *at)
{
	for (size_t i = 0; i < huge; i += 4096) {
		if (*(unsigned long *)(at + i))
			return false;
	}
	return true;
}

static void cannot_lose_pages(int session, int fd)
{
	is(ftruncate(fd, huge) ? -errno : 0, -EPERM, "a preserved file cannot be made smaller");
	is(ftruncate(fd, 2 * FULL * huge) ? -errno : 0, -EPERM, "nor larger");
	is(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, huge) ? -errno : 0, -EPERM,
	   "nor be punched");
	need(unpreserve(session, FULL_FILE), "unpreserve");
	is(ftruncate(fd, 2 * FULL * huge), 0, "unpreserved, it can be resized");
	is(ftruncate(fd, FULL * huge), 0, "and back");
	is(preserve(session, fd, FULL_FILE), 0, "and be preserved again");
}

static void preserve_all(int session, int full, int sparse)
{
	format("extent");
	is(preserve(session, full, FULL_FILE), 0, "a memfd of huge pages is preserved");
	is(preserve(session, sparse, SPARSE_FILE), 0, "so is one with holes");
}

static void first(void)
{
	int session = need(create(dev, "huge"), "create a session");
	char extra[96];
	int fd, sparse, dropped;
	char *full, *part;

	set_pool("nr_hugepages", before);
	set_pool("nr_overcommit_hugepages", overcommit);
	fd = file(FULL);
	sparse = file(SPARSE);
	dropped = file(1);
	full = map(fd, FULL);
	part = map(sparse, SPARSE);
	for (int i = 0; i < FULL; i++)
		fill(full + i * huge, i);
	fill(part + huge, 100);
	fill(part + 5 * huge, 101);
	fill(map(dropped, 1), 102);
	format("stock");
	is(preserve(session, fd, FULL_FILE), -ENOENT,
	   "the format that all kernels have does not carry huge pages");
	preserve_all(session, fd, sparse);
	is(preserve(session, file(2), EMPTY_FILE), 0, "so is one that nobody has mapped");
	is(preserve(session, dropped, DROPPED_FILE), 0, "and one that nobody will ask for");
	is(pool("resv_hugepages"), SPARSE - 2, "preserving uses up no reservation");
	cannot_lose_pages(session, fd);
	fill(full + huge, 200);
	fill(part + 7 * huge, 103);
	is(pool("free_hugepages") + FULL + PARTS + 1, pool("nr_hugepages"), "nor huge pages");
	is(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0, "it can be sealed");
	snprintf(extra, sizeof(extra), "hugepagesz=%zuK hugepages=%ld", huge >> 10, next);
	need(load(extra), "load");
	need(kexec_reboot(), "jump");
}

static void content_is_right(int fd, int sparse)
{
	char *full = map(fd, FULL), *part = map(sparse, SPARSE);
	bool right = true;

	for (int i = 0; i < FULL; i++)
		right &= filled(full + i * huge, i == 1 ? 200 : i);
	ok(right, "a file of huge pages has its content, what was written last included");
	ok(filled(part + huge, 100) && filled(part + 5 * huge, 101), "so has one with holes");
	ok(filled(part + 7 * huge, 103), "what was written into a hole is there");
	is(lseek(sparse, 0, SEEK_END), SPARSE * huge, "it has its size");
	munmap(full, FULL * huge);
	munmap(part, SPARSE * huge);
}

static long min(long a, long b)
{
	return a < b ? a : b;
}

/* What the pool is to be: as it was, or as this kernel was told, whichever is more */
static void pool_is_right(void)
{
	long used = FULL + PARTS, reserved = SPARSE - PARTS;
	long total = next >= before ? next : min(before, next + used);
	long surplus;

	if (total < used + reserved)
		total = min(before, used + reserved);
	surplus = used + reserved > total ? used + reserved - total : 0;
	is(pool("nr_hugepages"), total + surplus, "the pool has its huge pages");
	is(pool("free_hugepages"), total + surplus - used, "those that no file has are free");
	is(pool("resv_hugepages"), reserved, "what was reserved is reserved");
	is(pool("surplus_hugepages"), surplus, "what the pool did not have is in surplus");
}

static void holes_can_be_used(int sparse)
{
	char *part = map(sparse, SPARSE);
	bool right = true;

	for (int i = 0; i < SPARSE; i++) {
		if (i != 1 && i != 5 && i != 7)
			right &= blank(part + i * huge);
	}
	ok(right, "its holes are blank, and take the pages that were reserved");
	is(pool("resv_hugepages"), 0, "nothing is reserved any more");
	munmap(part, SPARSE * huge);
}

static int retrieve_sparse(int session)
{
	int fd;

	if (overcommit) {
		is(retrieve_fd(session, SPARSE_FILE), -ENOMEM,
		   "a file whose reservation the pool has no room for is not retrieved");
		is(retrieve_fd(session, SPARSE_FILE), -ENOMEM, "nor the next time");
		set_pool("nr_overcommit_hugepages", overcommit);
	}
	fd = retrieve_fd(session, SPARSE_FILE);
	ok(fd >= 0, "the file with holes is retrieved");
	return fd;
}

/* The second jump hands on what the first one has handed over. */
static void second(void)
{
	int session = need(retrieve(dev, "huge"), "retrieve the session");
	int fd = need(retrieve_fd(session, FULL_FILE), "retrieve"), sparse, empty;

	sparse = retrieve_sparse(session);
	empty = retrieve_fd(session, EMPTY_FILE);
	is(lseek(empty, 0, SEEK_END), 2 * huge, "an empty file has its size");
	content_is_right(fd, sparse);
	is(fcntl(fd, F_GET_SEALS), F_SEAL_GROW, "and its seals");
	pool_is_right();
	need(finish(session), "finish");
	session = need(create(dev, "again"), "create a session");
	preserve_all(session, fd, sparse);
	before = pool("nr_hugepages") - pool("surplus_hugepages");
	next = 0;
	jump();
}

static void third(void)
{
	int session = need(retrieve(dev, "again"), "retrieve the session"), fd, sparse;
	long has;

	set_pool("nr_overcommit_hugepages", overcommit);
	fd = need(retrieve_fd(session, FULL_FILE), "retrieve");
	sparse = need(retrieve_fd(session, SPARSE_FILE), "retrieve");
	content_is_right(fd, sparse);
	holes_can_be_used(sparse);
	need(finish(session), "finish");
	has = pool("nr_hugepages") - pool("surplus_hugepages");
	close(fd);
	close(sparse);
	is(pool("nr_hugepages"), has, "files that are closed give back what was in surplus");
	is(pool("free_hugepages"), has, "and leave the rest to the pool");
	is(pool("surplus_hugepages"), 0, "nothing is in surplus any more");
	set_pool("nr_hugepages", 0);
	is(pool("nr_hugepages"), 0, "the pool can be emptied");
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	huge = strtoul(argv[1], NULL, 10) << 10;
	before = atol(argv[2]);
	next = atol(argv[3]);
	overcommit = argc > 4 ? atol(argv[4]) : 0;
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
