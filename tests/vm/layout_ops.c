// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "layout.h"
#include "memfds.h"
#include "vm.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif
#define LONGEST		(256UL << 10)
#define WINDOW_SHIFT	22
#define MAPPED		(1UL << WINDOW_SHIFT)

struct luck luck;

/* Around these it is dense: numbers of bytes, of pages and of extents run over there. */
static const uint64_t far_places[] = {
	GIB - 8 * PAGE, 4 * GIB - 8 * PAGE, 5 * TIB + 3 * PAGE, 16 * TIB - 8 * PAGE,
	17 * TIB + 5, 1UL << 50,
};

static const int some_seals[] = {
	F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SHRINK | F_SEAL_GROW, F_SEAL_FUTURE_WRITE,
	F_SEAL_WRITE, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL,
};

#define LENGTH(array)	(sizeof(array) / sizeof((array)[0]))

static uint64_t draw(struct file *f, uint64_t limit)
{
	return next_random(&f->state) % limit;
}

/* More often small than large: all magnitudes are alike. */
static uint64_t draw_size(struct file *f, unsigned int shift)
{
	return draw(f, 2UL << draw(f, shift));
}

static void restart(struct file *f, int boot, enum phase phase)
{
	f->state = f->seed;
	f->state = next_random(&f->state) + f->number;
	f->state = next_random(&f->state) + boot * PHASES + phase;
}

static void must(struct file *f, bool done, const char *what)
{
	if (!done && !f->wrong) {
		f->wrong = what;
		note("file %d: %s: %s", f->number, what, strerror(errno));
	}
}

static uint64_t size_of(const struct file *f)
{
	struct stat st;

	return fstat(f->shadow, &st) ? 0 : st.st_size;
}

static void put(struct file *f, int fd, const void *bytes, uint64_t n, uint64_t at)
{
	must(f, pwrite(fd, bytes, n, at) == (ssize_t)n, "write");
}

/* A mapping of a part of the file, its own if that has it: from a whole page on */
static char *map(struct file *f, uint64_t at, uint64_t n)
{
	char *m;

	if (f->map && at + n <= MAPPED)
		return f->map + at;
	m = mmap(NULL, n + at % PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, f->real, at & -PAGE);
	must(f, m != MAP_FAILED, "map");
	return m == MAP_FAILED ? NULL : m + at % PAGE;
}

static void unmap(struct file *f, char *m, uint64_t at, uint64_t n)
{
	if (m && !(f->map && at + n <= MAPPED))
		munmap(m - at % PAGE, n + at % PAGE);
}

static void do_write(struct file *f, uint64_t at, uint64_t n, uint64_t seed)
{
	char bytes[LONGEST];

	pattern(bytes, n, seed);
	put(f, f->shadow, bytes, n, at);
	if (f->real >= 0)
		put(f, f->real, bytes, n, at);
}

static void do_write_mapped(struct file *f, uint64_t at, uint64_t n, uint64_t seed)
{
	char bytes[LONGEST], *m;

	pattern(bytes, n, seed);
	put(f, f->shadow, bytes, n, at);
	if (f->real < 0)
		return;
	m = map(f, at, n);
	if (m)
		memcpy(m, bytes, n);
	unmap(f, m, at, n);
}

/* A hole that is read through a mapping gets a page. */
static void do_touch(struct file *f, uint64_t at, uint64_t n, uint64_t seed)
{
	char *m = f->real < 0 ? NULL : map(f, at, n);

	for (uint64_t i = 0; m && i < n; i += PAGE)
		*(volatile char *)(m + i);
	unmap(f, m, at, n);
	(void)seed;
}

/* Every second page: as many runs of pages as there can be */
static void do_comb(struct file *f, uint64_t at, uint64_t n, uint64_t seed)
{
	uint64_t size = size_of(f), teeth = 1 + seed % 300;

	for (uint64_t i = 0; i < teeth && at + i * 2 * PAGE + 8 <= size; i++) {
		uint64_t word = seed + i;

		put(f, f->shadow, &word, 8, at + i * 2 * PAGE);
		if (f->real >= 0)
			put(f, f->real, &word, 8, at + i * 2 * PAGE);
	}
	(void)n;
}

static void do_allocate(struct file *f, uint64_t at, uint64_t n, uint64_t seed)
{
	int mode = seed % 4 ? 0 : FALLOC_FL_KEEP_SIZE;

	must(f, !fallocate(f->shadow, mode, at, n), "allocate");
	must(f, f->real < 0 || !fallocate(f->real, mode, at, n), "allocate");
}

static void do_punch(struct file *f, uint64_t at, uint64_t n, uint64_t seed)
{
	int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

	if (seed % 2) {
		at &= -PAGE;
		n = (n + PAGE - 1) & -PAGE;
	}
	must(f, !fallocate(f->shadow, mode, at, n), "punch");
	must(f, f->real < 0 || !fallocate(f->real, mode, at, n), "punch");
}

static void do_resize(struct file *f, uint64_t at, uint64_t n, uint64_t seed)
{
	uint64_t size = size_of(f);

	if (seed % 8 == 0 && at > size)
		size = at;
	else
		size = seed % 2 ? size + n : size - (n < size ? n : size);
	must(f, !ftruncate(f->shadow, size), "resize");
	must(f, f->real < 0 || !ftruncate(f->real, size), "resize");
}

/* Writes through a mapping that may have huge pages, also behind the end of the file. */
static void do_huge(struct file *f, uint64_t at, uint64_t n, uint64_t seed)
{
	uint64_t first = at & -HUGE, end = (at + n + HUGE - 1) & -HUGE;
	char bytes[LONGEST], *m;
	long before;

	pattern(bytes, n, seed);
	put(f, f->shadow, bytes, n, at);
	if (f->real < 0)
		return;
	before = meminfo("ShmemHugePages");
	m = map_huge(f->real, first, end - first);
	must(f, m != MAP_FAILED, "map");
	if (m == MAP_FAILED)
		return;
	memcpy(m + at - first, bytes, n);
	munmap(m, end - first);
	luck.huge += meminfo("ShmemHugePages") > before;
}

/* Out of memory, as far as the kernel can; of what the file has nothing is changed. */
static void do_swap(struct file *f, uint64_t at, uint64_t n, uint64_t seed)
{
	off_t pos = f->real < 0 ? 0 : lseek(f->real, 0, SEEK_CUR), data, hole;
	long before = swapped_kb();
	char *m;

	if (f->real < 0)
		return;
	data = lseek(f->real, at & -PAGE, SEEK_DATA);
	hole = data < 0 ? -1 : lseek(f->real, data, SEEK_HOLE);
	lseek(f->real, pos, SEEK_SET);
	if (hole < 0)
		return;
	n = (uint64_t)(hole - data) < LONGEST ? (uint64_t)(hole - data) : LONGEST;
	m = mmap(NULL, n, PROT_READ, MAP_SHARED, f->real, data & -PAGE);
	if (m == MAP_FAILED)
		return;
	madvise(m, n, MADV_POPULATE_READ);
	madvise(m, n, MADV_PAGEOUT);
	munmap(m, n);
	luck.swapped += swapped_kb() > before;
	(void)seed;
}

/* Has the kernel move pages, of this file or at all: what cannot be moved stays. */
static void do_move(struct file *f, uint64_t at, uint64_t n, uint64_t seed)
{
	uint64_t first = at & -HUGE;
	char *m;

	if (f->real < 0)
		return;
	if (seed % 16 == 0)
		write_to("/proc/sys/vm/compact_memory", "1");
	m = map_huge(f->real, first, HUGE);
	must(f, m != MAP_FAILED, "map");
	if (m == MAP_FAILED)
		return;
	madvise(m, HUGE, MADV_COLLAPSE);
	munmap(m, HUGE);
	(void)n;
}

/* What leaves the file as large as it is stands at the end, and can be done at any time. */
static const struct {
	void (*run)(struct file *f, uint64_t at, uint64_t n, uint64_t seed);
	bool inside;
} steps[] = {
	{ do_write, false }, { do_allocate, false }, { do_resize, false },
	{ do_punch, true }, { do_huge, true },
	{ do_write, true }, { do_write_mapped, true }, { do_touch, true }, { do_comb, true },
	{ do_swap, true }, { do_move, true },
};
#define ANY_TIME	5

static uint64_t place(struct file *f)
{
	uint64_t at = draw_size(f, WINDOW_SHIFT);

	if (f->far && draw(f, 2)) {
		at >>= draw(f, WINDOW_SHIFT);
		at += far_places[draw(f, LENGTH(far_places))];
	}
	return at;
}

static void step(struct file *f, enum phase phase)
{
	unsigned int from = phase == GROW ? 0 : ANY_TIME;
	unsigned int which = from + draw(f, LENGTH(steps) - from);
	uint64_t at = place(f), n = 1 + draw_size(f, 17), seed = draw(f, 1UL << 62);
	uint64_t size = size_of(f);

	if (n > LONGEST)
		n = LONGEST;
	if (steps[which].inside) {
		if (!size)
			return;
		at = at < size ? at : draw(f, size);
		n = n < size - at ? n : size - at;
	}
	luck.far += f->real >= 0 && at > 16 * TIB;
	luck.late += f->real >= 0 && phase > GROW;
	steps[which].run(f, at, n, seed);
}

void file_begin(struct file *f, uint64_t seed, int number, int boot, bool may_far)
{
	static const uint64_t sizes[] = { 0, 1, PAGE - 1, PAGE, PAGE + 1, HUGE, 3 * HUGE + 1 };

	*f = (struct file) { .seed = seed, .number = number, .real = -1 };
	f->shadow = need(memfd("shadow", 0, 0), "make a file");
	restart(f, boot, TRAITS);
	f->far = draw(f, 3) == 0 && may_far;
	if (draw(f, 5) == 0)
		f->seals = some_seals[draw(f, LENGTH(some_seals))];
	f->mapped = !f->seals && draw(f, 3) == 0;
	ftruncate(f->shadow, sizes[draw(f, LENGTH(sizes))]);
}

void file_open(struct file *f, int fd)
{
	f->real = fd;
	if (!f->mapped)
		return;
	f->map = mmap(NULL, MAPPED, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (f->map == MAP_FAILED)
		f->map = NULL;
	must(f, f->map, "map");
}

void file_make(struct file *f)
{
	file_open(f, need(memfd("real", 0, 0), "make a file"));
	must(f, !ftruncate(f->real, size_of(f)), "resize");
}

static void seal(struct file *f)
{
	must(f, f->real < 0 || !fcntl(f->real, F_ADD_SEALS, f->seals), "seal");
	f->sealed = true;
}

void file_go_on(struct file *f, int boot, enum phase phase)
{
	unsigned int n;

	/* Most seals forbid most of it. */
	if (f->sealed)
		return;
	restart(f, boot, phase);
	n = 1 + draw(f, phase == GROW ? 16 : 6);
	while (n--)
		step(f, phase);
	if (f->seals)
		seal(f);
}

uint64_t file_random(const struct file *f, int boot, uint64_t limit)
{
	struct file copy = *f;

	restart(&copy, boot, TRAITS);
	return draw(&copy, limit);
}

void file_close(struct file *f)
{
	if (f->map)
		munmap(f->map, MAPPED);
	close(f->real);
	f->map = NULL;
	f->real = -1;
}
