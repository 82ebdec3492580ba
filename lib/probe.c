// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "libluo.h"
#include "sys.h"

static int read_flag(const char *path)
{
	char text[8];
	int ret = luo_sys_read_text(path, text, sizeof(text));

	if (ret)
		return ret;
	return !strcmp(text, "1") || !strcmp(text, "Y");
}

/* Nothing is changed, and nobody who wants the device is kept from it for long. */
static void probe_device(struct luo_capabilities *c)
{
	struct luo *luo;
	int ret = luo_open(&luo, NULL, 0);

	luo_close(luo);
	if (ret == -EBUSY)
		c->is |= LUO_IS_BUSY;
	/* Only ours is in sysfs; one that may not be opened is there all the same. */
	if (read_flag(LUO_SYSFS "/enabled") == 1)
		c->orchestrator = LUO_ORCHESTRATOR_FULL;
	else if (!ret || ret == -EBUSY || ret == -EACCES || ret == -EPERM)
		c->orchestrator = LUO_ORCHESTRATOR_STOCK;
}

static int command_line_asks(void)
{
	char line[LUO_COMMAND_LINE_MAX + 2];

	return !luo_sys_read_text("/proc/cmdline", line, sizeof(line)) &&
		(strstr(line, "liveupdate=on") || strstr(line, "liveupdate=1"));
}

static void probe_formats(struct luo_capabilities *c)
{
	int format = luo_get_memfd_format();

	c->memfd_format = LUO_MEMFD_STOCK;
	if (c->orchestrator != LUO_ORCHESTRATOR_NONE)
		c->memfd_formats = 1U << LUO_MEMFD_STOCK;
	if (format < 0)
		return;
	c->memfd_format = (uint32_t)format;
	c->memfd_formats |= 1U << LUO_MEMFD_EXTENT;
	c->can |= LUO_CAN_CHOOSE_FORMAT;
}

int luo_probe(struct luo_capabilities *capabilities)
{
	struct luo_capabilities *c = capabilities;
	struct utsname name;

	memset(c, 0, sizeof(*c));
	if (uname(&name))
		return -errno;
	snprintf(c->release, sizeof(c->release), "%s", name.release);
	probe_device(c);
	probe_formats(c);
	if (c->orchestrator == LUO_ORCHESTRATOR_FULL)
		c->can |= LUO_CAN_STATES | LUO_CAN_LIST;
	if (c->orchestrator == LUO_ORCHESTRATOR_NONE && command_line_asks())
		c->is |= LUO_IS_WITHOUT_KHO;
	if (read_flag("/sys/module/liveupdate/parameters/avoid_scratch") >= 0)
		c->can |= LUO_CAN_AVOID_SCRATCH;
	if (read_flag("/proc/sys/kernel/kexec_load_disabled") == 0)
		c->can |= LUO_CAN_LOAD;
	if (luo_kexec_loaded() == 1)
		c->is |= LUO_IS_LOADED;
	return 0;
}
