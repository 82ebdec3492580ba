// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device.h"
#include "ioctl.h"
#include "libluo.h"
#include "list.h"

static const char *const callback_names[] = {
	[LUO_CALL_PREPARE] = "prepare",
	[LUO_CALL_FREEZE] = "freeze",
	[LUO_CALL_CANCEL] = "cancel",
	[LUO_CALL_BOOT] = "boot",
	[LUO_CALL_CAN_FINISH] = "can_finish",
	[LUO_CALL_FINISH] = "finish",
};

static const char *const result_names[] = {
	[LUO_RESULT_NONE] = "none",
	[LUO_RESULT_RUNNING] = "running",
	[LUO_RESULT_REFUSED] = "refused",
	[LUO_RESULT_CANCELLED] = "cancelled",
	[LUO_RESULT_COMPLETED] = "completed",
	[LUO_RESULT_FAILED] = "failed",
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

const char *luo_callback_name(unsigned int callback)
{
	return callback < ARRAY_SIZE(callback_names) ? callback_names[callback] : "unknown";
}

const char *luo_result_name(unsigned int result)
{
	return result < ARRAY_SIZE(result_names) ? result_names[result] : "unknown";
}

static int fill_participants(int fd, void *list, uint32_t *count, void *data)
{
	return luo_ioctl_list_participants(fd, list, count);
}

int luo_list_participants(struct luo *luo, struct luo_participant_info **list, size_t *count)
{
	void *buf;
	int ret = luo_fill_list(fill_participants, luo->fd, NULL, sizeof(**list), &buf, count);

	if (ret)
		return luo_call_result(luo, ret);
	*list = buf;
	for (size_t i = 0; i < *count; i++)
		(*list)[i].name[LUO_PARTICIPANT_NAME_SIZE - 1] = '\0';
	return 0;
}

static int fill_report(int fd, void *list, uint32_t *count, void *report)
{
	return luo_ioctl_get_report(fd, report, list, count);
}

int luo_get_report(struct luo *luo, struct luo_report *report, struct luo_report_entry **entries,
		   size_t *count)
{
	void *buf;
	int ret = luo_fill_list(fill_report, luo->fd, report, sizeof(**entries), &buf, count);

	if (ret)
		return luo_call_result(luo, ret);
	*entries = buf;
	for (size_t i = 0; i < *count; i++)
		(*entries)[i].name[LUO_PARTICIPANT_NAME_SIZE - 1] = '\0';
	return 0;
}
