// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <time.h>

#include "cmdline.h"
#include "luoctl.h"
#include "sys.h"

#define RETRY_NANOSECONDS 50000000L

const char *unavailable_reason(void)
{
	char line[CMDLINE_SIZE];
	char enabled[8];
	bool asked = false;

	if (!luo_sys_read_text("/proc/cmdline", line, sizeof(line)))
		asked = cmdline_flag(line, "liveupdate") == 1;

	if (luo_sys_read_text(LUO_SYSFS "/enabled", enabled, sizeof(enabled)))
		return asked ? "the command line asks for live update, but the kernel has none: it "
			       "was built without CONFIG_LIVEUPDATE, or Kexec Handover is off (boot "
			       "it with 'kho=on' as well)" :
			       "the kernel was built without CONFIG_LIVEUPDATE, or 'liveupdate=on' "
			       "is not on its command line";
	if (!strcmp(enabled, "1"))
		return "live update is on, but " LUO_DEVICE " is missing: is devtmpfs mounted?";
	return asked ? "live update is off although the command line asks for it, because Kexec "
		       "Handover is off: boot with 'kho=on' as well" :
		       "live update is off: 'liveupdate=on' is not on the kernel's command line";
}

/* A device that cannot be opened now is there all the same. */
bool live_update_is_on(void)
{
	struct luo *luo;
	int ret = luo_open(&luo, NULL, 0);

	luo_close(luo);
	return ret == 0 || ret == -EBUSY || ret == -EACCES;
}

int open_failed(int error)
{
	char holder[128];

	switch (error) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		return fail(CODE_UNAVAILABLE, "not available here: %s.", unavailable_reason());
	case -EBUSY:
		if (device_holder(holder, sizeof(holder)))
			return fail(CODE_BUSY,
				    LUO_DEVICE " is in use by another program. Nothing was "
					       "changed; try again, or with a longer --wait.");
		return fail(CODE_BUSY,
			    LUO_DEVICE " is in use by %s. Nothing was changed; try again, or with "
				       "a longer --wait.",
			    holder);
	case -EACCES:
	case -EPERM:
		return fail(CODE_FAILED, LUO_DEVICE ": %s. Try again as root.", strerror(-error));
	default:
		return fail(CODE_FAILED, LUO_DEVICE ": %s", strerror(-error));
	}
}

int open_device(struct luo **luo, unsigned int flags, const struct options *options)
{
	const struct timespec pause = { .tv_nsec = RETRY_NANOSECONDS };
	unsigned long tries = options->wait_seconds * (1000000000UL / RETRY_NANOSECONDS);
	int ret;

	while ((ret = luo_open(luo, NULL, flags)) == -EBUSY && tries--)
		nanosleep(&pause, NULL);
	return ret ? open_failed(ret) : CODE_DONE;
}

int require_states(struct luo *luo)
{
	int ret = luo_has_states(luo);

	if (ret > 0)
		return CODE_DONE;
	if (ret == 0)
		return fail(CODE_UNAVAILABLE,
			    "this kernel's orchestrator has sessions but no states and events; "
			    "'luoctl update' works without them.");
	return fail(CODE_FAILED, "cannot read the state: %s", strerror(-ret));
}
