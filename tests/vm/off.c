// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel whose orchestrator is turned off */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "vm.h"

/* Where there is nothing to restore, there is nothing to wait for either. */
static void turned_off_by_the_jump(void)
{
	if (boot() == 1) {
		int dev = need(device(O_RDWR), "open the device");

		is(event(dev, LIVEUPDATE_PREPARE, NULL), 0, "an orchestrator prepares, with nothing");
		need(load("liveupdate=off"), "load");
		need(kexec_reboot(), "jump");
	}
	is(device(O_RDWR), -ENOENT, "the next kernel has no device");
	ok(sysfs_is("enabled", "0"), "its orchestrator is off");
	ok(sysfs_is("state", "normal"), "it does not wait for a FINISH that cannot come");
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		turned_off_by_the_jump();
		return 0;
	}
	if (boot() == 2) {
		ok(true, "a kernel with the orchestrator off jumps as any other");
		return 0;
	}
	is(device(O_RDWR), -ENOENT, "there is no device");
	ok(sysfs_is("enabled", "0"), "sysfs says that it is off");
	ok(sysfs_is("state", "normal"), "and that the state is normal");
	ok(sysfs_is("number", "0"), "and that there was no live update");
	jump();
}
