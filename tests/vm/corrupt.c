// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A handover that was damaged on its way: the new kernel says what is wrong, stays
 * up as it was told to, lets everything be looked at, and is not finished.
 *
 * usage: corrupt KIND CULPRIT [PARAMETERS]: what luo-debug shall damage ("boot" and
 * "fault" damage nothing, and let the sample or a callback fail instead; "memfd" is each
 * of many files in another way, "left-memfd" has nobody retrieve them, "left-overlap" nobody
 * those where nothing else shows it), how the words begin that say so, and more for the
 * next kernel's command line
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "corrupt.h"
#include "module.h"
#include "vm.h"

#define LAST	"/sys/kernel/liveupdate/last_update/"
#define SIZE	(64 * 4096UL)

#define KEPT	5

/* Nobody retrieves them. */
static bool is_left(const char *kind)
{
	return !strncmp(kind, "left-", strlen("left-"));
}

/* Found when a file is taken over, not before */
static bool is_overlap(const char *kind)
{
	return !strcmp(kind, "left-overlap");
}

/* Found when the file is asked for or given up, not when its kernel boots */
static bool of_memfds(const char *kind)
{
	return !strcmp(kind, "memfd") || is_left(kind);
}

static void before(const char *kind, const char *parameters)
{
	int dev = need(device(O_RDWR), "open the device"), session;

	need(load_module(""), "load the sample");
	need(put(SAMPLE "/text", "text"), "write a text");
	session = need(create(dev, "kept"), "create a session");
	need(preserve(session, need(memfd("kept", SIZE, KEPT), "make a memfd"), KEPT),
	     "preserve it");
	if (of_memfds(kind))
		kind = preserve_damaged(session, is_overlap(kind) ? "overlap" : NULL);
	need(put("/sys/kernel/debug/liveupdate/corrupt", kind), "ask for the damage");
	need(event(dev, LIVEUPDATE_PREPARE, NULL), "PREPARE");
	need(event(dev, LIVEUPDATE_FREEZE, NULL), "FREEZE");
	need(load(parameters), "load");
	close(dev);
	need(kexec_reboot(), "jump");
}

static bool log_has(const char *what)
{
	static char text[1 << 20];
	FILE *f = fopen(LAST "log", "r");
	size_t size;

	if (!f)
		return false;
	size = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[size] = 0;
	return strstr(text, what);
}

static void fail_now(const char *kind, int dev)
{
	int session;

	if (!strcmp(kind, "boot"))
		need(load_module("refuse=boot"), "load the sample");
	if (strcmp(kind, "fault"))
		return;
	need(put("/sys/kernel/debug/fail_liveupdate/phase", "0x80"), "let a retrieve fail");
	need(put("/sys/kernel/debug/fail_liveupdate/probability", "100"), "let a retrieve fail");
	session = need(retrieve(dev, "kept"), "retrieve the session");
	is(retrieve_fd(session, KEPT), -EREMOTEIO, "a handler that fails is its caller's error");
	is(retrieve_fd(session, KEPT), -EREMOTEIO, "and stays it");
}

static void kept_is_there(int session)
{
	ok(memfd_is(need(retrieve_fd(session, KEPT), "retrieve the other file"), SIZE, KEPT),
	   "a file that was not damaged is there");
}

static void refused(const char *kind, int dev)
{
	int session;

	if (is_left(kind)) {
		need(load_module(""), "load the sample");
		is(event(dev, LIVEUPDATE_FINISH, NULL), -EIO, "FINISH does not discard them");
	}
	if (is_overlap(kind))
		return;
	session = need(retrieve(dev, "kept"), "retrieve the session");
	if (!is_left(kind))
		damaged_are_refused(session);
	else
		is(finish(session), -EIO, "nor does the session's");
	kept_is_there(session);
}

/* What can be told of the rest is there for whoever wants to look. */
static void looked_at(int dev)
{
	struct liveupdate_session_info infos[4];
	char text[256];
	int n = list_sessions(dev, infos, 4);

	ok(n >= 0, "sessions can be listed: %d", n);
	ok(log_has("Starting new kernel"), "the old kernel's log can be read to its last line");
	get(LAST "old_release", text, sizeof(text));
	ok(sysfs_is("last_update/result", "failed"), "the record says failed");
}

static void after(const char *kind, const char *culprit)
{
	int dev = need(device(O_RDWR), "open the device");
	char text[256], who[LIVEUPDATE_CULPRIT_LENGTH];
	struct liveupdate_ioctl_get_state s;

	if (of_memfds(kind))
		refused(kind, dev);
	else
		fail_now(kind, dev);
	is(state(), LIVEUPDATE_STATE_UPDATED, "%s: the machine stays updated", kind);
	get(LAST "culprit", text, sizeof(text));
	ok(!strncmp(text, culprit, strlen(culprit)), "the record names it: %s", text);
	is(get_state(dev, &s), 0, "the state can be asked for");
	ok(s.flags & LIVEUPDATE_STATE_FLAG_RESTORE_FAILED, "and has the flag");
	looked_at(dev);
	is(event(dev, LIVEUPDATE_FINISH, who), -EIO, "FINISH fails");
	is(event(dev, LIVEUPDATE_FINISH, who), -EIO, "again and again");
	is(event(dev, LIVEUPDATE_PREPARE, NULL), -EINVAL, "there is no next update");
	need(load(NULL), "load");
	is(kexec_reboot(), -EIO, "and no jump");
	is(state(), LIVEUPDATE_STATE_UPDATED, "the machine is still updated");
}

/* Only the record suffers from a clock that jumps. */
static void unknown_times(void)
{
	int dev = need(device(O_RDWR), "open the device"), session;

	ok(sysfs_is("last_update/jump_ns", "unknown"), "a jump by a clock that jumps is unknown");
	ok(sysfs_is("last_update/shutdown_ns", "unknown"), "so is what came before it");
	need(load_module(""), "load the sample");
	session = need(retrieve(dev, "kept"), "retrieve the session");
	ok(memfd_is(need(retrieve_fd(session, KEPT), "retrieve the memfd"), SIZE, KEPT),
	   "everything else is there");
	is(event(dev, LIVEUPDATE_FINISH, NULL), 0, "and can be finished");
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (boot() == 1)
		before(argv[1], argc > 3 ? argv[3] : "");
	if (!strcmp(argv[1], "clock"))
		unknown_times();
	else
		after(argv[1], argv[2]);
	return 0;
}
