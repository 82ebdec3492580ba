/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of memfds share: in which of the two formats they are handed over, where
 * they have memory, what is in them.
 */
#ifndef MEMFDS_H
#define MEMFDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PAGE	4096UL
#define HUGE	(2UL << 20)
#define GIB	(1UL << 30)
#define TIB	(1UL << 40)

/* Both are 0 or the number read, or -errno */
int write_to(const char *path, const char *text);
long number_in(const char *path);

/* How files are handed over that are preserved from now on: "stock" or "extent" */
void use_format(const char *name);
/* Whether shmem takes huge pages for who asks: "advise", or "never" */
void use_huge(const char *when);
/* A value of /proc/meminfo in kB, with what the CPUs have not yet added to it */
long counted(const char *field);

/* Has a ram disk as swap. */
void swap_on(void);
long swapped_kb(void);

/* Maps a part of a file where it can have huge pages, and asks for them. */
char *map_huge(int fd, off_t at, size_t length);

/* A repeatable sequence of numbers */
uint64_t next_random(uint64_t *state);
/* Bytes of which each depends on the seed and on its place */
void pattern(void *bytes, size_t length, uint64_t seed);

/* What stat and lseek say of a file; equal where all they say is. */
struct layout {
	uint64_t size, blocks;
	/* Pages with data, in so many pieces, and where these are */
	uint64_t pages, pieces, places;
};
struct layout layout_of(int fd);
/* The first place from where on two files differ, up to a few pages; -1 for nowhere */
off_t differs_at(int a, int b);

#endif
