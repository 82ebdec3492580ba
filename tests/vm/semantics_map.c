// SPDX-License-Identifier: GPL-2.0-or-later
/* What is done to a file through mappings and pipes */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "semantics.h"
#include "vm.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

/* A CPU keeps pages at hand that it will add to lists; this one, which all runs on, adds them. */
static void drain_lists(void)
{
	static char page[PAGE] __attribute__((aligned(PAGE)));

	madvise(page, PAGE, MADV_COLD);
}

static void write_shared(struct trial *t)
{
	char *map = map_all(t);

	memcpy(map + PAGE - 3, "across", 6);
	memcpy(map + t->hole + 5, "hole", 4);
	saw_call(t, msync(map, t->size, MS_SYNC));
	unmap_all(t, map);
}

static void write_private(struct trial *t)
{
	char *map = mmap(NULL, t->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, t->fd, 0);

	memcpy(map, "private", 7);
	memcpy(map + t->hole + 5, "private", 7);
	saw_bytes(t, map, FIRST_PAGES * PAGE);
	saw_call(t, madvise(map, t->size, MADV_DONTNEED));
	saw_bytes(t, map, FIRST_PAGES * PAGE);
	munmap(map, t->size);
}

/* Where it cannot be accessed, the kernel says so instead of a signal. */
static void access_protected(struct trial *t)
{
	char *map = map_all(t);
	int pipes[2];

	saw_call(t, pipe(pipes));
	saw_call(t, write(pipes[1], map + t->size - LAST_PART + PAGE, 1));
	saw_call(t, write(pipes[1], map + t->size, 1));
	saw_call(t, mprotect(map, t->size, PROT_READ));
	saw_call(t, read(pipes[0], map + 5, 1));
	saw_call(t, mprotect(map, t->size, PROT_NONE));
	saw_call(t, write(pipes[1], map, 1));
	saw_call(t, mprotect(map, t->size, PROT_READ | PROT_WRITE | PROT_EXEC));
	saw_call(t, write(pipes[1], "y", 1));
	saw_call(t, read(pipes[0], map + 5, 1));
	close(pipes[0]);
	close(pipes[1]);
	unmap_all(t, map);
}

static void advise(struct trial *t)
{
	static const int advices[] = { MADV_WILLNEED, MADV_COLD, MADV_FREE, MADV_DONTNEED,
				       MADV_MERGEABLE, MADV_POPULATE_READ, MADV_DONTFORK,
				       MADV_DONTNEED, MADV_POPULATE_WRITE };
	char *map = map_all(t);

	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		saw_call(t, madvise(map, t->size - LAST_PART, advices[i]));
	saw_call(t, madvise(map, t->size + PAGE, MADV_POPULATE_READ));
	saw_bytes(t, map, t->size);
	unmap_all(t, map);
}

static void remove_mapped(struct trial *t)
{
	char *map = map_all(t);

	map[2 * PAGE] = 1;
	saw_call(t, madvise(map + PAGE, 3 * PAGE, MADV_REMOVE));
	saw_call(t, madvise(map + t->hole - PAGE, 2 * PAGE, MADV_REMOVE));
	saw(t, map[2 * PAGE]);
	map[3 * PAGE] = 3;
	unmap_all(t, map);
}

static void resize_mapped(struct trial *t)
{
	char *map = map_all(t);
	int pipes[2];

	saw_call(t, madvise(map, t->size - LAST_PART, MADV_POPULATE_WRITE));
	saw_call(t, ftruncate(t->fd, 6 * PAGE + 1));
	saw_call(t, pipe(pipes));
	saw_call(t, write(pipes[1], map + 7 * PAGE, 1));
	saw_call(t, ftruncate(t->fd, t->size));
	saw_call(t, write(pipes[1], map + 7 * PAGE, 1));
	saw(t, map[6 * PAGE + 1]);
	map[9 * PAGE] = 9;
	close(pipes[0]);
	close(pipes[1]);
	unmap_all(t, map);
}

/* khugepaged's work, at once. It is disturbed by whatever looks at the pages. */
static void collapse(struct trial *t)
{
	char *map = map_all(t);
	int ret = -1;

	for (int i = 0; ret && i < 20; i++) {
		ret = madvise(map, HUGE, MADV_COLLAPSE) ? -errno : 0;
		if (ret != -EAGAIN)
			break;
	}
	saw(t, ret);
	saw_bytes(t, map, t->hole);
	unmap_all(t, map);
}

static void map_huge_pages(struct trial *t)
{
	long before = counted("ShmemPmdMapped");
	char *map = map_all(t);

	map[1] = 1;
	saw(t, counted("ShmemPmdMapped") - before);
	unmap_all(t, map);
	saw(t, counted("ShmemPmdMapped") - before);
}

/* What the kernel's own list says of the pages, but not how they are put together */
static void page_flags(struct trial *t)
{
	/* KPF_REFERENCED, _ACTIVE, _RECLAIM, _COMPOUND_HEAD, _COMPOUND_TAIL, _THP, _IDLE */
	static const int unsteady[] = { 2, 6, 9, 15, 16, 22, 25 };
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	int kpageflags = open("/proc/kpageflags", O_RDONLY);
	uint64_t all = ~0UL, any = 0, pfn, flags, mask = ~0UL;
	char *map = map_all(t);

	madvise(map, FIRST_PAGES * PAGE, MADV_POPULATE_WRITE);
	drain_lists();
	for (size_t i = 0; i < sizeof(unsteady) / sizeof(unsteady[0]); i++)
		mask &= ~(1UL << unsteady[i]);
	for (uint64_t i = 0; i < FIRST_PAGES; i++) {
		need(pread(pagemap, &pfn, 8, (uintptr_t)(map + i * PAGE) / PAGE * 8) - 8,
		     "find a page frame");
		need(pread(kpageflags, &flags, 8, (pfn & ((1UL << 55) - 1)) * 8) - 8,
		     "find the flags of a page");
		all &= flags & mask;
		any |= flags & mask;
	}
	saw(t, all);
	saw(t, any);
	close(pagemap);
	close(kpageflags);
	unmap_all(t, map);
}

static void residency(struct trial *t)
{
	size_t pages = (t->size + PAGE - 1) / PAGE;
	unsigned char *resident = calloc(1, pages);
	char *map = map_all(t);

	saw_call(t, mincore(map, t->size, resident));
	saw_bytes(t, resident, pages);
	map[0]++;
	saw_call(t, madvise(map, t->size, MADV_DONTNEED));
	saw_call(t, mincore(map, t->size, resident));
	saw_bytes(t, resident, pages);
	unmap_all(t, map);
	free(resident);
}

static void lock(struct trial *t)
{
	char *map = map_all(t);
	long before = counted("Mlocked"), unevictable = counted("Unevictable");
	size_t n = FIRST_PAGES * PAGE;

	saw_call(t, mlock2(map, n, MLOCK_ONFAULT));
	saw_call(t, mlock(map, t->more));
	drain_lists();
	saw(t, counted("Mlocked") - before);
	saw(t, counted("Unevictable") - unevictable);
	saw_call(t, munlock(map, t->more));
	drain_lists();
	saw(t, counted("Mlocked") - before);
	unmap_all(t, map);
}

/* Swaps the first pages out, all of them: some may be in use for a moment. */
static void push_out(struct trial *t, char *map)
{
	long before = swapped_kb(), all = t->hole / 1024;

	saw_call(t, madvise(map, t->hole, MADV_POPULATE_READ));
	saw_call(t, madvise(map, t->hole, MADV_PAGEOUT));
	for (int i = 0; i < 50 && swapped_kb() - before < all; i++)
		madvise(map, t->hole, MADV_PAGEOUT);
	saw(t, swapped_kb() - before);
}

static void swap_out_and_in(struct trial *t)
{
	long before = swapped_kb();
	char *map = map_all(t);

	push_out(t, map);
	saw_bytes(t, map, t->hole / 2);
	saw_call(t, pwrite(t->fd, "in", 2, t->hole - PAGE));
	saw_call(t, ftruncate(t->fd, t->hole - 3 * PAGE));
	saw_bytes(t, map, t->hole - 3 * PAGE);
	saw(t, swapped_kb() - before);
	unmap_all(t, map);
}

static void swap_out(struct trial *t)
{
	char *map = map_all(t);

	push_out(t, map);
	unmap_all(t, map);
}

static void share_with_child(struct trial *t)
{
	char *shared = map_all(t), *private;
	pid_t child;
	int status;

	private = mmap(NULL, t->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, t->fd, 0);
	private[PAGE] = 'p';
	child = fork();
	if (!child) {
		shared[5]++;
		shared[t->hole + 5]++;
		private[PAGE]++;
		_exit(ftruncate(t->fd, t->size + 1) ? 1 : private[PAGE]);
	}
	saw(t, waitpid(child, &status, 0) == child ? status : -1);
	saw(t, shared[5]);
	saw(t, private[5]);
	saw(t, private[PAGE]);
	munmap(private, t->size);
	unmap_all(t, shared);
}

const struct deed mapping_deeds[] = {
	{ "it is written to through a mapping", write_shared },
	{ "it is mapped privately", write_private },
	{ "it is accessed where it cannot be", access_protected },
	{ "advice is given", advise },
	{ "pages are removed through a mapping", remove_mapped },
	{ "it is resized while mapped", resize_mapped },
	{ "its pages are made one", collapse },
	{ "huge pages are mapped", map_huge_pages },
	{ "its pages are looked at", page_flags },
	{ "its residency is asked for", residency },
	{ "it is locked into memory", lock },
	{ "it is swapped out and in", swap_out_and_in },
	{ "it is swapped out", swap_out },
	{ "a child has it too", share_with_child },
	{}
};

static void drain(struct trial *t, int fd)
{
	char bytes[4 * PAGE] = "";
	long n;

	do {
		n = read(fd, bytes, sizeof(bytes));
		saw_call(t, n);
		saw_bytes(t, bytes, sizeof(bytes));
	} while (n == sizeof(bytes));
}

static void splice_out(struct trial *t)
{
	loff_t at = 2 * PAGE + 10, hole = t->hole - PAGE;
	int pipes[2];

	saw_call(t, pipe2(pipes, O_NONBLOCK));
	saw_call(t, splice(t->fd, &at, pipes[1], NULL, 3 * PAGE, 0));
	saw_call(t, splice(t->fd, &hole, pipes[1], NULL, 2 * PAGE, 0));
	/* What is in the pipe are the pages themselves, until they are the file's no more. */
	saw_call(t, pwrite(t->fd, "changed", 7, 3 * PAGE));
	saw_call(t, ftruncate(t->fd, 0));
	saw_call(t, pwrite(t->fd, "again", 5, 3 * PAGE));
	drain(t, pipes[0]);
	close(pipes[0]);
	close(pipes[1]);
}

static void splice_in(struct trial *t)
{
	loff_t at = 2 * PAGE + 10;
	char bytes[PAGE];
	int pipes[2];

	pattern(bytes, PAGE, 3);
	saw_call(t, pipe(pipes));
	saw_call(t, write(pipes[1], bytes, PAGE));
	saw_call(t, splice(pipes[0], NULL, t->fd, &at, PAGE, 0));
	close(pipes[0]);
	close(pipes[1]);
}

static void send_file(struct trial *t)
{
	int other = memfd("other", 0, 0);
	off_t at = 5, from = t->hole - 7;

	saw_call(t, sendfile(other, t->fd, &at, t->hole));
	saw_call(t, copy_file_range(t->fd, &from, other, NULL, 3 * PAGE, 0));
	from = 9;
	at = t->hole + 1;
	saw_call(t, copy_file_range(other, &from, t->fd, &at, 2 * PAGE, 0));
	saw(t, layout_of(other).size);
	close(other);
}

static void lend_pages(struct trial *t)
{
	char *map = map_all(t);
	struct iovec parts[2] = { { map + 100, PAGE }, { map + t->hole, PAGE } };
	int pipes[2];

	saw_call(t, pipe2(pipes, O_NONBLOCK));
	saw_call(t, vmsplice(pipes[1], parts, 2, 0));
	unmap_all(t, map);
	saw_call(t, fallocate(t->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, t->more));
	drain(t, pipes[0]);
	close(pipes[0]);
	close(pipes[1]);
}

const struct deed pipe_deeds[] = {
	{ "it is spliced into a pipe", splice_out },
	{ "a pipe is spliced into it", splice_in },
	{ "it is sent and copied", send_file },
	{ "its pages are lent to a pipe", lend_pages },
	{}
};
