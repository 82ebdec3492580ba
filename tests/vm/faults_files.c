// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files for the sweep. Of each four pages two are there when the file is preserved, one
 * comes after that, one is a hole: each of them is an extent of its own. Where pages are
 * small, a large file ends with a large folio.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "faults.h"
#include "memfds.h"
#include "module.h"
#include "vm.h"

enum { FIRST, SECOND, LATER, NEVER, GROUP };

/* Several blocks of extents, and batches of what is put in, in a large one */
static const struct kind kinds[] = {
	{ "stock", "stock", PAGE, 32, 2048, true },
	{ "extents", "extent", PAGE, 32, 2048, false },
	{ "huge pages", "extent", HUGE, GROUP, 4 * GROUP, false },
};

const struct kind *kind;

bool choose_kind(unsigned int which)
{
	if (which >= sizeof(kinds) / sizeof(kinds[0]))
		return false;
	kind = &kinds[which];
	use_format(kind->format);
	use_huge("advise");
	return true;
}

void size_pool(unsigned int pages)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", pages);
	need(put("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", text),
	     "size the pool");
}

/* Something else at each small page of each file */
static uint64_t word(uint64_t seed, size_t at)
{
	return (seed + 1) * 0x9e3779b97f4a7c15ULL + at;
}

/* From where on all of a file is a large folio */
static size_t folio_at(unsigned int pages)
{
	size_t size = pages * kind->page;

	return kind->page == PAGE && size > HUGE ? size - HUGE : size;
}

static void write_folio(int fd, unsigned int pages, uint64_t seed)
{
	size_t at = folio_at(pages);
	char *map;

	if (at == pages * kind->page)
		return;
	map = map_huge(fd, at, HUGE);
	need(map == MAP_FAILED ? -errno : 0, "map the end of a file");
	for (size_t i = 0; i < HUGE; i += PAGE)
		pattern(map + i, PAGE, word(seed, at + i));
	munmap(map, HUGE);
}

static void write_pages(int fd, unsigned int pages, uint64_t seed, unsigned int from,
			unsigned int to)
{
	size_t size = folio_at(pages);
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	need(map == MAP_FAILED ? -errno : 0, "map a file");
	for (size_t at = 0; at < size; at += PAGE) {
		unsigned int which = at / kind->page % GROUP;

		if (which >= from && which <= to)
			pattern(map + at, PAGE, word(seed, at));
	}
	munmap(map, size);
}

int new_file(unsigned int pages, uint64_t seed)
{
	unsigned int flags = kind->page == PAGE ? 0 : MFD_HUGETLB | MFD_HUGE_2MB;
	int fd = memfd_create("faults", MFD_CLOEXEC | flags);

	need(fd < 0 ? -errno : 0, "make a file");
	need(ftruncate(fd, pages * kind->page) ? -errno : 0, "size it");
	write_pages(fd, pages, seed, FIRST, SECOND);
	write_folio(fd, pages, seed);
	return fd;
}

void write_late(int fd, unsigned int pages, uint64_t seed)
{
	write_pages(fd, pages, seed, LATER, LATER);
}

bool is_whole(int fd, unsigned int pages, uint64_t seed)
{
	size_t size = pages * kind->page;
	bool right = lseek(fd, 0, SEEK_END) == (off_t)size;
	char want[PAGE], got[PAGE];

	for (size_t at = 0; right && at < size; at += PAGE) {
		memset(want, 0, PAGE);
		if (at / kind->page % GROUP != NEVER || at >= folio_at(pages))
			pattern(want, PAGE, word(seed, at));
		right = pread(fd, got, PAGE, at) == (ssize_t)PAGE && !memcmp(got, want, PAGE);
	}
	return right;
}

size_t memory_of(unsigned int pages)
{
	size_t size = pages * kind->page;

	return kind->fills ? size : size - folio_at(pages) / GROUP;
}
