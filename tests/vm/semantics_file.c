// SPDX-License-Identifier: GPL-2.0-or-later
/* What is done to a file: it is read and written to, resized, punched, sealed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "semantics.h"

#define HOLE	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC	0x0020
#endif

static void nothing(struct trial *t)
{
	saw(t, 0);
}

static void attributes(struct trial *t)
{
	char *const none[] = { NULL };
	struct stat st = {};
	char value[8];

	fstat(t->fd, &st);
	saw(t, st.st_mode);
	saw(t, st.st_nlink);
	saw(t, st.st_uid);
	saw(t, st.st_blksize);
	saw_call(t, fcntl(t->fd, F_GETFL));
	saw_call(t, fcntl(t->fd, F_GET_SEALS));
	saw_call(t, fsetxattr(t->fd, "trusted.test", "value", 5, 0));
	saw_call(t, fgetxattr(t->fd, "trusted.test", value, sizeof(value)));
	saw_call(t, fexecve(t->fd, none, none));
	saw_call(t, fchmod(t->fd, 0600));
	saw_call(t, fchown(t->fd, 1, 1));
	fstat(t->fd, &st);
	saw(t, st.st_mode);
	saw(t, st.st_uid);
}

static void read_all(struct trial *t)
{
	char bytes[3 * PAGE];
	struct iovec parts[2] = { { bytes, 100 }, { bytes + PAGE, 2 * PAGE } };

	saw_call(t, lseek(t->fd, 0, SEEK_SET));
	saw_call(t, read(t->fd, bytes, 777));
	saw_bytes(t, bytes, 777);
	saw_call(t, readv(t->fd, parts, 2));
	saw_bytes(t, bytes, sizeof(bytes));
	saw_call(t, pread(t->fd, bytes, 2 * PAGE, t->hole - 9));
	saw_bytes(t, bytes, 2 * PAGE);
	saw_call(t, pread(t->fd, bytes, sizeof(bytes), t->size - 5));
	saw_call(t, pread(t->fd, bytes, sizeof(bytes), t->size));
	saw_call(t, preadv2(t->fd, parts, 1, 0, RWF_NOWAIT));
	saw_call(t, lseek(t->fd, 0, SEEK_CUR));
	lseek(t->fd, 0, SEEK_SET);
}

static void write_anywhere(struct trial *t)
{
	char bytes[2 * PAGE];

	pattern(bytes, sizeof(bytes), 7);
	saw_call(t, pwrite(t->fd, bytes, sizeof(bytes), 5));
	saw_call(t, pwrite(t->fd, bytes, 100, t->hole + 3 * PAGE + 7));
	saw_call(t, pwrite(t->fd, bytes, sizeof(bytes), t->hole - PAGE - 1));
	saw_call(t, pwrite(t->fd, bytes, sizeof(bytes), t->size - PAGE));
	saw_call(t, fcntl(t->fd, F_SETFL, O_APPEND));
	saw_call(t, write(t->fd, bytes, 50));
	saw_call(t, fcntl(t->fd, F_SETFL, 0));
	saw_call(t, lseek(t->fd, 0, SEEK_CUR));
	lseek(t->fd, 0, SEEK_SET);
}

static void sync_and_advise(struct trial *t)
{
	saw_call(t, fsync(t->fd));
	saw_call(t, fdatasync(t->fd));
	saw_call(t, sync_file_range(t->fd, 0, PAGE, SYNC_FILE_RANGE_WRITE));
	saw_call(t, readahead(t->fd, 0, t->size));
	saw(t, posix_fadvise(t->fd, 0, 0, POSIX_FADV_WILLNEED));
	saw(t, posix_fadvise(t->fd, 0, 0, POSIX_FADV_DONTNEED));
}

static void be_moved(struct trial *t)
{
	saw(t, write_to("/proc/sys/vm/compact_memory", "1"));
}

static void shorten(struct trial *t)
{
	saw_call(t, ftruncate(t->fd, t->size - LAST_PART - 3 * PAGE));
	saw_call(t, pwrite(t->fd, "end", 3, t->size));
}

static void shorten_into_first(struct trial *t)
{
	saw_call(t, ftruncate(t->fd, 5 * PAGE + 100));
	saw_call(t, ftruncate(t->fd, t->size));
	saw_call(t, ftruncate(t->fd, 8 * PAGE));
}

static void empty(struct trial *t)
{
	saw_call(t, ftruncate(t->fd, 0));
	saw_call(t, pwrite(t->fd, "new", 3, 2 * PAGE + 1));
}

static void empty_by_opening(struct trial *t)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", t->fd);
	fd = open(path, O_RDONLY);
	saw(t, fd < 0 ? -errno : 0);
	saw_call(t, pwrite(fd, "x", 1, 0));
	close(fd);
	fd = open(path, O_RDWR | O_TRUNC);
	saw(t, fd < 0 ? -errno : 0);
	close(fd);
}

static void lengthen(struct trial *t)
{
	saw_call(t, ftruncate(t->fd, t->size + HUGE + 1));
	saw_call(t, pwrite(t->fd, "end", 3, t->size + HUGE - 2));
	saw_call(t, ftruncate(t->fd, 20 * TIB));
	saw_call(t, pwrite(t->fd, "end", 3, 20 * TIB - 3));
	saw_call(t, ftruncate(t->fd, t->size + HUGE + PAGE));
}

static void punch_pages(struct trial *t)
{
	saw_call(t, fallocate(t->fd, HOLE, 4 * PAGE, PAGE));
	saw_call(t, fallocate(t->fd, HOLE, 8 * PAGE, 3 * PAGE));
	saw_call(t, fallocate(t->fd, HOLE, t->more, PAGE));
}

static void punch_parts(struct trial *t)
{
	saw_call(t, fallocate(t->fd, HOLE, 4 * PAGE + 100, 200));
	saw_call(t, fallocate(t->fd, HOLE, 7 * PAGE + 50, 2 * PAGE + 10));
	saw_call(t, fallocate(t->fd, HOLE, t->hole - 1, 2));
	saw_call(t, fallocate(t->fd, HOLE, t->size - 10, PAGE));
}

static void punch_holes(struct trial *t)
{
	saw_call(t, fallocate(t->fd, HOLE, t->hole, FIRST_HOLE * PAGE));
	saw_call(t, fallocate(t->fd, HOLE, t->size + HUGE, HUGE));
}

static void punch_all(struct trial *t)
{
	saw_call(t, fallocate(t->fd, HOLE, 0, t->size));
	saw_call(t, pwrite(t->fd, "new", 3, PAGE - 1));
}

static void allocate_holes(struct trial *t)
{
	saw_call(t, fallocate(t->fd, 0, t->hole + PAGE + 1, 2 * PAGE));
	saw_call(t, pwrite(t->fd, "x", 1, t->hole + PAGE + 5));
	saw_call(t, fallocate(t->fd, 0, 0, t->size));
}

static void allocate_more(struct trial *t)
{
	saw_call(t, fallocate(t->fd, 0, t->size, 5 * PAGE));
	saw_call(t, fallocate(t->fd, FALLOC_FL_KEEP_SIZE, t->size + 9 * PAGE, 3 * PAGE));
	saw_call(t, fallocate(t->fd, FALLOC_FL_ZERO_RANGE, 0, PAGE));
	saw_call(t, fallocate(t->fd, FALLOC_FL_COLLAPSE_RANGE, 0, PAGE));
	saw_call(t, fallocate(t->fd, FALLOC_FL_INSERT_RANGE, 0, PAGE));
}

const struct deed file_deeds[] = {
	{ "nothing is done", nothing },
	{ "attributes are read and set", attributes },
	{ "it is read", read_all },
	{ "it is written to", write_anywhere },
	{ "it is synced", sync_and_advise },
	{ "memory is compacted", be_moved },
	{ "it is made shorter", shorten },
	{ "it ends within its first pages", shorten_into_first },
	{ "it is truncated to nothing", empty },
	{ "it is opened again, and truncated", empty_by_opening },
	{ "it is made longer", lengthen },
	{ "pages are punched out", punch_pages },
	{ "parts of pages are punched out", punch_parts },
	{ "holes are punched", punch_holes },
	{ "all is punched out", punch_all },
	{ "holes are allocated", allocate_holes },
	{ "room behind its end is allocated", allocate_more },
	{}
};

/* What can still be done with a seal */
static void try_sealed(struct trial *t, int seals)
{
	char *map;

	saw_call(t, fcntl(t->fd, F_ADD_SEALS, seals));
	saw_call(t, fcntl(t->fd, F_GET_SEALS));
	saw_call(t, pwrite(t->fd, "x", 1, 9));
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);
	saw(t, map == MAP_FAILED ? -errno : 0);
	if (map != MAP_FAILED)
		munmap(map, PAGE);
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, t->fd, 0);
	saw(t, map == MAP_FAILED ? -errno : 0);
	if (map != MAP_FAILED) {
		saw_call(t, mprotect(map, PAGE, PROT_READ | PROT_WRITE));
		munmap(map, PAGE);
	}
	saw_call(t, fallocate(t->fd, HOLE, 3 * PAGE, PAGE));
	saw_call(t, ftruncate(t->fd, t->size + 1));
	saw_call(t, ftruncate(t->fd, t->size - PAGE));
	saw_call(t, fchmod(t->fd, 0777));
	saw_call(t, fcntl(t->fd, F_ADD_SEALS, F_SEAL_SHRINK));
}

static void seal_seals(struct trial *t)
{
	try_sealed(t, F_SEAL_SEAL);
}

static void seal_size(struct trial *t)
{
	try_sealed(t, F_SEAL_SHRINK | F_SEAL_GROW);
}

static void seal_write(struct trial *t)
{
	try_sealed(t, F_SEAL_WRITE);
}

static void seal_future_write(struct trial *t)
{
	char *map = map_all(t);

	try_sealed(t, F_SEAL_FUTURE_WRITE);
	memcpy(map + 77, "mapped before", 13);
	unmap_all(t, map);
}

static void seal_exec(struct trial *t)
{
	try_sealed(t, F_SEAL_EXEC);
}

/* Succeeds only where nobody has a page of it who might write to that. */
static void seal_write_while_used(struct trial *t)
{
	char *map = map_all(t), bytes[PAGE];
	struct iovec page = { map + PAGE, PAGE };
	int pipes[2];

	saw_call(t, fcntl(t->fd, F_ADD_SEALS, F_SEAL_WRITE));
	saw_call(t, pipe(pipes));
	saw_call(t, vmsplice(pipes[1], &page, 1, 0));
	unmap_all(t, map);
	saw_call(t, fcntl(t->fd, F_ADD_SEALS, F_SEAL_WRITE));
	saw_call(t, read(pipes[0], bytes, PAGE));
	saw_bytes(t, bytes, PAGE);
	close(pipes[0]);
	close(pipes[1]);
	saw_call(t, fcntl(t->fd, F_ADD_SEALS, F_SEAL_WRITE));
}

const struct deed seal_deeds[] = {
	{ "no more seals are allowed", seal_seals },
	{ "its size is sealed", seal_size },
	{ "it is sealed against writing", seal_write },
	{ "it is sealed against new writers", seal_future_write },
	{ "its mode is sealed", seal_exec },
	{ "it is sealed while its pages are used", seal_write_while_used },
	{}
};
