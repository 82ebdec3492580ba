// SPDX-License-Identifier: GPL-2.0-or-later
/* The part of a check that is about the initial ramdisk. */
#include <string.h>

#include "check.h"
#include "initrd.h"

static void check_content(struct check *check, const struct initrd *initrd)
{
	const char *release = check->image.release;

	if (!initrd->has_init)
		found(&check->findings, VERDICT_REFUSAL, "initrd",
		      "it has no /init: the next kernel would not start anything from it");
	else if (initrd->has_modules && *release && !initrd->has_own_modules)
		found(&check->findings, VERDICT_REFUSAL, "initrd",
		      "it has modules, and none of Linux %s: it was made for another kernel",
		      release);
	else
		found(&check->findings, VERDICT_OK, "initrd", "%u files%s%s", initrd->files,
		      initrd->has_own_modules ? ", with the kernel's modules" : "",
		      initrd->starts_luod ? "; luod starts before systemd does" :
					    "; luod starts with the machine's services");
}

void check_initrd(struct check *check)
{
	const char *path = check->options->initrd;
	struct initrd initrd;
	const char *why;

	if (!path) {
		found(&check->findings, VERDICT_OK, "initrd",
		      "none: the next kernel has to find its root file system by itself");
		return;
	}
	if (initrd_read(path, check->image.release, &initrd, &why))
		found(&check->findings, VERDICT_REFUSAL, "initrd", "%s: %s", path, why);
	else
		check_content(check, &initrd);
}
