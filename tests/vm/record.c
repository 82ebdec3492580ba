// SPDX-License-Identifier: GPL-2.0-or-later
/* What an update leaves behind: figures, the log, uevents, traces */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <linux/netlink.h>
#include "module.h"
#include "vm.h"

#define LUO	"/sys/kernel/liveupdate"
#define LAST	LUO "/last_update/"
#define TRACING	"/sys/kernel/tracing/"
#define UNKNOWN	LIVEUPDATE_TIME_UNKNOWN

static struct liveupdate_ioctl_get_report report;
static struct liveupdate_report_entry entries[16];

static int get_report(int dev)
{
	report = (struct liveupdate_ioctl_get_report) {
		.size = sizeof(report), .entry_size = sizeof(entries[0]), .count = 16,
		.entries = (uintptr_t)entries };
	return ioctl(dev, LIVEUPDATE_IOCTL_GET_REPORT, &report) ? -errno : 0;
}

static const struct liveupdate_report_entry *entry(const char *name)
{
	static const struct liveupdate_report_entry none;

	for (unsigned int i = 0; i < report.count && i < 16; i++) {
		if (!strcmp((char *)entries[i].name, name))
			return &entries[i];
	}
	return &none;
}

/* A file in sysfs, in ns; UNKNOWN where it says so, 0 where it is not there */
static unsigned long long ns(const char *path)
{
	char text[64];

	get(path, text, sizeof(text));
	return strcmp(text, "unknown") ? strtoull(text, NULL, 10) : UNKNOWN;
}

static int uevents(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	need(fd, "open a socket for uevents");
	need(bind(fd, (void *)&addr, sizeof(addr)), "listen to uevents");
	return fd;
}

static const char *value(const char *text, ssize_t size, const char *key)
{
	for (const char *at = text; at < text + size; at += strlen(at) + 1) {
		if (!strncmp(at, key, strlen(key)))
			return at + strlen(key);
	}
	return "";
}

static void uevent_is(int fd, const char *state, const char *event, const char *number)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char text[4096];
	ssize_t size;

	while (poll(&p, 1, 5000) > 0 && (size = recv(fd, text, sizeof(text) - 1, 0)) > 0) {
		text[size] = 0;
		if (strcmp(value(text, size, "DEVNAME="), "liveupdate"))
			continue;
		ok(!strcmp(value(text, size, "STATE="), state) &&
		   !strcmp(value(text, size, "EVENT="), event) &&
		   !strcmp(value(text, size, "NUMBER="), number),
		   "a uevent says %s, by %s, of update %s", state, event, number);
		return;
	}
	ok(false, "a uevent says %s, by %s", state, event);
}

static void told_by_uevents(int dev)
{
	int fd = uevents();

	event(dev, LIVEUPDATE_PREPARE, NULL);
	event(dev, LIVEUPDATE_FREEZE, NULL);
	event(dev, LIVEUPDATE_CANCEL, NULL);
	uevent_is(fd, "prepared", "prepare", "1");
	uevent_is(fd, "frozen", "freeze", "1");
	uevent_is(fd, "normal", "cancel", "1");
	close(fd);
}

static bool contains(const char *path, const char *what)
{
	static char text[1 << 20];
	size_t size = 0;
	FILE *f = fopen(path, "r");

	if (!f)
		return false;
	size = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[size] = 0;
	return strstr(text, what);
}

static void traced(int dev)
{
	int session;

	need(put(TRACING "events/liveupdate/enable", "1"), "trace");
	event(dev, LIVEUPDATE_PREPARE, NULL);
	session = create(dev, "traced");
	preserve(session, memfd("traced", 4096, 1), 0x77);
	event(dev, LIVEUPDATE_CANCEL, NULL);
	close(session);
	need(put(TRACING "events/liveupdate/enable", "0"), "trace no more");
	ok(contains(TRACING "trace", "liveupdate_state: normal -> prepared event=prepare number=1"),
	   "a change of the state is traced");
	ok(contains(TRACING "trace", "liveupdate_callback_begin: sample prepare"),
	   "the beginning of a callback is traced");
	ok(contains(TRACING "trace", "liveupdate_callback_end: sample prepare ns="),
	   "and its end");
	ok(contains(TRACING "trace", "liveupdate_callback_end: sample cancel ns="),
	   "that of the way back as well");
	ok(contains(TRACING "trace", "liveupdate_session: traced create error=0"),
	   "a session is traced");
	ok(contains(TRACING "trace", "token=0x77 preserve error=0"), "a file is traced");
}

static void refused(int dev)
{
	refuse("prepare");
	event(dev, LIVEUPDATE_PREPARE, NULL);
	is(get_report(dev), 0, "a refused update has a report");
	is(report.result, LIVEUPDATE_RESULT_REFUSED, "its result is refused");
	is(report.callback, LIVEUPDATE_CALL_PREPARE, "it says in which callback");
	is(report.error, -EPERM, "with which error");
	ok(!strcmp((char *)report.culprit, "sample"), "by whom: %s", report.culprit);
	ok(report.prepare_ns != UNKNOWN && report.prepare_ns >=
	   entry("sample")->ns[LIVEUPDATE_CALL_PREPARE], "and how long that took");
	ok(report.freeze_ns == UNKNOWN && report.jump_ns == UNKNOWN, "nothing else");
	is(entry("sample")->error, -EPERM, "its entry has the error");
	ok(sysfs_is("last_update/result", "refused") && sysfs_is("last_update/culprit", "sample") &&
	   sysfs_is("last_update/callback", "prepare") && sysfs_is("last_update/error", "-1"),
	   "sysfs agrees");
	ok(sysfs_is("participants/sample/error", "-1"), "for the participant as well");
	refuse("");
}

static void refused_to_freeze(int dev)
{
	int fd = uevents();

	refuse("freeze");
	event(dev, LIVEUPDATE_PREPARE, NULL);
	event(dev, LIVEUPDATE_FREEZE, NULL);
	is(get_report(dev), 0, "an update that was refused late has a report");
	is(report.callback, LIVEUPDATE_CALL_FREEZE, "it says how late");
	is(entry("sample")->error, -EPERM, "cancelling does not hide the error");
	uevent_is(fd, "prepared", "prepare", "1");
	uevent_is(fd, "normal", "freeze", "1");

	event(dev, LIVEUPDATE_PREPARE, NULL);
	uevent_is(fd, "prepared", "prepare", "1");
	need(load(NULL), "load the next kernel");
	is(kexec_reboot(), -EPERM, "the same on the way out");
	uevent_is(fd, "normal", "freeze", "1");
	refuse("");
	close(fd);
}

static void cancelled(int dev)
{
	event(dev, LIVEUPDATE_PREPARE, NULL);
	ok(sysfs_is("last_update/result", "running"), "an update in progress is running");
	event(dev, LIVEUPDATE_CANCEL, NULL);
	is(get_report(dev), 0, "a cancelled update has a report");
	is(report.result, LIVEUPDATE_RESULT_CANCELLED, "its result is cancelled");
	is(report.culprit[0], 0, "nobody is to blame");
	ok(entry("sample")->ns[LIVEUPDATE_CALL_CANCEL] != UNKNOWN, "cancelling took its time");
	ok(ns(LUO "/participants/sample/cancel_ns") ==
	   entry("sample")->ns[LIVEUPDATE_CALL_CANCEL], "of which sysfs has the same");
	ok(ns(LUO "/participants/sample/boot_ns") == UNKNOWN, "what was not called is unknown");
}

static void slow_is_named(int dev)
{
	const char *param = "/sys/module/liveupdate/parameters/callback_warn_ms";
	char text[32];

	get(param, text, sizeof(text));
	ok(!strcmp(text, "1000,50"), "slow callbacks are named after %s ms", text);
	need(put("/sys/module/liveupdate_sample/parameters/delay_ms", "60"), "slow the sample down");
	event(dev, LIVEUPDATE_PREPARE, NULL);
	event(dev, LIVEUPDATE_FREEZE, NULL);
	event(dev, LIVEUPDATE_CANCEL, NULL);
	need(put("/sys/module/liveupdate_sample/parameters/delay_ms", "0"), "and no more");
	system("dmesg >/run/dmesg");
	ok(contains("/run/dmesg", "freeze of sample took"), "a slow freeze is named in the log");
	ok(!contains("/run/dmesg", "prepare of sample took"), "a prepare as slow is not");
}

static void before(void)
{
	int dev = need(device(O_RDWR), "open the device");

	is(get_report(dev), 0, "there is a report before the first update");
	is(report.result, LIVEUPDATE_RESULT_NONE, "of none");
	is(report.number, 0, "with number 0");
	need(load_module(""), "load the sample");
	told_by_uevents(dev);
	traced(dev);
	refused(dev);
	refused_to_freeze(dev);
	cancelled(dev);
	slow_is_named(dev);
	put(SAMPLE "/text", "x");
	need(create(dev, "kept"), "create a session");
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "PREPARE");
	need(put("/dev/kmsg", "said in prepared\n"), "log");
	is(event(dev, LIVEUPDATE_FREEZE, NULL), 0, "FREEZE");
	need(put("/dev/kmsg", "said in frozen\n"), "log");
	close(dev);
	jump();
}

static void figures(void)
{
	ok(report.prepare_ns != UNKNOWN && report.freeze_ns != UNKNOWN,
	   "what the old kernel measured has come along");
	ok(report.shutdown_ns != UNKNOWN && report.jump_ns != UNKNOWN && report.blackout_ns != UNKNOWN,
	   "the counter went on over the jump");
	ok(report.blackout_ns >= report.freeze_ns + report.shutdown_ns + report.jump_ns,
	   "the blackout is no shorter than its parts");
	ok(report.blackout_ns < 60000000000ULL, "and no longer than the test");
	note("prepare %llu, freeze %llu, shutdown %llu, jump %llu, blackout %llu ns",
	     report.prepare_ns, report.freeze_ns, report.shutdown_ns, report.jump_ns,
	     report.blackout_ns);
	ok(ns(LAST "blackout_ns") == report.blackout_ns && ns(LAST "jump_ns") == report.jump_ns &&
	   ns(LAST "prepare_ns") == report.prepare_ns, "sysfs agrees");
	ok(entry("sessions")->ns[LIVEUPDATE_CALL_BOOT] != UNKNOWN &&
	   entry("sessions")->ns[LIVEUPDATE_CALL_BOOT] > 0, "taking sessions over counts");
	ok(entry("sample")->ns[LIVEUPDATE_CALL_FREEZE] != UNKNOWN &&
	   entry("sample")->ns[LIVEUPDATE_CALL_FREEZE] <= report.freeze_ns,
	   "each participant's time in the old kernel is known");
}

static void after(void)
{
	int dev = need(device(O_RDWR), "open the device");
	struct utsname uts;
	char text[96];

	uname(&uts);
	is(get_report(dev), 0, "the new kernel has a report");
	is(report.result, LIVEUPDATE_RESULT_RUNNING, "of an update that is not finished");
	is(report.number, 1, "the first");
	ok(!strncmp((char *)report.old_release, "7.", 2), "from Linux %s", report.old_release);
	ok(!strcmp((char *)report.new_release, uts.release), "to Linux %s", report.new_release);
	figures();
	ok(report.restore_ns == UNKNOWN, "restoring is not over");

	ok(contains(LAST "log", "said in prepared"), "the old kernel's log can be read");
	ok(contains(LAST "log", "said in frozen"), "to what was said in the blackout");
	ok(contains(LAST "log", "Starting new kernel"), "to the last line before the jump");
	ok(contains(LAST "log", "Linux version 7."), "from its first line on");

	need(load_module(""), "load the sample");
	is(event(dev, LIVEUPDATE_FINISH, NULL), 0, "FINISH");
	is(get_report(dev), 0, "the report stays");
	is(report.result, LIVEUPDATE_RESULT_COMPLETED, "of a completed update");
	ok(report.restore_ns != UNKNOWN, "restoring took %llu ns", report.restore_ns);
	ok(entry("sample")->ns[LIVEUPDATE_CALL_BOOT] != UNKNOWN &&
	   entry("sample")->ns[LIVEUPDATE_CALL_FINISH] != UNKNOWN &&
	   entry("sample")->ns[LIVEUPDATE_CALL_PREPARE] != UNKNOWN,
	   "each participant's time in both kernels stands in one row");
	get(LAST "log", text, sizeof(text));
	ok(text[0], "the log is still there: %s", text);

	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "the next update");
	is(get_report(dev), 0, "has a report");
	is(report.number, 2, "of its own");
	ok(report.restore_ns == UNKNOWN && report.jump_ns == UNKNOWN &&
	   entry("sample")->ns[LIVEUPDATE_CALL_BOOT] == UNKNOWN, "without the last one's figures");
	is(unload(), -EAGAIN, "its participants stay");
	is(event(dev, LIVEUPDATE_CANCEL, NULL), 0, "CANCEL");
	is(unload(), 0, "the sample goes");
	is(get_report(dev), 0, "the report");
	is(entry("sample")->flags, LIVEUPDATE_PARTICIPANT_FLAG_SUBSYSTEM, "still has its row");
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "until the next update");
	get_report(dev);
	is(entry("sample")->name[0], 0, "which is without it");
	ok(access(LUO "/participants/sample", F_OK), "in sysfs as well");
}

int main(void)
{
	if (boot() == 1)
		before();
	after();
	return 0;
}
