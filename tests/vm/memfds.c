// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>
#include "memfds.h"
#include "vm.h"

#define SWAP	"/dev/ram0"
#define CHUNK	(16 * PAGE)

int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

long number_in(const char *path)
{
	FILE *f = fopen(path, "re");
	long value;

	if (!f)
		return -errno;
	if (fscanf(f, "%ld", &value) != 1)
		value = -EIO;
	fclose(f);
	return value;
}

void use_format(const char *name)
{
	need(write_to("/sys/module/liveupdate/parameters/memfd_format", name),
	     "choose the format");
}

void use_huge(const char *when)
{
	need(write_to("/sys/kernel/mm/transparent_hugepage/shmem_enabled", when),
	     "choose whether shmem has huge pages");
}

long counted(const char *field)
{
	/* Fails where a counter is negative, which is somebody's fault. */
	need(write_to("/proc/sys/vm/stat_refresh", "1"), "sum the CPUs' counters up");
	return meminfo(field);
}

/* As mkswap(8) does it */
void swap_on(void)
{
	struct {
		char boot[1024];
		uint32_t version, last, bad;
		char rest[PAGE - 1024 - 12 - 10];
		char magic[10];
	} __attribute__((packed)) header = { .version = 1 };
	int fd = open(SWAP, O_RDWR | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);

	header.last = size / PAGE - 1;
	memcpy(header.magic, "SWAPSPACE2", 10);
	if (pwrite(fd, &header, sizeof(header), 0) != sizeof(header) || fsync(fd) ||
	    swapon(SWAP, 0))
		need(-errno, "swap to " SWAP);
	close(fd);
}

long swapped_kb(void)
{
	return meminfo("SwapTotal") - meminfo("SwapFree");
}

char *map_huge(int fd, off_t at, size_t length)
{
	size_t room = length + 2 * HUGE;
	char *base = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *map = (char *)(((uintptr_t)base + HUGE) & -HUGE) + (at & (HUGE - 1));

	if (base == MAP_FAILED)
		return MAP_FAILED;
	munmap(base, map - base);
	munmap(map + length, base + room - (map + length));
	map = mmap(map, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, at);
	if (map != MAP_FAILED)
		madvise(map, length, MADV_HUGEPAGE);
	return map;
}

uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

void pattern(void *bytes, size_t length, uint64_t seed)
{
	uint64_t x = seed | 1, at;

	for (at = 0; at < length; at += sizeof(x)) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy((char *)bytes + at, &x, length - at < sizeof(x) ? length - at : sizeof(x));
	}
}

struct layout layout_of(int fd)
{
	off_t pos = lseek(fd, 0, SEEK_CUR), data, hole = 0;
	struct layout l = {};
	struct stat st = {};

	fstat(fd, &st);
	l.size = st.st_size;
	l.blocks = st.st_blocks;
	while ((data = lseek(fd, hole, SEEK_DATA)) >= 0) {
		hole = lseek(fd, data, SEEK_HOLE);
		l.pages += (hole - data + PAGE - 1) / PAGE;
		l.pieces++;
		l.places = l.places * 0x9e3779b97f4a7c15ULL + (data ^ hole << 32 ^ hole >> 32);
	}
	lseek(fd, pos, SEEK_SET);
	return l;
}

/* Where the next data is of either, from some place on */
static off_t next_data(int a, int b, off_t at)
{
	off_t in_a = lseek(a, at, SEEK_DATA), in_b = lseek(b, at, SEEK_DATA);

	if (in_a < 0 || in_b < 0)
		return in_a < 0 ? in_b : in_a;
	return in_a < in_b ? in_a : in_b;
}

off_t differs_at(int a, int b)
{
	off_t pos_a = lseek(a, 0, SEEK_CUR), pos_b = lseek(b, 0, SEEK_CUR), at = 0;
	static __thread char of_a[CHUNK], of_b[CHUNK];

	if (lseek(a, 0, SEEK_END) != lseek(b, 0, SEEK_END))
		at = lseek(a, 0, SEEK_END);
	else
		at = next_data(a, b, 0);
	while (at >= 0) {
		ssize_t n = pread(a, of_a, CHUNK, at);

		if (n <= 0 || pread(b, of_b, CHUNK, at) != n || memcmp(of_a, of_b, n))
			break;
		at = next_data(a, b, at + n);
	}
	lseek(a, pos_a, SEEK_SET);
	lseek(b, pos_b, SEEK_SET);
	return at;
}
