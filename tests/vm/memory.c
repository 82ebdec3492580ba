// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a memfd is before and after: sizes, holes, seals, position, what cannot
 * be done to it while it is preserved, who pays for it. Jumps twice: what was
 * retrieved is handed on.
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
#include <sys/stat.h>
#include <unistd.h>
#include "vm.h"

#define PAGE	4096UL
#define HUGE	(2UL << 20)
#define BIG	(32UL << 20)

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL	0x0008U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC	0x0020
#endif

enum { SIZES = 100, SPARSE = 200, SEALS = 300, NOEXEC = 400, POSITION, WRITTEN, HUGEPAGE,
       CHARGED, RESERVED };

static const size_t sizes[] = { 0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE + 7, HUGE, HUGE + 1 };
static const int seals[] = {
	0, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE, F_SEAL_FUTURE_WRITE,
	F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL };

static int dev, session;

static int errno_of(long ret)
{
	return ret < 0 ? -errno : 0;
}

static long blocks_kb(int fd)
{
	struct stat st;

	fstat(fd, &st);
	return st.st_blocks / 2;
}

/* Data at 1 MiB and at 9 MiB of 16 MiB; the rest is a hole. */
static int sparse(void)
{
	int fd = memfd("sparse", 0, 0);

	ftruncate(fd, 16 << 20);
	pwrite(fd, "first", 5, 1 << 20);
	pwrite(fd, "second", 6, 9 << 20);
	return fd;
}

static bool sparse_is(int fd)
{
	char *page = mmap(NULL, 16 << 20, PROT_READ, MAP_SHARED, fd, 0);
	bool right = page != MAP_FAILED && !memcmp(page + (1 << 20), "first", 6) &&
		     !memcmp(page + (9 << 20), "second", 7);

	for (size_t at = 0; right && at < 16 << 20; at += PAGE) {
		if (at != 1 << 20 && at != 9 << 20)
			right = !memcmp(page + at, (char[64]) {}, 64);
	}
	munmap(page, 16 << 20);
	return right;
}

static void cannot_be_resized(void)
{
	int fd = memfd("fixed", 4 * PAGE, 40);
	char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	need(preserve(session, fd, RESERVED), "preserve");
	is(errno_of(ftruncate(fd, 0)), -EPERM, "a preserved memfd cannot be truncated");
	is(errno_of(ftruncate(fd, 8 * PAGE)), -EPERM, "nor grow");
	is(errno_of(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE)), -EPERM,
	   "nor be punched");
	is(errno_of(fallocate(fd, 0, 0, 8 * PAGE)), -EPERM, "nor be allocated");
	is(errno_of(pwrite(fd, "x", 1, 4 * PAGE)), -EPERM, "nor be written to behind its end");
	is(errno_of(pwrite(fd, "x", 1, 4 * PAGE - 1)), 0, "it can be written to before");
	map[7] = 'm';
	is(errno_of(madvise(map, PAGE, MADV_REMOVE)), -EPERM, "nor be punched through a mapping");
	need(unpreserve(session, RESERVED), "unpreserve");
	is(errno_of(ftruncate(fd, 8 * PAGE)), 0, "unpreserved, it can grow again");
	is(errno_of(ftruncate(fd, 0)), 0, "and be truncated");
	munmap(map, 4 * PAGE);
	close(fd);
}

static void not_preserved(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	int named = open("/dev/shm-test", O_CREAT | O_RDWR, 0600);
	int pipes[2];

	pipe(pipes);
	is(preserve(session, pipes[0], RESERVED), -ENOENT, "a pipe cannot be preserved");
	if (named >= 0)
		is(preserve(session, named, RESERVED), -ENOENT,
		   "nor a file that has a name in a tmpfs");
	close(fd);
	close(named);
	unlink("/dev/shm-test");
}

static void write_to(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

/* Two huge pages, which memfd() then fills */
static int huge(void)
{
	int fd = memfd_create("huge", 0);
	long before = meminfo("ShmemHugePages");
	char *room, *map;

	write_to("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "advise");
	ftruncate(fd, 2 * HUGE);
	room = mmap(NULL, 3 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	map = (char *)(((uintptr_t)room + HUGE - 1) & ~(HUGE - 1));
	map = mmap(map, 2 * HUGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	madvise(map, 2 * HUGE, MADV_HUGEPAGE);
	for (size_t at = 0; at < 2 * HUGE; at += HUGE)
		map[at] = 1;
	refill(fd, 2 * HUGE, 77);
	munmap(room, 3 * HUGE);
	is(meminfo("ShmemHugePages") - before, 2 * HUGE / 1024, "a memfd has two huge pages");
	return fd;
}

static void first(void)
{
	int fd;
	char *map;

	session = need(create(dev, "memory"), "create a session");
	cannot_be_resized();
	not_preserved();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		is(preserve(session, memfd("size", sizes[i], i), SIZES + i), 0,
		   "%zu bytes are preserved", sizes[i]);
	is(preserve(session, sparse(), SPARSE), 0, "a sparse file is preserved");

	for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		fd = memfd("seals", PAGE, i);
		fcntl(fd, F_ADD_SEALS, seals[i]);
		is(preserve(session, fd, SEALS + i), 0, "seals %#x are preserved", seals[i]);
	}
	fd = memfd("seals", PAGE, 50);
	need(preserve(session, fd, SEALS + 50), "preserve");
	is(errno_of(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK)), 0,
	   "a seal can be added to a preserved file");

	fd = memfd_create("noexec", MFD_NOEXEC_SEAL);
	pwrite(fd, "plain", 5, 0);
	is(preserve(session, fd, NOEXEC), 0, "a file that may not be executed is preserved");

	fd = memfd("position", 10 * PAGE, 60);
	need(preserve(session, fd, POSITION), "preserve");
	lseek(fd, 12345, SEEK_SET);

	fd = memfd("written", 4 * PAGE, 70);
	map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(preserve(session, fd, WRITTEN), "preserve");
	pwrite(fd, "by write", 8, 5);
	memcpy(map + 2 * PAGE, "by mapping", 10);

	is(preserve(session, huge(), HUGEPAGE), 0, "huge pages are preserved");
	is(preserve(session, memfd("charged", BIG, 80), CHARGED), 0, "32 MiB are preserved");
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "prepare");
	memcpy(map + 3 * PAGE, "prepared", 8);
	jump();
}

static int take(uint64_t token)
{
	return retrieve_fd(session, token);
}

static void same_as_before(void)
{
	char text[16] = "";
	struct stat st;
	long shmem;
	int fd;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fd = take(SIZES + i);
		ok(fd >= 0 && memfd_is(fd, sizes[i], i), "%zu bytes are the same", sizes[i]);
		close(fd);
	}
	fd = take(SPARSE);
	ok(fd >= 0 && sparse_is(fd), "a sparse file is the same");
	close(fd);
	for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		fd = take(SEALS + i);
		is(fcntl(fd, F_GET_SEALS), seals[i], "seals %#x are the same", seals[i]);
		ok(memfd_is(fd, PAGE, i), "and so is what they seal");
		if (seals[i] & F_SEAL_WRITE)
			is(errno_of(pwrite(fd, "x", 1, 0)), -EPERM, "which cannot be written to");
		close(fd);
	}
	fd = take(SEALS + 50);
	is(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK, "a seal that was added later is there");
	close(fd);

	fd = take(NOEXEC);
	fstat(fd, &st);
	is(st.st_mode & 0111, 0, "a file that could not be executed still cannot be");
	is(fcntl(fd, F_GET_SEALS), F_SEAL_EXEC, "is sealed like that, and no more than that");
	is(errno_of(pwrite(fd, "x", 1, 0)), 0, "and can be written to");
	close(fd);

	fd = take(POSITION);
	is(lseek(fd, 0, SEEK_CUR), boot() == 2 ? 12345 : 10 * (long)PAGE, "the position is the last one");
	ok(memfd_is(fd, 10 * PAGE, 60), "the content too");
	close(fd);

	fd = take(WRITTEN);
	pread(fd, text, 8, 5);
	ok(!memcmp(text, "by write", 8), "what was written after preservation is there");
	pread(fd, text, 10, 2 * PAGE);
	ok(!memcmp(text, "by mapping", 10), "also through a mapping");
	pread(fd, text, 8, 3 * PAGE);
	ok(!memcmp(text, "prepared", 8), "and while prepared");
	close(fd);

	shmem = meminfo("ShmemHugePages");
	fd = take(HUGEPAGE);
	is(meminfo("ShmemHugePages") - shmem, 2 * HUGE / 1024, "huge pages are still huge");
	ok(fd >= 0 && memfd_is(fd, 2 * HUGE, 77), "huge pages are the same");
	close(fd);
}

static long cgroup_kb(void)
{
	FILE *f = fopen("/sys/fs/cgroup/luo/memory.current", "r");
	long bytes = -1024;

	if (f) {
		if (fscanf(f, "%ld", &bytes) != 1)
			bytes = -1024;
		fclose(f);
	}
	return bytes / 1024;
}

/* A retrieved file costs what a fresh one does, and whoever retrieves it pays. */
static void accounted(void)
{
	long charged, shmem, committed, fd;

	write_to("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	mkdir("/sys/fs/cgroup/luo", 0755);
	write_to("/sys/fs/cgroup/luo/cgroup.procs", "0");
	charged = cgroup_kb();
	shmem = meminfo("Shmem");
	committed = meminfo("Committed_AS");
	fd = take(CHARGED);
	ok(memfd_is(fd, BIG, 80), "32 MiB are the same");
	is(blocks_kb(fd), BIG / 1024, "stat says 32 MiB of blocks");
	ok(labs(meminfo("Shmem") - shmem - (long)BIG / 1024) < 1024, "meminfo counts 32 MiB more");
	ok(labs(meminfo("Committed_AS") - committed - (long)BIG / 1024) < 4096,
	   "32 MiB more are committed");
	ok(charged >= 0 && cgroup_kb() - charged >= (long)BIG / 1024 - 1024,
	   "the control group of who retrieves it is charged 32 MiB");
	write_to("/sys/fs/cgroup/cgroup.procs", "0");
}

/* Everything that can be done to a fresh memfd can be done to a retrieved one. */
static void as_good_as_new(void)
{
	long fd = take(SIZES + 6), shmem;
	char *map;

	is(errno_of(ftruncate(fd, HUGE + PAGE)), 0, "a retrieved file can grow");
	is(errno_of(pwrite(fd, "x", 1, HUGE + 5)), 0, "and be written to where it grew");
	is(errno_of(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, HUGE / 2)), 0,
	   "and be punched");
	is(blocks_kb(fd), (HUGE / 2 + PAGE) / 1024, "which frees its blocks");
	is(errno_of(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW)), 0, "and be sealed");
	map = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	map[HUGE - 1] = 1;
	munmap(map, HUGE);
	is(errno_of(ftruncate(fd, 0)), 0, "and be truncated");
	is(blocks_kb(fd), 0, "to nothing");
	close(fd);

	shmem = meminfo("Shmem");
	fd = take(CHARGED);
	ftruncate(fd, 0);
	ok(shmem - meminfo("Shmem") >= (long)BIG / 1024 - 256, "truncating 32 MiB frees them");
	close(fd);
}

static void second(void)
{
	int old, fds[64], n = 0;
	uint64_t tokens[64];

	session = need(retrieve(dev, "memory"), "retrieve the session");
	same_as_before();
	accounted();

	/* All of it goes on, in another session, once the old one has let it go. */
	n = need(list_fds(session, tokens, 64), "list the files");
	fds[0] = -1;
	for (int i = 0; i < n; i++) {
		fds[i] = take(tokens[i]);
		lseek(fds[i], 0, SEEK_END);
	}
	old = session;
	session = need(create(dev, "memory"), "create a session of the same name");
	is(preserve(session, fds[0], tokens[0]), -EBUSY,
	   "a file cannot be preserved again before its session is finished");
	is(finish(old), 0, "finish");
	for (int i = 0; i < n; i++)
		need(preserve(session, fds[i], tokens[i]), "preserve again");
	is(event(dev, LIVEUPDATE_FINISH, NULL), 0, "FINISH");
	jump();
}

static void third(void)
{
	session = need(retrieve(dev, "memory"), "retrieve the session again");
	ok(sysfs_is("number", "2"), "two jumps in a row");
	same_as_before();
	accounted();
	as_good_as_new();
	is(finish(session), 0, "finish");
	is(state(), LIVEUPDATE_STATE_NORMAL, "normal");
}

int main(void)
{
	static void (*const parts[])(void) = { first, second, third };

	boot();
	dev = need(device(O_RDWR), "open the device");
	parts[boot() - 1]();
	return 0;
}
