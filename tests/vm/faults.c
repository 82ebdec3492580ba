// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything that can fail is made to fail, one after the other: each callback and
 * each allocation of each call, until a call needs no more of them. After each, the
 * state is as the table says, and what failed for want of memory succeeds when it is tried
 * again; after all of them, nothing was lost, and the machine does a complete live update.
 *
 * usage: faults [all]: not only each thing is made to fail, but also all of them from each
 * one on
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "faults.h"
#include "module.h"
#include "vm.h"

#define SESSIONS	40
/* The last of them have a file of each kind. */
#define FULL_SESSIONS	10
/* Those that there are one of; the others have their number. Each kind has a thousand. */
enum { PLAIN = 500, OTHER, INTERRUPTED, GIVEN_UP, TOKENS = 1000 };
#define SIZE		(256 * 4096UL)
/* How often a large file is tried that is given up, and one that is not */
enum { FEW_PIECES = 32, MOST_PIECES = 1000 };
/* What debugging itself keeps, in kB */
#define NOISE		1000

/* Of each kind, as many as there are things that can fail */
static int files = 40;
static int dev, session, plain;
/* The first token of a kind */
static int tokens;

static uint64_t token_of(int number)
{
	return tokens + number;
}

static void prepare(void)
{
	need(event(dev, LIVEUPDATE_PREPARE, NULL), "PREPARE");
}

static void prepare_and_freeze(void)
{
	prepare();
	need(event(dev, LIVEUPDATE_FREEZE, NULL), "FREEZE");
}

static void cancel(void)
{
	need(event(dev, LIVEUPDATE_CANCEL, NULL), "CANCEL");
}

static int do_prepare(void)
{
	return event(dev, LIVEUPDATE_PREPARE, NULL);
}

static int do_freeze(void)
{
	return event(dev, LIVEUPDATE_FREEZE, NULL);
}

static int do_cancel(void)
{
	return event(dev, LIVEUPDATE_CANCEL, NULL);
}

static int other;

static int do_create(void)
{
	other = create(dev, "other");
	return other < 0 ? other : 0;
}

static void close_other(void)
{
	close(other);
}

static int do_preserve(void)
{
	return preserve(session, plain, token_of(PLAIN));
}

static void drop(void)
{
	need(unpreserve(session, token_of(PLAIN)), "unpreserve");
}

static void do_preserve_surely(void)
{
	need(preserve(session, plain, token_of(PLAIN)), "preserve");
}

static int do_unpreserve(void)
{
	return unpreserve(session, token_of(PLAIN));
}

/* What is preserved cannot be punched; this is a hole, or becomes one again. */
static bool plain_is_free(int err)
{
	(void)err;
	return !fallocate(plain, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 3 * kind->page,
			  kind->page);
}

static int do_list(void)
{
	struct liveupdate_session_info infos[4];
	int err = list_sessions(dev, infos, 4);

	return err < 0 ? err : 0;
}

static int do_report(void)
{
	struct liveupdate_report_entry entries[8];
	struct liveupdate_ioctl_get_report arg = {
		.size = sizeof(arg), .entry_size = sizeof(entries[0]), .count = 8,
		.entries = (uintptr_t)entries };

	return ioctl(dev, LIVEUPDATE_IOCTL_GET_REPORT, &arg) ? -errno : 0;
}

static int registered;

static int do_register(void)
{
	return write(registered, "1", 1) == 1 ? 0 : -errno;
}

static void do_unregister(void)
{
	need(put(SAMPLE "/registered", "0"), "unregister the sample");
}

static void unregister_and_prepare(void)
{
	if (state() == LIVEUPDATE_STATE_PREPARED)
		cancel();
	put(SAMPLE "/registered", "0");
	prepare();
}

static const struct step steps[] = {
	{ "create a session", NULL, do_create, close_other, .stays = LIVEUPDATE_STATE_NORMAL },
	{ "register a subsystem", NULL, do_register, do_unregister,
	  .stays = LIVEUPDATE_STATE_NORMAL },
	{ "list sessions", NULL, do_list, .stays = LIVEUPDATE_STATE_NORMAL },
	{ "report", NULL, do_report, .stays = LIVEUPDATE_STATE_NORMAL },
	{ "register a subsystem in prepared", unregister_and_prepare, do_register,
	  .stays = LIVEUPDATE_STATE_PREPARED },
};

static const struct step of_files[] = {
	{ "preserve a file", NULL, do_preserve, drop, plain_is_free,
	  .stays = LIVEUPDATE_STATE_NORMAL },
	{ "unpreserve a file", do_preserve_surely, do_unpreserve, .must_succeed = true,
	  .stays = LIVEUPDATE_STATE_NORMAL },
};

static const struct step events[] = {
	{ "PREPARE", NULL, do_prepare, cancel, .stays = LIVEUPDATE_STATE_NORMAL },
	{ "FREEZE", prepare, do_freeze, cancel, .stays = LIVEUPDATE_STATE_NORMAL },
	{ "CANCEL in prepared", prepare, do_cancel, .must_succeed = true,
	  .stays = LIVEUPDATE_STATE_PREPARED },
	{ "CANCEL in frozen", prepare_and_freeze, do_cancel, .must_succeed = true,
	  .stays = LIVEUPDATE_STATE_FROZEN },
};

/* With each kind of files */
static void each_kind(void (*what)(void))
{
	for (unsigned int i = 0; choose_kind(i); i++) {
		tokens = i * TOKENS;
		what();
	}
}

#define sweep_each(steps) sweep_several(steps, sizeof(steps) / sizeof(*(steps)))

static void sweep_several(const struct step *several, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sweep_all(&several[i]);
}

/* Two files, both with pages that came late: what one has to undo, the other has done. */
static void sweep_events(void)
{
	int fd = new_file(kind->small, OTHER);

	need(preserve(session, fd, token_of(OTHER)), "preserve another file");
	do_preserve_surely();
	write_late(fd, kind->small, OTHER);
	write_late(plain, kind->large, PLAIN);
	sweep_each(events);
	drop();
	need(unpreserve(session, token_of(OTHER)), "unpreserve");
	ok(plain_is_free(0), "a file that was given up can be changed again");
	ok(is_whole(plain, kind->large, PLAIN) && is_whole(fd, kind->small, OTHER),
	   "files have kept their content");
	close(fd);
}

static void sweep_kind(void)
{
	note("files of %s", kind->name);
	plain = new_file(kind->large, PLAIN);
	sweep_each(of_files);
	sweep_events();
	close(plain);
}

/* Once all of it without faults, so that what is made once is there */
static void try_kind(void)
{
	plain = new_file(kind->large, PLAIN);
	do_preserve_surely();
	prepare_and_freeze();
	cancel();
	drop();
	close(plain);
}

static void hand_over(int to, unsigned int pages, int number)
{
	int fd = new_file(pages, number);

	need(preserve(to, fd, token_of(number)), "preserve");
	write_late(fd, pages, number);
	close(fd);
}

static void hand_kind_over(void)
{
	for (int i = 0; i < files; i++)
		hand_over(session, kind->small, i);
	hand_over(session, kind->large, INTERRUPTED);
	hand_over(session, kind->large, GIVEN_UP);
}

static void hand_one_over(void)
{
	hand_over(other, kind->small, 0);
}

static void hand_all_over(void)
{
	each_kind(hand_kind_over);
	for (int i = 0; i < SESSIONS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s%d", i);
		other = need(create(dev, name), "create a session");
		if (i >= SESSIONS - FULL_SESSIONS)
			each_kind(hand_one_over);
	}
	prepare_and_freeze();
	close(dev);
	jump();
}

static void before(void)
{
	long had, has;

	dev = need(device(O_RDWR), "open the device");
	inject_everything();
	session = need(create(dev, "faults"), "create a session");
	need(load_module(""), "load the sample");
	registered = need(open(SAMPLE "/registered", O_WRONLY), "open the sample");
	do_unregister();
	size_pool(5 * (files + FULL_SESSIONS));

	each_kind(try_kind);
	shrink_caches();
	had = settled_free(0);
	sweep_each(steps);
	cancel();
	each_kind(sweep_kind);
	has = settled_free(had - NOISE);
	ok(has >= had - NOISE, "memory is back: %ld of %ld kB", has, had);
	leaks("in the old kernel");
	note_faults("old kernel");
	hand_all_over();
}

static int retrieved, token = -1, number = -1;

static void next_session(void)
{
	number++;
}

static int do_retrieve_session(void)
{
	char name[16];

	snprintf(name, sizeof(name), "s%d", number);
	other = retrieve(dev, name);
	return other < 0 ? other : 0;
}

/* There is another one next time; what a fault did not lose can still be had. */
static bool session_is_there(int err)
{
	if (err && do_retrieve_session())
		return false;
	if (err)
		close_other();
	return true;
}

static void retrieve_full_session(void)
{
	next_session();
	if (number < SESSIONS - FULL_SESSIONS)
		number = SESSIONS - FULL_SESSIONS;
	need(do_retrieve_session(), "retrieve a session");
}

/* Discards a file of each kind that nobody retrieved. */
static int do_finish_session(void)
{
	return finish(other);
}

static bool session_is_finished(int err)
{
	bool finished = !err || !finish(other);

	close_other();
	return finished;
}

static int last;

static void next_token(void)
{
	token++;
}

static int do_retrieve(void)
{
	last = retrieve_fd(retrieved, token_of(token));
	return last < 0 ? last : 0;
}

static bool file_is_there(int err)
{
	bool whole;

	if (err && do_retrieve())
		return false;
	whole = is_whole(last, kind->small, token);
	close(last);
	return whole;
}

static int do_finish(void)
{
	return event(dev, LIVEUPDATE_FINISH, NULL);
}

static const struct step restore[] = {
	{ "retrieve a session", next_session, do_retrieve_session, close_other, session_is_there,
	  .stays = LIVEUPDATE_STATE_UPDATED },
	{ "retrieve a file", next_token, do_retrieve, .holds = file_is_there,
	  .stays = LIVEUPDATE_STATE_UPDATED },
	{ "finish a session", retrieve_full_session, do_finish_session,
	  .holds = session_is_finished, .stays = LIVEUPDATE_STATE_UPDATED, .veto = -EBUSY },
	{ "FINISH", NULL, do_finish, .stays = LIVEUPDATE_STATE_UPDATED, .veto = -EBUSY,
	  .once = true },
};

/* Has no more than n hundred bytes each time. */
static int retrieve_with(int which, int n)
{
	int fd;

	set_shortage(OBJECTS, n);
	fd = retrieve_fd(retrieved, token_of(which));
	end_shortage();
	return fd;
}

/* Each time it gets a little further, and goes on from there. */
static void retrieve_piece_by_piece(void)
{
	int n, fd = -ENOMEM;

	for (n = 1; fd == -ENOMEM && n < MOST_PIECES; n++)
		fd = retrieve_with(INTERRUPTED, n);
	ok(n > 3 && fd >= 0, "a file that was interrupted %d times is retrieved: %d", n - 2, fd);
	ok(is_whole(fd, kind->large, INTERRUPTED), "and is whole");
	close(fd);
}

/* What it has until then is given back when the update is finished. */
static void retrieve_a_part(void)
{
	int n, fd = -ENOMEM;

	for (n = 1; fd == -ENOMEM && n <= FEW_PIECES; n++)
		fd = retrieve_with(GIVEN_UP, n);
	is(fd, -ENOMEM, "another one is left half retrieved");
}

/* In kB */
static long handed_over;

static void retrieve_kind(void)
{
	note("files of %s", kind->name);
	token = -1;
	sweep_all(&restore[1]);
	retrieve_piece_by_piece();
	retrieve_a_part();
	ok(token < files, "there were files enough");
	handed_over += ((files + FULL_SESSIONS) * memory_of(kind->small) +
			2 * memory_of(kind->large)) >> 10;
}

static void after(void)
{
	long had, has;
	int fd;

	dev = need(device(O_RDWR), "open the device");
	is(state(), LIVEUPDATE_STATE_UPDATED, "the machine has jumped");
	need(load_module(""), "load the sample");
	inject_everything();
	shrink_caches();
	had = settled_free(0);
	/* A handler that fails to restore is the policy's: tested elsewhere. */
	need(put(DEBUGFS "fail_liveupdate/phase", "0x17f"), "spare retrieve");
	sweep_all(&restore[0]);
	retrieved = need(retrieve(dev, "faults"), "retrieve the session");
	each_kind(retrieve_kind);
	for (enum shortage what = ONE; what <= PAGES; what++)
		sweep(&restore[2], what);
	sweep(&restore[3], ONE);
	is(state(), LIVEUPDATE_STATE_NORMAL, "the update is finished after all");
	close(retrieved);
	need(unload(), "unload the sample");
	leaks("in the new kernel");
	size_pool(0);
	has = settled_free(had + handed_over - NOISE);
	ok(has >= had + handed_over - NOISE, "memory is back: %ld of %ld + %ld kB", has, had,
	   handed_over);
	note_faults("new kernel");
	ok(number < SESSIONS, "there were sessions enough");

	session = need(create(dev, "again"), "create a session");
	fd = need(memfd("again", SIZE, 7), "make a memfd");
	need(preserve(session, fd, 7), "preserve it");
	close(dev);
	jump();
}

static void again(void)
{
	dev = need(device(O_RDWR), "open the device");
	session = need(retrieve(dev, "again"), "retrieve the session");
	ok(memfd_is(need(retrieve_fd(session, 7), "retrieve the memfd"), SIZE, 7),
	   "a complete live update right after has lost nothing");
	is(finish(session), 0, "and is finished");
	is(state(), LIVEUPDATE_STATE_NORMAL, "and leads to normal");
}

int main(int argc, char **argv)
{
	all_shortages = argc > 1 && !strcmp(argv[1], "all");
	if (all_shortages)
		files = 200;
	if (boot() == 1)
		before();
	if (boot() == 2)
		after();
	again();
	return 0;
}
