// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO report
 *
 * Who takes part in live updates, and the record of the last one, as ioctls of
 * the device, for anybody who has it open.
 */
#include <linux/errno.h>
#include <linux/liveupdate.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "luo_internal.h"

static void luo_fill_participant(const struct luo_row *row, void *at)
{
	struct liveupdate_participant_info *info = at;

	strscpy(info->name, row->name);
	info->flags = row->flags;
}

static void luo_fill_report(const struct luo_row *row, void *at)
{
	struct liveupdate_report_entry *entry = at;

	strscpy(entry->name, row->name);
	entry->flags = row->flags;
	entry->error = row->error;
	for (unsigned int i = 0; i < LIVEUPDATE_REPORT_CALLS; i++)
		entry->ns[i] = i < LUO_CALLS ? row->ns[i] : LIVEUPDATE_TIME_UNKNOWN;
}

/* The rows as entries of @size, as many as fit, and the record of that moment */
static int luo_copy_rows(void (*fill)(const struct luo_row *row, void *at), size_t size,
			 u64 user, u32 user_size, u32 *count, struct luo_record *record)
{
	void *entries = NULL;
	u32 room, n;
	int err;

	if (*count && user_size < size)
		return -EINVAL;
	err = luo_state_read_enter();
	if (err)
		return err;
	room = min(*count, luo_rows_each(NULL, NULL, 0, 0));
	if (room) {
		entries = kvcalloc(room, size, GFP_KERNEL);
		if (!entries) {
			luo_state_read_exit();
			return -ENOMEM;
		}
	}
	n = luo_rows_each(fill, entries, size, room);
	luo_record_get(record);
	luo_state_read_exit();

	err = luo_copy_entries(user, user_size, min(room, n), entries, size);
	*count = n;
	kvfree(entries);
	return err;
}

/**
 * luo_ioctl_list_participants - LIVEUPDATE_IOCTL_LIST_PARTICIPANTS
 * @call: the call
 *
 * Return: what the ioctl returns.
 */
int luo_ioctl_list_participants(struct luo_call *call)
{
	struct liveupdate_ioctl_list_participants *arg = call->arg;
	struct luo_record record;

	if (arg->reserved)
		return -EINVAL;
	return luo_copy_rows(luo_fill_participant, sizeof(struct liveupdate_participant_info),
			     arg->entries, arg->entry_size, &arg->count, &record);
}

/**
 * luo_ioctl_get_report - LIVEUPDATE_IOCTL_GET_REPORT
 * @call: the call
 *
 * Return: what the ioctl returns.
 */
int luo_ioctl_get_report(struct luo_call *call)
{
	struct liveupdate_ioctl_get_report *arg = call->arg;
	struct luo_record record;
	int err;

	err = luo_copy_rows(luo_fill_report, sizeof(struct liveupdate_report_entry),
			    arg->entries, arg->entry_size, &arg->count, &record);
	if (err)
		return err;
	arg->result = record.result;
	arg->callback = record.callback;
	arg->error = record.error;
	arg->number = record.number;
	arg->prepare_ns = record.ns[LUO_SPAN_PREPARE];
	arg->freeze_ns = record.ns[LUO_SPAN_FREEZE];
	arg->shutdown_ns = record.ns[LUO_SPAN_SHUTDOWN];
	arg->jump_ns = record.ns[LUO_SPAN_JUMP];
	arg->blackout_ns = record.ns[LUO_SPAN_BLACKOUT];
	arg->restore_ns = record.ns[LUO_SPAN_RESTORE];
	memcpy(arg->old_release, record.old_release, sizeof(arg->old_release));
	memcpy(arg->new_release, record.new_release, sizeof(arg->new_release));
	memcpy(arg->culprit, record.culprit, sizeof(arg->culprit));
	return 0;
}
