// SPDX-License-Identifier: GPL-2.0-or-later
/* Lets one thing fail after the other, until a call needs no more of them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "faults.h"
#include "module.h"
#include "vm.h"

/* Calls that go on needing more would go on for ever. */
#define MOST	2000
/* More than there will be faults; what is left of it says how many there were. */
#define TIMES	1000000000
/* Bytes of objects that there are more each time; the smallest are smaller. */
#define OBJECT	100

static const char *const attrs[] = { "failslab", "fail_page_alloc", "fail_liveupdate" };
static const char *const names[] = { "one fault", "no objects", "no pages" };

bool all_shortages;
static enum shortage now;
static long before;
static int nth, make_it_fail;

static void set(const char *attr, const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "%s/%s", attr, name);
	need(put(path, value), path);
}

static long faults_of(const char *attr)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), DEBUGFS "%s/times", attr);
	get(path, text, sizeof(text));
	return TIMES - atol(text);
}

static long faults(void)
{
	return faults_of(attrs[0]) + faults_of(attrs[1]) + faults_of(attrs[2]);
}

void note_faults(const char *where)
{
	note("faults injected in the %s: %ld of objects, %ld of pages, %ld of callbacks", where,
	     faults_of(attrs[0]), faults_of(attrs[1]), faults_of(attrs[2]));
}

void inject_everything(void)
{
	char times[16];

	snprintf(times, sizeof(times), "%d", TIMES);
	for (int i = 0; i < 3; i++) {
		set(attrs[i], "verbose", "0");
		set(attrs[i], "task-filter", "Y");
		set(attrs[i], "times", times);
		if (i < 2)
			set(attrs[i], "ignore-gfp-wait", "N");
	}
	set("fail_page_alloc", "ignore-gfp-highmem", "N");
	set("fail_page_alloc", "min-order", "0");
	nth = need(open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC), "open fail-nth");
	make_it_fail = need(open("/proc/thread-self/make-it-fail", O_WRONLY | O_CLOEXEC),
			    "open make-it-fail");
}

static void write_number(int fd, int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(fd, text, len, 0) != len)
		need(-errno, "ask for a fault");
}

void set_shortage(enum shortage what, int n)
{
	char space[16];

	now = what;
	before = faults();
	if (what == ONE) {
		write_number(nth, n);
		return;
	}
	/* Huge pages are of many pages each: less and less often one more makes a difference. */
	snprintf(space, sizeof(space), "%d", what == OBJECTS ? n * OBJECT : n + n * n / 4);
	set(attrs[what - OBJECTS], "space", space);
	set(attrs[what - OBJECTS], "probability", "100");
	write_number(make_it_fail, 1);
}

bool end_shortage(void)
{
	if (now == ONE) {
		write_number(nth, 0);
	} else {
		write_number(make_it_fail, 0);
		set(attrs[now - OBJECTS], "probability", "0");
	}
	return faults() > before;
}

/* What went wrong in a sweep, and what did not */
struct tally {
	long hit, failed, wrong, errors, lost;
	int unclear;
};

/* Returns whether there was a fault. */
static bool once(const struct step *step, enum shortage what, int n, struct tally *t, int *err)
{
	bool reached;

	if (step->get_ready)
		step->get_ready();
	set_shortage(what, n);
	*err = step->act();
	reached = end_shortage();
	t->hit += reached;
	t->failed += *err != 0;
	t->errors += *err && (!reached || step->must_succeed);
	if (*err && *err != -ENOMEM && *err != -EREMOTEIO && *err != step->veto)
		t->unclear = *err;
	if (*err && state() != step->stays)
		t->wrong++;
	if (!*err && step->undo)
		step->undo();
	t->lost += step->holds && !step->holds(*err);
	return reached;
}

void sweep(const struct step *step, enum shortage what)
{
	struct tally t = {};
	bool reached = true;
	int n, err;

	for (n = 1; reached && n < MOST; n++) {
		reached = once(step, what, n, &t, &err);
		if (!err && step->once)
			break;
	}
	is(t.wrong, 0, "%s, %s: %ld times, %ld failures, each leaves the right state", step->name,
	   names[what], t.hit, t.failed);
	is(t.errors, 0, "%s fails only where it may", step->name);
	is(t.unclear, 0, "%s says that memory is wanting, or what a callback said", step->name);
	if (step->holds)
		is(t.lost, 0, "%s: nothing is lost by it", step->name);
	ok(n < MOST, "%s comes to an end", step->name);
}

void sweep_all(const struct step *step)
{
	for (enum shortage what = ONE; what <= (all_shortages ? PAGES : ONE); what++)
		sweep(step, what);
}

void leaks(const char *when)
{
	char text[256];

	for (int i = 0; i < 2; i++) {
		need(put(DEBUGFS "kmemleak", "scan"), "look for leaks");
		sleep(1);
	}
	get(DEBUGFS "kmemleak", text, sizeof(text));
	ok(!text[0], "kmemleak finds nothing %s%s", when, text);
}
