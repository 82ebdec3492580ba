// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file that was retrieved is a file as any other: whatever is done to it has the same
 * result as on a new one with the same content and layout, costs the same memory, and
 * does not hinder it from being handed over again.
 *
 * With an argument, all of it is done to files of each kind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "semantics.h"
#include "vm.h"

#define MANY	1000

static const char *const formats[] = { "stock", "extent" };
#define FORMATS	2

/* Of what the first pages are, and whether there are huge pages when something is done */
static const struct variant {
	const char *name;
	bool huge, blank;
	const char *then;
} variants[] = {
	{ "small pages", false, false, "advise" },
	{ "allocated pages", false, true, "advise" },
	{ "a huge page", true, false, "advise" },
	{ "a huge page, where there are no more", true, false, "never" },
};
#define VARIANTS	4

static const struct deed *const lists[] = { file_deeds, seal_deeds, mapping_deeds, pipe_deeds };

static bool all;
static int dev, session;
static int kept[MANY];

void saw(struct trial *t, long number)
{
	need(t->count < SEEN ? 0 : -ENOSPC, "note what was seen");
	t->seen[t->count++] = number;
}

void saw_call(struct trial *t, long result)
{
	saw(t, result < 0 ? -errno : result);
}

void saw_bytes(struct trial *t, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	uint64_t sum = length;

	while (length--)
		sum = (sum ^ *at++) * 0x100000001b3ULL;
	saw(t, sum);
}

static size_t room(const struct trial *t)
{
	return (t->size + 2 * HUGE - 1) & -HUGE;
}

char *map_all(struct trial *t)
{
	char *map = map_huge(t->fd, 0, room(t));

	need(map == MAP_FAILED ? -errno : 0, "map a file");
	return map;
}

void unmap_all(struct trial *t, char *map)
{
	munmap(map, room(t));
}

static struct trial measures(const struct variant *v, int fd)
{
	size_t hole = v->huge ? HUGE : FIRST_PAGES * PAGE;

	return (struct trial) {
		.fd = fd,
		.hole = hole,
		.more = hole + FIRST_HOLE * PAGE,
		.size = hole + (FIRST_HOLE + MORE_PAGES + LAST_HOLE) * PAGE + LAST_PART,
	};
}

static void write_pattern(int fd, size_t length, off_t at)
{
	char *bytes = malloc(length);

	pattern(bytes, length, at + 1);
	need(pwrite(fd, bytes, length, at) - (ssize_t)length, "write to a file");
	free(bytes);
}

/* Has no holes and nothing but written pages from the beginning up to some place. */
static void fill(int fd, size_t end)
{
	for (size_t at = 0; at < end; at += PAGE) {
		if (lseek(fd, at, SEEK_DATA) != (off_t)at)
			need(pwrite(fd, "", 1, at) - 1, "fill a hole");
	}
	lseek(fd, 0, SEEK_SET);
}

static struct trial new_file(const struct variant *v)
{
	int fd = need(memfd("semantics", 0, 0), "make a file");
	struct trial t = measures(v, fd);

	need(ftruncate(fd, t.size) ? -errno : 0, "resize a file");
	if (v->huge) {
		char *map = map_all(&t);

		map[0] = 1;
		unmap_all(&t, map);
	}
	if (v->blank) {
		need(fallocate(fd, 0, 0, t.hole) ? -errno : 0, "allocate pages");
		write_pattern(fd, PAGE, 3 * PAGE);
		write_pattern(fd, 2 * PAGE, 7 * PAGE + 50);
	} else {
		write_pattern(fd, t.hole, 0);
	}
	write_pattern(fd, MORE_PAGES * PAGE, t.more);
	write_pattern(fd, LAST_PART, t.size - LAST_PART);
	return t;
}

/* As a file is once it was handed over, in that format */
static struct trial twin(const struct variant *v, int format)
{
	struct trial t = new_file(v);

	fill(t.fd, format ? v->blank ? t.hole : 0 : t.size);
	return t;
}

static void act(const struct deed *d, const struct variant *v, struct trial *t)
{
	use_huge(v->then);
	d->run(t);
	use_huge("advise");
}

/* In memory or in swap */
static long shmem_kb(void)
{
	return counted("Shmem") + swapped_kb();
}

static bool same(const struct trial *a, const struct trial *b, const char *what)
{
	struct layout la = layout_of(a->fd), lb = layout_of(b->fd);
	off_t at = differs_at(a->fd, b->fd);

	for (int i = 0; i < a->count || i < b->count; i++) {
		if (i < a->count && i < b->count && a->seen[i] == b->seen[i])
			continue;
		note("%s: result %d is %ld, for a new file %ld", what, i + 1, a->seen[i],
		     b->seen[i]);
		return false;
	}
	if (at >= 0)
		note("%s: they differ at %#lx", what, (long)at);
	if (memcmp(&la, &lb, sizeof(la)))
		note("%s: %lu blocks, %lu pages in %lu pieces, for a new file %lu, %lu in %lu",
		     what, la.blocks, la.pages, la.pieces, lb.blocks, lb.pages, lb.pieces);
	return at < 0 && !memcmp(&la, &lb, sizeof(la));
}

/* That a file has so much memory as it says. */
static bool costs(int fd, long before, const char *what)
{
	long kb = shmem_kb() - before, says = layout_of(fd).blocks / 2;

	if (kb == says)
		return true;
	note("%s: has %ld kB of shared memory, and says %ld kB", what, kb, says);
	return false;
}

static bool compare(const struct deed *d, const struct variant *v, int format, int token)
{
	long shmem = shmem_kb(), huge = counted("ShmemHugePages");
	struct trial old = measures(v, need(retrieve_fd(session, token), "retrieve a file"));
	struct trial new;
	char what[128];
	bool right;

	snprintf(what, sizeof(what), "%s, %s", formats[format], v->name);
	right = counted("ShmemHugePages") - huge == (v->huge ? (long)HUGE / 1024 : 0);
	if (!right)
		note("%s: has another number of huge pages", what);
	act(d, v, &old);
	right &= costs(old.fd, shmem, what);
	kept[token] = old.fd;

	shmem = shmem_kb();
	new = twin(v, format);
	act(d, v, &new);
	right &= costs(new.fd, shmem, "a new file");
	right &= same(&old, &new, what);
	close(new.fd);
	if (shmem_kb() != shmem) {
		note("%s: closing leaves %ld kB", what, shmem_kb() - shmem);
		right = false;
	}
	return right;
}

/* Unless all are asked for, half of them, the other half for the next deed. */
static bool is_chosen(int token)
{
	int format = token % FORMATS, variant = token / FORMATS % VARIANTS;

	return all || (format + variant + token / FORMATS / VARIANTS) % 2;
}

/* Calls each for each deed, with tokens of their own. Returns how often. */
static int for_each(bool (*each)(const struct deed *d, const struct variant *v, int format,
				 int token), const char *result)
{
	int token = 0, count = 0;

	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
		for (const struct deed *d = lists[l]; d->name; d++) {
			bool right = true;

			for (int i = 0; i < VARIANTS * FORMATS; i++, token++) {
				if (!is_chosen(token))
					continue;
				right &= each(d, &variants[i / FORMATS], i % FORMATS, token);
				count++;
			}
			if (result)
				ok(right, "%s: %s", d->name, result);
		}
	}
	return count;
}

static bool hand_over(const struct deed *d, const struct variant *v, int format, int token)
{
	int fd = boot() == 1 ? new_file(v).fd : kept[token], err;

	use_format(formats[format]);
	err = preserve(session, fd, token);
	close(fd);
	if (err)
		note("%s, %s: %s cannot be preserved: %s", d->name, formats[format], v->name,
		     strerror(-err));
	return !err;
}

static void first(void)
{
	long huge = counted("ShmemHugePages");
	int count;

	session = need(create(dev, "semantics"), "create a session");
	count = for_each(hand_over, NULL);
	is(list_fds(session, NULL, 0), count, "%d files are preserved", count);
	is(counted("ShmemHugePages") - huge, count / 2 * (long)HUGE / 1024,
	   "half of them with a huge page");
	jump();
}

static void second(void)
{
	session = need(retrieve(dev, "semantics"), "retrieve the session");
	for_each(compare, "as on a new file");
	is(finish(session), 0, "finish");
	close(session);
	session = need(create(dev, "semantics"), "create a session");
	for_each(hand_over, "can be preserved again");
	is(swapped_kb(), 0, "nothing that is preserved is swapped out");
	jump();
}

/* It has its own history, and is compared with one that has the same. */
static bool arrived(const struct deed *d, const struct variant *v, int format, int token)
{
	int fd = need(retrieve_fd(session, token), "retrieve a file");
	struct trial new = twin(v, format);
	struct layout l;
	off_t at;

	act(d, v, &new);
	at = differs_at(fd, new.fd);
	if (at >= 0)
		note("%s, %s: differs at %#lx", formats[format], v->name, (long)at);
	l = layout_of(fd);
	if (format && l.blocks != l.pages * (PAGE / 512)) {
		note("%s, %s: %lu blocks for %lu pages", formats[format], v->name, l.blocks,
		     l.pages);
		at = 0;
	}
	close(fd);
	close(new.fd);
	return at < 0;
}

static void third(void)
{
	long shmem = shmem_kb();

	session = need(retrieve(dev, "semantics"), "retrieve the session again");
	for_each(arrived, "and has arrived again");
	is(finish(session), 0, "finish");
	is(shmem_kb() - shmem, 0, "nothing is left of them");
}

/* Stays on one CPU, which so has counted all that was done. */
int main(int argc, char **argv)
{
	static void (*const parts[])(void) = { first, second, third };

	cpu_set_t one;

	boot();
	all = argc > 1 && *argv[1];
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	need(sched_setaffinity(0, sizeof(one), &one) ? -errno : 0, "stay on one CPU");
	dev = need(device(O_RDWR), "open the device");
	use_huge("advise");
	swap_on();
	parts[boot() - 1]();
	return 0;
}
