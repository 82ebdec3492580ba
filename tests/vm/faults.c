// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything that can fail is made to fail, one after the other: each callback and
 * each allocation of each call, until a call needs no more of them. After each, the
 * state is as the table says; after all of them, nothing was lost, and the machine
 * does a complete live update.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "module.h"
#include "vm.h"

#define DEBUGFS		"/sys/kernel/debug/"
#define PAGES		256
#define SIZE		(PAGES * 4096UL)
#define FILES		60
#define SESSIONS	20
/* Calls that go on needing more would go on for ever. */
#define MOST		2000
/* What debugging itself keeps, in kB */
#define NOISE		6000

static int dev, session, plain, nth;
static long injected;

static void inject_everything(void)
{
	static const char *const attrs[] = { "failslab", "fail_page_alloc", "fail_liveupdate" };
	char path[128];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), DEBUGFS "%s/verbose", attrs[i]);
		need(put(path, "0"), path);
		snprintf(path, sizeof(path), DEBUGFS "%s/ignore-gfp-wait", attrs[i]);
		need(i < 2 ? put(path, "N") : 0, path);
	}
	need(put(DEBUGFS "fail_page_alloc/min-order", "0"), "let all pages fail");
	nth = need(open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC), "open fail-nth");
}

static void set_nth(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(nth, text, len, 0) != len)
		need(-errno, "set fail-nth");
}

/* Whether what was to fail came to pass; nothing is to fail any more. */
static bool was_reached(void)
{
	char text[16] = "";

	if (pread(nth, text, sizeof(text) - 1, 0) <= 0)
		need(-EIO, "read fail-nth");
	set_nth(0);
	return atoi(text) == 0;
}

/**
 * struct step - a call in which everything fails once
 * @name: for the test's name
 * @get_ready: before each time, without faults
 * @act: the call itself, 0 or -errno
 * @undo: after it has succeeded
 * @must_succeed: the faults may not make it fail
 * @stays: the state in which a failure leaves the machine
 * @once: there is no second time after it has succeeded
 */
struct step {
	const char *name;
	void (*get_ready)(void);
	int (*act)(void);
	void (*undo)(void);
	bool must_succeed;
	int stays;
	bool once;
};

static void run(const struct step *step)
{
	long failed = 0, wrong = 0, errors = 0, hit = 0;
	bool reached = true;
	int n, err;

	for (n = 1; reached && n < MOST; n++) {
		if (step->get_ready)
			step->get_ready();
		set_nth(n);
		err = step->act();
		reached = was_reached();
		failed += err != 0;
		errors += err != 0 && (!reached || step->must_succeed);
		if (err && state() != step->stays)
			wrong++;
		if (!err && step->undo)
			step->undo();
		hit += reached;
		if (!err && step->once)
			break;
	}
	injected += hit;
	is(wrong, 0, "%s: %ld faults, %ld failures, each leaves the right state", step->name,
	   hit, failed);
	is(errors, 0, "%s fails only where it may", step->name);
	ok(n < MOST, "%s comes to an end", step->name);
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
	return preserve(session, plain, 99);
}

static void drop(void)
{
	need(unpreserve(session, 99), "unpreserve");
}

static void do_preserve_surely(void)
{
	need(preserve(session, plain, 99), "preserve");
}

static int do_unpreserve(void)
{
	return unpreserve(session, 99);
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

static void leaks(const char *when)
{
	char text[256];

	for (int i = 0; i < 2; i++) {
		put(DEBUGFS "kmemleak", "scan");
		sleep(1);
	}
	get(DEBUGFS "kmemleak", text, sizeof(text));
	ok(!text[0], "kmemleak finds nothing %s%s", when, text);
}

static const struct step steps[] = {
	{ "create a session", NULL, do_create, close_other, false, LIVEUPDATE_STATE_NORMAL, false },
	{ "preserve a file", NULL, do_preserve, drop, false, LIVEUPDATE_STATE_NORMAL, false },
	{ "unpreserve a file", do_preserve_surely, do_unpreserve, NULL, true,
	  LIVEUPDATE_STATE_NORMAL, false },
	{ "register a subsystem", NULL, do_register, do_unregister, false, LIVEUPDATE_STATE_NORMAL, false },
};

static const struct step events[] = {
	{ "PREPARE", NULL, do_prepare, cancel, false, LIVEUPDATE_STATE_NORMAL, false },
	{ "FREEZE", prepare, do_freeze, cancel, false, LIVEUPDATE_STATE_NORMAL, false },
	{ "CANCEL in prepared", prepare, do_cancel, NULL, true, LIVEUPDATE_STATE_PREPARED, false },
	{ "CANCEL in frozen", prepare_and_freeze, do_cancel, NULL, true,
	  LIVEUPDATE_STATE_FROZEN, false },
	{ "list sessions", NULL, do_list, NULL, false, LIVEUPDATE_STATE_NORMAL, false },
	{ "report", NULL, do_report, NULL, false, LIVEUPDATE_STATE_NORMAL, false },
};

static const struct step late = {
	"register a subsystem in prepared", unregister_and_prepare, do_register, NULL, false,
	LIVEUPDATE_STATE_PREPARED, false };

static void before(void)
{
	long had, has;

	dev = need(device(O_RDWR), "open the device");
	inject_everything();
	session = need(create(dev, "faults"), "create a session");
	plain = need(memfd("plain", SIZE, 1), "make a memfd");
	need(load_module(""), "load the sample");
	registered = need(open(SAMPLE "/registered", O_WRONLY), "open the sample");
	do_unregister();
	/* Once all of it without faults, so that what is made once is there. */
	do_preserve_surely();
	prepare_and_freeze();
	cancel();
	drop();
	had = settled_free(0);

	for (unsigned int i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		run(&steps[i]);
	need(do_register(), "register the sample");
	do_preserve_surely();
	for (unsigned int i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		run(&events[i]);
	run(&late);
	cancel();
	drop();
	leaks("in the old kernel");
	has = settled_free(had - NOISE);
	ok(has >= had - NOISE, "memory is back: %ld of %ld kB", has, had);
	note("%ld faults injected in the old kernel", injected);

	for (int i = 0; i < FILES; i++)
		need(preserve(session, need(memfd("x", 16 * 4096, i), "make a memfd"), i),
		     "preserve");
	for (int i = 0; i < SESSIONS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s%d", i);
		need(create(dev, name), "create a session");
	}
	prepare_and_freeze();
	close(dev);
	jump();
}

static int retrieved, token, number = -1;

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

static int do_retrieve(void)
{
	int fd = retrieve_fd(retrieved, token);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* A file whose retrieval failed is not tried again, so each time another. */
static void next_token(void)
{
	token++;
}

static int do_finish(void)
{
	return event(dev, LIVEUPDATE_FINISH, NULL);
}

static const struct step restore[] = {
	{ "retrieve a session", next_session, do_retrieve_session, close_other, false,
	  LIVEUPDATE_STATE_UPDATED, false },
	{ "retrieve a file", next_token, do_retrieve, NULL, false, LIVEUPDATE_STATE_UPDATED, false },
	{ "FINISH", NULL, do_finish, NULL, false, LIVEUPDATE_STATE_UPDATED, true },
};

static void after(void)
{
	int fd;

	dev = need(device(O_RDWR), "open the device");
	is(state(), LIVEUPDATE_STATE_UPDATED, "the machine has jumped");
	need(load_module(""), "load the sample");
	inject_everything();
	/* A handler that fails to restore is the policy's: tested elsewhere. */
	need(put(DEBUGFS "fail_liveupdate/phase", "0x17f"), "spare retrieve");
	run(&restore[0]);
	retrieved = need(retrieve(dev, "faults"), "retrieve the session");
	run(&restore[1]);
	run(&restore[2]);
	is(state(), LIVEUPDATE_STATE_NORMAL, "the update is finished after all");
	close(retrieved);
	need(unload(), "unload the sample");
	leaks("in the new kernel");
	note("%ld faults injected in the new kernel", injected);
	ok(token < FILES && number < SESSIONS, "there were files and sessions enough");

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

int main(void)
{
	if (boot() == 1)
		before();
	if (boot() == 2)
		after();
	again();
	return 0;
}
