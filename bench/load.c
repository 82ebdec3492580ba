// SPDX-License-Identifier: GPL-2.0-or-later
/* Memfds that are handed over, in memory as it comes, in fragmented memory, of huge pages */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "load.h"
#include "vm.h"

#define PAGE		4096UL
#define HUGE		(2UL << 20)
/* Not fragmented: for page tables, and what the kernel never lets one have */
#define KEPT_KB		(384L << 10)
/* Entries of pagemap that are read at once */
#define ENTRIES		4096UL

static unsigned long page_size(const struct load *what)
{
	return what->huge ? HUGE : PAGE;
}

static unsigned long file_size(const struct load *what)
{
	return what->pages * page_size(what);
}

static void set(const char *path, long value)
{
	char line[64];
	int fd = open(path, O_WRONLY);
	int len = snprintf(line, sizeof(line), "%ld", value);

	if (fd < 0 || write(fd, line, len) != len)
		need(-errno, path);
	close(fd);
}

static void *map(int fd, unsigned long size, int prot, int flags)
{
	void *at = mmap(NULL, size, prot, flags, fd, 0);

	need(at == MAP_FAILED ? -errno : 0, "map memory");
	return at;
}

/* Page frames of so many pages from ADDRESS on; pages that are not there have none. */
static void frames(const void *address, uint64_t *entries, unsigned long count)
{
	static int fd = -1;
	ssize_t size = count * sizeof(*entries);

	if (fd < 0)
		fd = need(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), "open pagemap");
	if (pread(fd, entries, size, (uintptr_t)address / PAGE * sizeof(*entries)) != size)
		need(-EIO, "read pagemap");
	for (unsigned long i = 0; i < count; i++)
		entries[i] = entries[i] >> 63 ? entries[i] & ((1ULL << 55) - 1) : 0;
}

/*
 * Takes nearly all memory and gives back every page whose frame has an odd number. The
 * rest stays taken, and where it is, until the jump: locked, and not to be compacted.
 */
static void fragment(void)
{
	unsigned long pages = (meminfo("MemFree") - KEPT_KB) * 1024 / PAGE;
	static uint64_t entries[ENTRIES];
	char *all;

	set("/proc/sys/vm/compact_unevictable_allowed", 0);
	all = map(-1, pages * PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_POPULATE);
	for (unsigned long p = 0; p < pages; p += ENTRIES) {
		unsigned long n = pages - p < ENTRIES ? pages - p : ENTRIES;

		frames(all + p * PAGE, entries, n);
		for (unsigned long i = 0; i < n; i++) {
			if (entries[i] % 2)
				madvise(all + (p + i) * PAGE, PAGE, MADV_DONTNEED);
		}
	}
	/* Those that are there, and no others */
	need(mlock2(all, pages * PAGE, MLOCK_ONFAULT) ? -errno : 0, "keep memory fragmented");
}

void prepare(const struct load *what)
{
	if (what->huge)
		set("/proc/sys/vm/nr_hugepages", what->files * what->pages);
	if (what->fragmented)
		fragment();
}

static int make_file(const struct load *what)
{
	int fd = memfd_create("bench", what->huge ? MFD_HUGETLB : 0);
	char *at;

	need(fd < 0 ? -errno : 0, "make a memfd");
	need(ftruncate(fd, file_size(what)) ? -errno : 0, "size a memfd");
	at = map(fd, file_size(what), PROT_READ | PROT_WRITE, MAP_SHARED);
	for (long i = 0; i < what->pages; i++)
		*(long *)(at + i * page_size(what)) = i + 1;
	munmap(at, file_size(what));
	return fd;
}

int *make_files(const struct load *what)
{
	int *fds = calloc(what->files + 1, sizeof(*fds));

	need(fds ? 0 : -ENOMEM, "note the files");
	for (long i = 0; i < what->files; i++)
		fds[i] = make_file(what);
	return fds;
}

static long runs_of(const char *at, unsigned long pages)
{
	static uint64_t entries[ENTRIES];
	uint64_t last = 0;
	long runs = 0;

	for (unsigned long p = 0; p < pages; p += ENTRIES) {
		unsigned long n = pages - p < ENTRIES ? pages - p : ENTRIES;

		frames(at + p * PAGE, entries, n);
		for (unsigned long i = 0; i < n; i++) {
			runs += entries[i] && entries[i] != last + 1;
			last = entries[i];
		}
	}
	return runs;
}

long count_runs(const struct load *what, const int *fds)
{
	long runs = 0;

	for (long i = 0; i < what->files; i++) {
		char *at = map(fds[i], file_size(what), PROT_READ, MAP_SHARED | MAP_POPULATE);

		runs += runs_of(at, file_size(what) / PAGE);
		munmap(at, file_size(what));
	}
	return runs;
}

void check_files(const struct load *what, const int *fds)
{
	for (long i = 0; i < what->files; i++) {
		char *at = map(fds[i], file_size(what), PROT_READ, MAP_SHARED);

		for (long p = 0; p < what->pages; p++)
			need(*(long *)(at + p * page_size(what)) == p + 1 ? 0 : -EIO,
			     "find what was there");
		munmap(at, file_size(what));
	}
}

/* settled_free() drops caches; what that leads to be freed later has then been freed. */
long free_memory(void)
{
	long last, now = settled_free(0);

	do {
		usleep(100000);
		last = now;
		now = settled_free(0);
	} while (now != last);
	return now;
}
