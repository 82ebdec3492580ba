// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where memfds and huge pages get their memory: not where the next kernel boots, as long
 * as there is other memory.
 *
 * usage: scratch [off]: the orchestrator is turned off
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>
#include "memfds.h"
#include "vm.h"

#define MIB		(1UL << 20)
#define DEBUG		"/sys/kernel/debug"
#define AVOID		"/sys/module/liveupdate/parameters/avoid_scratch"
#define POOL		"/proc/sys/vm/nr_hugepages"
#define MAX_AREAS	16
/* Left to others when memory is filled */
#define LEFT		(160 * MIB)
/* One in so many pages of all is not taken before those in scratch */
#define LEAVE		32
#define SLACK		(64 * MIB)

static struct { uint64_t at, size; } areas[MAX_AREAS];
/* So much that without a preference some of it comes from scratch, a third of the memory */
static size_t much;

static int read_column(const char *path, size_t offset)
{
	FILE *f = fopen(path, "re");
	unsigned long long value;
	int n = 0;

	while (f && n < MAX_AREAS && fscanf(f, "%llx", &value) == 1)
		*(uint64_t *)((char *)&areas[n++] + offset) = value;
	if (f)
		fclose(f);
	return n;
}

static void read_areas(void)
{
	mount("debugfs", DEBUG, "debugfs", 0, NULL);
	need(read_column(DEBUG "/kho/out/scratch_phys", 0) > 0 ? 0 : -ENOENT, "find scratch");
	need(read_column(DEBUG "/kho/out/scratch_len", sizeof(uint64_t)) > 0 ? 0 : -ENOENT,
	     "find its size");
}

static bool is_scratch(uint64_t address)
{
	for (int i = 0; i < MAX_AREAS; i++) {
		if (address - areas[i].at < areas[i].size)
			return true;
	}
	return false;
}

/* How many bytes of what is mapped lie in scratch; not all may be there */
static size_t in_scratch(const char *at, size_t size, size_t *there)
{
	int fd = need(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), "open pagemap");
	uint64_t entry;
	size_t found = 0;

	*there = 0;
	for (size_t done = 0; done < size; done += PAGE) {
		off_t place = ((uintptr_t)at + done) / PAGE * sizeof(entry);

		need(pread(fd, &entry, sizeof(entry), place) == sizeof(entry) ? 0 : -EIO,
		     "read pagemap");
		if (!(entry >> 63))
			continue;
		*there += PAGE;
		if (is_scratch((entry & ((1ULL << 55) - 1)) * PAGE))
			found += PAGE;
	}
	close(fd);
	return found;
}

/* A memfd is made, filled and closed. Returns how much of it was in scratch. */
static size_t scratch_of(int fd, size_t size)
{
	size_t found, there;
	char *at;

	need(ftruncate(fd, size) ? -errno : 0, "size a memfd");
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	need(at == MAP_FAILED ? -errno : 0, "map it");
	found = in_scratch(at, size, &there);
	is(there / MIB, size / MIB, "the memfd has all its %zu MiB", size / MIB);
	munmap(at, size);
	close(fd);
	settled_free(0);
	return found;
}

static int new_memfd(unsigned int flags)
{
	return need(memfd_create("scratch", flags), "make a memfd");
}

/* What is free in bytes, without what is free in scratch */
static size_t free_outside(void)
{
	return (meminfo("MemFree") - meminfo("CmaFree")) * 1024;
}

static void avoid(const char *value)
{
	need(write_to(AVOID, value), "set the parameter");
}

static void small_pages(void)
{
	int fd;

	is(scratch_of(new_memfd(0), much), 0, "by default nothing of a memfd is in scratch");
	avoid("N");
	ok(scratch_of(new_memfd(0), much) > 0, "with avoid_scratch=0 some of it is");
	fd = new_memfd(0);
	avoid("Y");
	is(scratch_of(fd, much), 0, "what counts is what is set when the memory is allocated");
}

/* What one memfd takes of scratch when nothing else is left */
static void all_memory(void)
{
	size_t size = settled_free(0) * 1024 - LEFT;
	size_t outside = free_outside();
	size_t found = scratch_of(new_memfd(0), size);

	ok(found > 0, "where there is no other memory, it comes from scratch");
	note("%zu MiB, of which %zu were free outside of scratch, %zu came from there",
	     size / MIB, outside / MIB, found / MIB);
	ok(found < size - outside + meminfo("MemTotal") * 1024 / LEAVE + SLACK,
	   "and no more of it than has to");
}

/* The page cache gives way: it is not a reason to take scratch. */
static void page_cache(void)
{
	static char bytes[MIB];
	int fd = need(open("/dev/ram0", O_RDONLY), "open the ram disk");
	size_t read_in = 0, found;
	ssize_t n;

	/* Blocks that nobody wrote take no memory but in the page cache. */
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		read_in += n;
	note("%zu MiB read, %ld MiB free, %ld of them in scratch", read_in / MIB,
	     meminfo("MemFree") / 1024, meminfo("CmaFree") / 1024);
	ok(free_outside() < much / 2, "the page cache fills most of the memory");
	found = scratch_of(new_memfd(0), much);
	ok(found < SLACK, "a memfd takes memory from it, but hardly any in scratch");
	note("%zu MiB in scratch", found / MIB);
	close(fd);
}

static void set_pool(size_t pages, const char *what)
{
	char text[32];

	snprintf(text, sizeof(text), "%zu", pages);
	need(write_to(POOL, text), "size the pool");
	is(number_in(POOL), pages, "%s", what);
}

static size_t scratch_of_pool(size_t size, const char *what)
{
	size_t found;

	set_pool(size / HUGE, what);
	found = scratch_of(new_memfd(MFD_HUGETLB), size);
	set_pool(0, "the pool gives them back");
	return found;
}

static void huge_pages(void)
{
	size_t outside;

	settled_free(0);
	outside = free_outside();
	is(scratch_of_pool(much, "a pool of huge pages is made"), 0, "none of them is in scratch");
	avoid("N");
	ok(scratch_of_pool(much, "without avoiding it is made as well") > 0, "and some are");
	avoid("Y");
	ok(scratch_of_pool((outside + 4 * SLACK) / HUGE * HUGE,
			   "a pool that needs scratch gets it") > 0, "and has pages there");
}

int main(int argc, char **argv)
{
	(void)argv;
	read_areas();
	settled_free(0);
	much = free_outside() / 4 * 3 / HUGE * HUGE;
	if (argc > 1) {
		ok(scratch_of(new_memfd(0), much) > 0, "nothing is avoided where it is turned off");
		return 0;
	}
	small_pages();
	huge_pages();
	page_cache();
	all_memory();
	return 0;
}
