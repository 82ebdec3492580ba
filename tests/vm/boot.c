// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * While the handover is taken over during boot, one thing fails. The argument says
 * which: the Nth that can.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "module.h"
#include "vm.h"

#define SESSIONS	2
#define FILES		2
#define SIZE		(16 * 4096UL)

static void before(const char *n)
{
	char extra[128], name[16];
	int dev = need(device(O_RDWR), "open the device");

	need(load_module(""), "load the sample");
	for (int i = 0; i < SESSIONS; i++) {
		int session;

		snprintf(name, sizeof(name), "s%d", i);
		session = need(create(dev, name), "create a session");
		for (int j = 0; j < FILES; j++)
			need(preserve(session, need(memfd("x", SIZE, i * FILES + j), "make a memfd"), j),
			     "preserve");
	}
	snprintf(extra, sizeof(extra), "liveupdate.on_restore_failure=warn liveupdate.fail_boot=%s",
		 n);
	need(load(extra), "load");
	need(event(dev, LIVEUPDATE_PREPARE, NULL), "PREPARE");
	need(event(dev, LIVEUPDATE_FREEZE, NULL), "FREEZE");
	need(kexec_reboot(), "jump");
}

static void all_is_there(int dev)
{
	char name[16];

	for (int i = 0; i < SESSIONS; i++) {
		int session;

		snprintf(name, sizeof(name), "s%d", i);
		session = need(retrieve(dev, name), "retrieve a session");
		for (int j = 0; j < FILES; j++)
			ok(memfd_is(need(retrieve_fd(session, j), "retrieve a memfd"), SIZE,
				    i * FILES + j), "session %d, file %d is there", i, j);
	}
	need(load_module(""), "load the sample");
	is(event(dev, LIVEUPDATE_FINISH, NULL), 0, "FINISH");
	is(state(), LIVEUPDATE_STATE_NORMAL, "leads to normal");
}

/* The one place that says so is the log. */
static bool reached(void)
{
	return system("dmesg | grep -q 'fail_boot: not reached'") != 0;
}

static void after(const char *n)
{
	struct liveupdate_session_info infos[8];
	int dev = need(device(O_RDWR), "open the device");
	char text[256];

	is(state(), LIVEUPDATE_STATE_UPDATED, "fault %s%s", n,
	   reached() ? ": the machine stays updated" : " is not reached");
	if (!reached()) {
		all_is_there(dev);
		return;
	}
	get("/sys/kernel/liveupdate/last_update/culprit", text, sizeof(text));
	ok(text[0], "the record says what failed: %s", text);
	ok(list_sessions(dev, infos, 8) >= 0, "sessions can be listed");
	is(event(dev, LIVEUPDATE_FINISH, NULL), -EIO, "FINISH fails");
	is(state(), LIVEUPDATE_STATE_UPDATED, "and changes nothing");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	if (boot() == 1)
		before(argv[1]);
	after(argv[1]);
	return 0;
}
