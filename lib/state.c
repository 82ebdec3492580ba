// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "ioctl.h"
#include "libluo.h"
#include "sys.h"

static const char *const state_names[] = {
	[LUO_STATE_UNDEFINED] = "undefined", [LUO_STATE_NORMAL] = "normal",
	[LUO_STATE_PREPARED] = "prepared",   [LUO_STATE_FROZEN] = "frozen",
	[LUO_STATE_UPDATED] = "updated",
};

static const char *const event_names[] = {
	[LUO_EVENT_PREPARE] = "prepare",
	[LUO_EVENT_FREEZE] = "freeze",
	[LUO_EVENT_FINISH] = "finish",
	[LUO_EVENT_CANCEL] = "cancel",
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

const char *luo_state_name(unsigned int state)
{
	return state < ARRAY_SIZE(state_names) ? state_names[state] : "unknown";
}

const char *luo_event_name(unsigned int event)
{
	return event < ARRAY_SIZE(event_names) ? event_names[event] : "unknown";
}

int luo_state_from_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(state_names); i++) {
		if (!strcmp(name, state_names[i]))
			return (int)i;
	}
	return -EINVAL;
}

static int status_from_sysfs(struct luo_status *status)
{
	char text[32];
	int ret;

	ret = luo_sys_read_text(LUO_SYSFS "/state", text, sizeof(text));
	if (ret)
		return ret == -ENOENT ? -EOPNOTSUPP : ret;
	ret = luo_state_from_name(text);
	if (ret < 0)
		return -EPROTO;

	*status = (struct luo_status){ .state = (uint32_t)ret };
	if (!luo_sys_read_text(LUO_SYSFS "/number", text, sizeof(text)))
		status->number = strtoull(text, NULL, 10);
	return 0;
}

/* The kernel's own orchestrator knows neither states nor their numbers. */
static int unknown_call(int error)
{
	return error == -EINVAL || error == -ENOTTY ? -EOPNOTSUPP : error;
}

int luo_get_status(struct luo *luo, struct luo_status *status)
{
	if (!luo)
		return status_from_sysfs(status);
	return unknown_call(luo_ioctl_get_state(luo->fd, status));
}

int luo_has_states(struct luo *luo)
{
	struct luo_status status;
	int ret = luo_get_status(luo, &status);

	if (ret == -EOPNOTSUPP)
		return 0;
	return ret < 0 ? ret : 1;
}

int luo_call_result(struct luo *luo, int ret)
{
	if (ret == -ENOTTY || (ret == -EINVAL && luo_has_states(luo) == 0))
		return -EOPNOTSUPP;
	return ret;
}

int luo_set_event(struct luo *luo, enum luo_event event, char culprit[LUO_CULPRIT_SIZE])
{
	return luo_call_result(luo, luo_ioctl_set_event(luo->fd, (uint32_t)event, culprit));
}
