// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions are handed to a kernel that has its orchestrator off, and so cannot
 * restore them. The argument says what that kernel shall do about it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "vm.h"

static void before(const char *policy)
{
	char extra[128];
	int dev = need(device(O_RDWR), "open the device");
	int s = need(create(dev, "lost"), "create a session");

	need(preserve(s, memfd("lost", 4096, 1), 1), "preserve");
	snprintf(extra, sizeof(extra), "liveupdate=off %s", policy);
	need(load(extra), "load");
	need(kexec_reboot(), "jump");
}

int main(int argc, char **argv)
{
	if (boot() == 1)
		before(argc > 1 ? argv[1] : "");

	if (boot() == 3) {
		ok(sysfs_is("state", "normal"), "and the next kernel starts afresh");
		return 0;
	}
	ok(argc > 1, "the machine runs on only where it was told to");
	ok(sysfs_is("state", "updated"), "the update stays unfinished");
	ok(sysfs_is("enabled", "0"), "the orchestrator is off");
	ok(true, "with it off, kexec is not stopped");
	jump();
}
