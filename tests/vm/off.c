// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel whose orchestrator is turned off */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "vm.h"

int main(void)
{
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
