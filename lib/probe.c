// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "boot.h"
#include "device.h"
#include "ioctl.h"
#include "libluo.h"
#include "sys.h"

/* Registered while an orchestrator is on, whether or not there is a node of it here. */
#define DEVICE_NUMBER	"/sys/class/misc/liveupdate/dev"
#define AVOID_FILE	"/sys/module/liveupdate/parameters/avoid_scratch"

static bool there_is(const char *path)
{
	char text[32];

	return !luo_sys_read_text(path, text, sizeof(text));
}

static bool text_is(const char *path, const char *expected)
{
	char text[32];

	return !luo_sys_read_text(path, text, sizeof(text)) && !strcmp(text, expected);
}

/* For one that has states: calls that came later. */
static void ask_device(struct luo_capabilities *c, int fd)
{
	c->orchestrator = LUO_ORCHESTRATOR_FULL;
	if (luo_ioctl_has_lists(fd))
		c->can |= LUO_CAN_LIST;
	if (luo_ioctl_has_report(fd))
		c->can |= LUO_CAN_REPORT;
}

/* The same for one that cannot be opened. */
static void ask_sysfs(struct luo_capabilities *c)
{
	c->orchestrator = LUO_ORCHESTRATOR_FULL;
	if (there_is(LUO_SYSFS "/sessions"))
		c->can |= LUO_CAN_LIST;
	if (there_is(LUO_SYSFS "/last_update/result"))
		c->can |= LUO_CAN_REPORT;
}

static bool device_is_there(int opened)
{
	return !opened || opened == -EBUSY || opened == -EACCES || opened == -EPERM ||
	       there_is(DEVICE_NUMBER);
}

/* A stock kernel's device can be opened once at a time: it is closed as soon as may be. */
static void probe_orchestrator(struct luo_capabilities *c)
{
	struct luo *luo;

	c->device = luo_open(&luo, NULL, 0);
	if (!c->device && luo_has_states(luo) == 1)
		ask_device(c, luo_fd(luo));
	luo_close(luo);

	if (c->orchestrator == LUO_ORCHESTRATOR_NONE && text_is(LUO_SYSFS "/enabled", "1"))
		ask_sysfs(c);
	if (c->orchestrator == LUO_ORCHESTRATOR_FULL) {
		c->can |= LUO_CAN_STATES;
		if (there_is(LUO_SYSFS "/state"))
			c->can |= LUO_CAN_WAIT;
	} else if (device_is_there(c->device)) {
		c->orchestrator = LUO_ORCHESTRATOR_STOCK;
	}
}

static enum luo_reason why_there_is_none(void)
{
	int asked = luo_boot_switch("liveupdate");

	if (!asked || asked == -ENODATA)
		return LUO_REASON_OFF;
	if (asked < 0)
		return LUO_REASON_UNKNOWN;
	/* One that is in sysfs was built, and has been turned off. */
	if (there_is(LUO_SYSFS "/enabled") || luo_boot_switch("kho") != 1)
		return LUO_REASON_NO_KHO;
	return LUO_REASON_NOT_BUILT;
}

static void probe_format(struct luo_capabilities *c)
{
	int format = luo_get_memfd_format();

	c->memfd_format = LUO_MEMFD_STOCK;
	if (c->orchestrator == LUO_ORCHESTRATOR_NONE)
		return;
	/* Ours has the parameter if it was built to preserve memory files at all. */
	if (format == -EOPNOTSUPP) {
		if (c->orchestrator == LUO_ORCHESTRATOR_STOCK)
			c->memfd_formats = 1U << LUO_MEMFD_STOCK;
		return;
	}
	c->memfd_formats = 1U << LUO_MEMFD_STOCK | 1U << LUO_MEMFD_EXTENT;
	c->memfd_format = format < 0 ? LUO_MEMFD_UNKNOWN : (uint32_t)format;
	c->can |= LUO_CAN_CHOOSE_FORMAT;
}

static void probe_scratch(struct luo_capabilities *c)
{
	if (c->orchestrator == LUO_ORCHESTRATOR_NONE || !there_is(AVOID_FILE))
		return;
	c->can |= LUO_CAN_AVOID_SCRATCH;
	if (text_is(AVOID_FILE, "Y"))
		c->is |= LUO_IS_AVOIDING_SCRATCH;
}

/* Without calling kexec_file_load(2), which may count down how often it may be called. */
static void probe_kexec(struct luo_capabilities *c)
{
	if (text_is("/proc/sys/kernel/kexec_load_disabled", "0") &&
	    !text_is("/proc/sys/kernel/kexec_load_limit_reboot", "0"))
		c->can |= LUO_CAN_LOAD;
	if (luo_kexec_loaded() == 1)
		c->is |= LUO_IS_LOADED;
}

static int probe_release(struct luo_capabilities *c)
{
	struct utsname name;
	unsigned int major;
	unsigned int minor;

	if (uname(&name))
		return -errno;
	snprintf(c->release, sizeof(c->release), "%s", name.release);
	if (sscanf(c->release, "%u.%u", &major, &minor) == 2)
		c->series = LUO_SERIES(major, minor);
	return 0;
}

int luo_probe(struct luo_capabilities *capabilities)
{
	struct luo_capabilities *c = capabilities;
	int ret;

	memset(c, 0, sizeof(*c));
	ret = probe_release(c);
	if (ret)
		return ret;
	probe_orchestrator(c);
	if (c->orchestrator == LUO_ORCHESTRATOR_NONE)
		c->reason = why_there_is_none();
	probe_format(c);
	probe_scratch(c);
	probe_kexec(c);
	return 0;
}
