// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A module that takes part: the sample, from its loading in one kernel to its late
 * loading in the next, and all that it may refuse on the way.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "module.h"
#include "vm.h"

#define TEXT	"survives the jump"

static void refused_in_this_kernel(int dev)
{
	char culprit[LIVEUPDATE_CULPRIT_LENGTH];

	refuse("prepare");
	is(event(dev, LIVEUPDATE_PREPARE, culprit), -EPERM, "a subsystem refuses to prepare");
	ok(!strcmp(culprit, "sample"), "and is named: %s", culprit);
	is(state(), LIVEUPDATE_STATE_NORMAL, "the machine stays normal");
	is(put(SAMPLE "/text", TEXT), 0, "and its work goes on");
	refuse("freeze");
	is(event(dev, LIVEUPDATE_PREPARE, culprit), 0, "it prepares");
	is(event(dev, LIVEUPDATE_FREEZE, culprit), -EPERM, "a subsystem refuses to freeze");
	ok(!strcmp(culprit, "sample"), "and is named: %s", culprit);
	is(state(), LIVEUPDATE_STATE_NORMAL, "the machine is back in normal");
	is(put(SAMPLE "/text", TEXT), 0, "and its work goes on");
	need(load(NULL), "load the next kernel");
	is(kexec_reboot(), -EPERM, "its refusal stops an implicit update, too");
	is(state(), LIVEUPDATE_STATE_NORMAL, "and the machine is back in normal");
	refuse("");
}

static void restricted(int dev)
{
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "PREPARE succeeds");
	is(put(SAMPLE "/text", "changed"), -EBUSY, "work is refused in prepared");
	is(unload(), -EAGAIN, "the module cannot be unloaded");
	is(event(dev, LIVEUPDATE_FREEZE, NULL), 0, "FREEZE succeeds");
	is(put(SAMPLE "/text", "changed"), -EBUSY, "work is refused in frozen");
	is(event(dev, LIVEUPDATE_CANCEL, NULL), 0, "CANCEL succeeds");
	is(put(SAMPLE "/text", TEXT), 0, "work goes on afterwards");
	is(unload(), 0, "the module can be unloaded");
	is(load_module(""), 0, "and loaded again");
	is(put(SAMPLE "/text", TEXT), 0, "with its text");
}

/* Writes numbers until it is killed */
static pid_t writer(void)
{
	pid_t pid = fork();
	char text[16];

	for (int i = 0; !pid; i++) {
		snprintf(text, sizeof(text), "%d", i);
		put(SAMPLE "/text", text);
	}
	return pid;
}

static void work_and_prepare_race(int dev)
{
	int changed = 0, moved = 0;
	char was[32], is_now[32] = "";
	pid_t pid = writer();

	for (int i = 0; i < 100; i++) {
		get(SAMPLE "/text", was, sizeof(was));
		moved += !!strcmp(was, is_now);
		need(event(dev, LIVEUPDATE_PREPARE, NULL), "PREPARE");
		get(SAMPLE "/text", is_now, sizeof(is_now));
		usleep(500);
		get(SAMPLE "/text", was, sizeof(was));
		changed += !!strcmp(was, is_now);
		need(event(dev, LIVEUPDATE_CANCEL, NULL), "CANCEL");
		usleep(500);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	is(changed, 0, "nothing changes after PREPARE, however busy somebody is");
	ok(moved > 10, "and somebody was: %d of 100 times there was another text", moved);
}

static void work_is_waited_for(int dev)
{
	char text[32];
	pid_t pid;

	need(put("/sys/module/liveupdate_sample/parameters/delay_ms", "300"), "slow it down");
	pid = fork();
	if (!pid)
		_exit(put(SAMPLE "/text", "slow work") != 0);
	usleep(100000);
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "PREPARE while work is under way");
	get(SAMPLE "/text", text, sizeof(text));
	ok(!strcmp(text, "slow work"), "waits for it");
	need(put("/sys/module/liveupdate_sample/parameters/delay_ms", "0"), "and no more");
	is(event(dev, LIVEUPDATE_CANCEL, NULL), 0, "CANCEL");
	waitpid(pid, NULL, 0);
}

static void joins_late(int dev)
{
	is(unload(), 0, "the module is unloaded");
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "PREPARE without it");
	is(load_module("refuse=prepare"), -EPERM, "one that cannot prepare is not let in any more");
	is(state(), LIVEUPDATE_STATE_PREPARED, "and the others stay prepared");
	is(load_module(""), 0, "one that can is, in prepared");
	is(put(SAMPLE "/text", "changed"), -EBUSY, "and is restricted from the beginning");
	is(event(dev, LIVEUPDATE_FREEZE, NULL), 0, "FREEZE takes it along");
	is(event(dev, LIVEUPDATE_CANCEL, NULL), 0, "CANCEL does");
	is(unload(), 0, "it is unloaded");
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "PREPARE");
	is(event(dev, LIVEUPDATE_FREEZE, NULL), 0, "FREEZE");
	is(load_module(""), -EBUSY, "nobody is let in when frozen");
	is(event(dev, LIVEUPDATE_CANCEL, NULL), 0, "CANCEL");
	is(load_module(""), 0, "it is loaded again");
	is(load_module(""), -EEXIST, "once");
	is(put(SAMPLE "/text", TEXT), 0, "with its text");
}

static void before(void)
{
	char text[64];
	int dev = need(device(O_RDWR), "open the device");

	need(load_module(""), "load the sample");
	is(put(SAMPLE "/text", TEXT), 0, "it keeps a text");
	for (int i = 0; i < 3; i++)
		get(SAMPLE "/text", text, sizeof(text));
	refused_in_this_kernel(dev);
	restricted(dev);
	work_and_prepare_race(dev);
	work_is_waited_for(dev);
	joins_late(dev);

	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "PREPARE for the jump");
	for (int i = 0; i < 5; i++)
		get(SAMPLE "/text", text, sizeof(text));
	close(dev);
	jump();
}

/* Explicit, and the module comes when the machine has long been up. */
static void after(void)
{
	struct liveupdate_participant_info info;
	int dev = need(device(O_RDWR), "open the device");
	char text[64];

	is(state(), LIVEUPDATE_STATE_UPDATED, "the new kernel waits");
	ok(participant(dev, "sample", &info), "it knows who is to come");
	is(info.flags, LIVEUPDATE_PARTICIPANT_FLAG_SUBSYSTEM | LIVEUPDATE_PARTICIPANT_FLAG_INCOMING,
	   "something waits for it");
	is(load_module(""), 0, "the module is loaded late");
	participant(dev, "sample", &info);
	is(info.flags, LIVEUPDATE_PARTICIPANT_FLAG_SUBSYSTEM |
	   LIVEUPDATE_PARTICIPANT_FLAG_INCOMING | LIVEUPDATE_PARTICIPANT_FLAG_PRESENT,
	   "and has what waited for it");
	get(SAMPLE "/reads", text, sizeof(text));
	is(atoi(text), 5, "what changed until FREEZE has come along");
	get(SAMPLE "/text", text, sizeof(text));
	ok(!strcmp(text, TEXT), "the text is there: %s", text);
	is(unload(), -EAGAIN, "it cannot be unloaded before FINISH");

	refuse("can_finish");
	is(event(dev, LIVEUPDATE_FINISH, text), -EBUSY, "it vetoes FINISH");
	is(state(), LIVEUPDATE_STATE_UPDATED, "and the machine stays updated");
	need(load(NULL), "load the next kernel");
	is(kexec_reboot(), -EBUSY, "and cannot be left");
	refuse("");
	is(event(dev, LIVEUPDATE_FINISH, NULL), 0, "until it agrees");
	is(state(), LIVEUPDATE_STATE_NORMAL, "then the machine is normal");
	get(SAMPLE "/text", text, sizeof(text));
	ok(!strcmp(text, TEXT), "the text is still there: %s", text);
	is(unload(), 0, "and the module can go");
	is(load_module(""), 0, "and come");
	get(SAMPLE "/text", text, sizeof(text));
	ok(!text[0], "without the text, which is nobody's any more");
	is(put(SAMPLE "/text", "implicit"), 0, "another one");
	close(dev);
	jump();
}

/* Implicit: the update is over when the last one has come. */
static void implicit(void)
{
	int dev = need(device(O_RDWR), "open the device");
	char text[64];

	is(state(), LIVEUPDATE_STATE_UPDATED, "an implicit update waits for a subsystem as well");
	is(load_module(""), 0, "the module is loaded");
	is(state(), LIVEUPDATE_STATE_NORMAL, "which ends the update");
	get(SAMPLE "/text", text, sizeof(text));
	ok(!strcmp(text, "implicit"), "the text is there: %s", text);
	is(unload(), 0, "the module can go");

	is(load_module("optional=1 name=other"), 0, "as one that the next kernel may do without");
	is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "PREPARE");
	close(dev);
	jump();
}

static void unclaimed(void)
{
	struct liveupdate_participant_info info;
	int dev = need(device(O_RDWR), "open the device");

	ok(participant(dev, "other", &info), "what is optional was handed over");
	is(event(dev, LIVEUPDATE_FINISH, NULL), 0, "and does not stop FINISH");
	is(state(), LIVEUPDATE_STATE_NORMAL, "the machine is normal");
	is(load_module(""), 0, "the module is loaded once more");
	close(dev);
	need(load("liveupdate.on_restore_failure=warn"), "load");
	need(kexec_reboot(), "jump");
}

/* Something that has to be taken over, and nobody does. */
static void lost(void)
{
	char culprit[LIVEUPDATE_CULPRIT_LENGTH];
	int dev = need(device(O_RDWR), "open the device");

	is(state(), LIVEUPDATE_STATE_UPDATED, "the new kernel waits for what it was handed");
	is(event(dev, LIVEUPDATE_FINISH, culprit), -EIO, "FINISH without it fails");
	ok(sysfs_is("last_update/result", "failed"), "the record says so");
	ok(sysfs_is("last_update/culprit", "sample was handed over, and nothing here claims it"),
	   "and names it");
	is(state(), LIVEUPDATE_STATE_UPDATED, "and the machine stays updated");
	is(load_module(""), 0, "it can still be loaded, to look at");
	is(event(dev, LIVEUPDATE_FINISH, culprit), -EIO, "but what failed stays failed");
	need(load(NULL), "load the next kernel");
	is(kexec_reboot(), -EIO, "and the machine is not left as if nothing had happened");
}

int main(void)
{
	static void (*const part[])(void) = { before, after, implicit, unclaimed, lost };

	part[boot() - 1]();
	return 0;
}
