// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files of any layout, jump after jump: a file has at each place what was written there
 * last, its holes are holes, and it has memory where it had some. A seed decides what the
 * files are made of and what becomes of them, before, while and after they are preserved.
 *
 * Arguments: the format, or "mixed" for either as the seed has it; the seed; how many
 * files, and how many jumps.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "layout.h"
#include "memfds.h"
#include "vm.h"

#define MANY	1000
/* Tokens of others than files[] */
#define RACE		MANY
#define COLLAPSE	(RACE + RACES)

static struct {
	const char *format;
	uint64_t seed;
	int files, jumps;
} args;

static int dev, session;
static struct file files[MANY];

/* In which boot a file was made: some are left behind at each jump for a new one. */
static int born(int number)
{
	struct file f = { .seed = args.seed, .number = number };
	int when = boot() <= args.jumps ? boot() : args.jumps;

	while (when > 1 && file_random(&f, when, 4))
		when--;
	return when;
}

/* A far file is too large for the stock format. */
static const char *format_of(const struct file *f, int at_boot)
{
	if (strcmp(args.format, "mixed"))
		return args.format;
	return f->far || file_random(f, at_boot, 2) ? "extent" : "stock";
}

static uint64_t position(const struct file *f, int at_boot)
{
	return file_random(f, at_boot, 1UL << (1 + f->number % 50));
}

/* The shadow has done to it what was done to the file in earlier boots. */
static void catch_up(struct file *f, int number)
{
	int first = born(number);

	file_begin(f, args.seed, number, first, strcmp(args.format, "stock"));
	for (int b = first; b < boot(); b++) {
		for (enum phase phase = GROW; phase < PHASES; phase++)
			file_go_on(f, b, phase);
	}
}

static FILE *layouts(int of_boot, const char *mode)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/layout.%d", getenv("LAB_OUT"), of_boot);
	f = fopen(path, mode);
	need(f ? 0 : -errno, "open the list of layouts");
	return f;
}

static void remember_layouts(void)
{
	FILE *out = layouts(boot(), "w");

	for (int i = 0; i < args.files; i++) {
		struct layout l = layout_of(files[i].real);

		fwrite(&l, sizeof(l), 1, out);
	}
	need(fclose(out) ? -errno : 0, "list the layouts");
}

static bool same_content(struct file *f, const char *when)
{
	off_t at = differs_at(f->real, f->shadow);

	if (at < 0)
		return true;
	note("file %d is another at %#lx of %#lx, %s", f->number, (long)at,
	     (long)layout_of(f->shadow).size, when);
	return false;
}

/* All memory that it has is memory with data: what never was written to was zeroed. */
static bool same_layout(struct file *f, const struct layout *was)
{
	struct layout l = layout_of(f->real);
	uint64_t blocks = l.pages * (PAGE / 512);

	/* What a huge page has behind the end of the file stays, in the stock format. */
	if (!strcmp(format_of(f, boot() - 1), "stock") && l.blocks > blocks &&
	    l.blocks <= was->blocks)
		blocks = l.blocks;
	if (l.size == was->size && l.pages == was->pages && l.pieces == was->pieces &&
	    l.places == was->places && l.blocks == blocks)
		return true;
	note("file %d had %lu pages in %lu pieces, has %lu in %lu, and %lu blocks", f->number,
	     was->pages, was->pieces, l.pages, l.pieces, l.blocks);
	return false;
}

static bool same_attributes(struct file *f)
{
	uint64_t pos = lseek(f->real, 0, SEEK_CUR), was = position(f, boot() - 1);
	int seals = fcntl(f->real, F_GET_SEALS);

	if (pos == was && seals == f->seals)
		return true;
	note("file %d is at %lu, not %lu, and has seals %#x, not %#x", f->number, pos, was,
	     seals, f->seals);
	return false;
}

static void check_files(void)
{
	FILE *in = layouts(boot() - 1, "r");
	int wrong = 0, n = 0;

	for (int i = 0; i < args.files; i++) {
		struct file *f = &files[i];
		struct layout was;

		need(fread(&was, sizeof(was), 1, in) == 1 ? 0 : -EIO, "read the list of layouts");
		if (born(i) == boot())
			continue;
		file_open(f, need(retrieve_fd(session, i), "retrieve a file"));
		n++;
		wrong += !(same_attributes(f) & same_content(f, "after the jump") &
			   same_layout(f, &was));
	}
	fclose(in);
	is(wrong, 0, "jump %d: %d files are what they were", boot() - 1, n);
}

static void check_races(void)
{
	int fd, wrong = 0;

	for (int i = 0; i < RACES; i++) {
		fd = need(retrieve_fd(session, RACE + i), "retrieve a file");
		ok(race_check(fd, i), "all that was %s before the freeze is there",
		   i ? "written through a mapping" : "written");
		close(fd);
	}
	for (int i = 0; i < COLLAPSES; i++) {
		fd = need(retrieve_fd(session, COLLAPSE + i), "retrieve a file");
		wrong += !collapse_check(fd);
		close(fd);
	}
	is(wrong, 0, "what was written to pages that were made huge pages is there");
}

static void arrive(void)
{
	session = need(retrieve(dev, "layout"), "retrieve the session");
	check_files();
	check_races();
	is(finish(session), 0, "finish");
	close(session);
	is(event(dev, LIVEUPDATE_FINISH, NULL), 0, "FINISH");
}

struct companion {
	struct file *file;
	pthread_t thread;
	atomic_bool enough;
};

/* Doing the same again leaves what it left. */
static void *during(void *arg)
{
	struct companion *c = arg;

	do
		file_go_on(c->file, boot(), DURING);
	while (!c->enough);
	return NULL;
}

int preserve_at_last(int s, int fd, uint64_t token)
{
	int err = -ENOMEM;

	for (int i = 0; i < 50 && err == -ENOMEM; i++) {
		err = preserve(s, fd, token);
		/* Whoever has its pages goes on meanwhile, however urgent this is. */
		if (err == -ENOMEM)
			usleep(10000);
	}
	return err;
}

/* While another thread goes on writing */
static int preserve_in_company(struct file *f)
{
	struct companion c = { .file = f };
	int err;

	need(-pthread_create(&c.thread, NULL, during, &c), "start a thread");
	err = preserve_at_last(session, f->real, f->number);
	c.enough = true;
	pthread_join(c.thread, NULL);
	return err;
}

static int preserve_alone(struct file *f, bool keeps_holes)
{
	uint64_t blocks = layout_of(f->real).blocks;
	int err = preserve(session, f->real, f->number);

	if (!err && keeps_holes && layout_of(f->real).blocks != blocks)
		err = -EFBIG;
	file_go_on(f, boot(), DURING);
	return err;
}

static int preserve_all(void)
{
	int wrong = 0;

	session = need(create(dev, "layout"), "create a session");
	for (int i = 0; i < args.files; i++) {
		struct file *f = &files[i];
		const char *format = format_of(f, boot());
		int err;

		use_format(format);
		if (file_random(f, boot(), 16) < 8)
			err = preserve_in_company(f);
		else
			err = preserve_alone(f, !strcmp(format, "extent"));
		wrong += err < 0;
		if (err)
			note("file %d: %s", i, strerror(-err));
	}
	return wrong;
}

static void all(enum phase phase)
{
	for (int i = 0; i < args.files; i++)
		file_go_on(&files[i], boot(), phase);
}

/* How many differ from their shadows, or had a call fail */
static int wrong_ones(const char *when)
{
	int wrong = 0;

	for (int i = 0; i < args.files; i++)
		wrong += files[i].wrong || !same_content(&files[i], when);
	return wrong;
}

static void races(void)
{
	uint64_t state = args.seed + boot();
	int fds[RACES];

	for (int i = 0; i < COLLAPSES; i++) {
		use_format(strcmp(args.format, "mixed") ? args.format :
			   i % 2 ? "extent" : "stock");
		collapse_preserve(session, COLLAPSE + i, &state);
	}
	use_format(strcmp(args.format, "stock") ? "extent" : "stock");
	for (int i = 0; i < RACES; i++) {
		fds[i] = race_make(i);
		need(preserve(session, fds[i], RACE + i), "preserve a file");
	}
	race_begin(fds);
}

static void depart(void)
{
	for (int i = 0; i < args.files; i++) {
		if (files[i].real < 0)
			file_make(&files[i]);
	}
	all(GROW);
	is(wrong_ones("before it is preserved"), 0, "boot %d: all kinds of things are done",
	   boot());
	is(preserve_all(), 0, "all files are preserved");
	all(LATE);
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "PREPARE");
	is(event(dev, LIVEUPDATE_FREEZE, NULL), 0, "FREEZE");
	is(event(dev, LIVEUPDATE_CANCEL, NULL), 0, "CANCEL");
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "PREPARE again");
	all(FINAL);
	is(wrong_ones("once it is preserved"), 0, "and more is written to them");
	for (int i = 0; i < args.files; i++)
		lseek(files[i].real, position(&files[i], boot()), SEEK_SET);
	remember_layouts();
	races();
}

/* What all files had is free once they are closed, without anything they came with. */
static void leave(void)
{
	long before = settled_free(0), pages = 0, after;

	arrive();
	for (int i = 0; i < args.files; i++) {
		pages += layout_of(files[i].real).pages;
		file_close(&files[i]);
	}
	after = settled_free(before + pages * 4);
	if (!ok(after >= before + pages * 4, "closed, they give their memory back"))
		note("%ld kB were free, then %ld with %ld kB of files", before, after, pages * 4);
}

static void was_worth_it(void)
{
	ok(!strcmp(args.format, "stock") || luck.far, "some had data behind 16 TiB");
	ok(luck.huge, "some had huge pages");
	ok(luck.swapped, "parts were swapped out");
	ok(luck.late, "some were written to once they were preserved");
}

int main(int argc, char **argv)
{
	if (argc != 5 || atoi(argv[3]) > MANY)
		return 2;
	args.format = argv[1];
	args.seed = strtoul(argv[2], NULL, 0);
	args.files = atoi(argv[3]);
	args.jumps = atoi(argv[4]);
	if (boot() == 1)
		note("seed %lu", args.seed);
	dev = need(device(O_RDWR), "open the device");
	use_huge("advise");
	swap_on();
	for (int i = 0; i < args.files; i++)
		catch_up(&files[i], i);
	if (boot() > args.jumps) {
		leave();
		return 0;
	}
	if (boot() > 1)
		arrive();
	depart();
	if (boot() == 1)
		was_worth_it();
	need(load(NULL), "load the next kernel");
	race_mark();
	need(kexec_reboot(), "jump");
}
