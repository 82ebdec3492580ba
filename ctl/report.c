// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "participants.h"

static struct json_object *times_json(const struct luo_report *head)
{
	struct json_object *o = json_object_new_object();
	struct phase phases[PHASE_COUNT];

	report_phases(head, phases);
	for (int i = 0; i < PHASE_COUNT; i++)
		json_add_time(o, phases[i].name, phases[i].ns);
	json_add_time(o, "blackout", head->blackout_ns);
	return o;
}

static struct json_object *failure_json(const struct luo_report *head)
{
	struct json_object *o;

	if (!*head->culprit && !head->error)
		return NULL;
	o = json_object_new_object();
	json_add_text(o, "step", *head->culprit ? luo_callback_name(head->callback) : "");
	json_add_text(o, "culprit", head->culprit);
	json_add_error(o, "error", report_errno(head->error));
	return o;
}

static struct json_object *entry_json(const struct luo_report_entry *entry)
{
	struct json_object *o = participant_json(entry->name, entry->flags);
	struct json_object *times = json_object_new_object();

	for (unsigned int i = 0; i < REPORT_CALLBACKS; i++)
		json_add_time(times, luo_callback_name(i), entry->ns[i]);
	json_add_error(o, "error", report_errno(entry->error));
	json_object_object_add(o, "ns", times);
	return o;
}

void report_print_json(const struct report *report)
{
	struct json_object *root = json_object_new_object();
	struct json_object *entries = json_object_new_array();

	for (size_t i = 0; i < report->count; i++)
		json_object_array_add(entries, entry_json(&report->entries[i]));
	json_object_object_add(root, "number", json_object_new_uint64(report->head.number));
	json_add_text(root, "result", luo_result_name(report->head.result));
	json_add_text(root, "old_release", report->head.old_release);
	json_add_text(root, "new_release", report->head.new_release);
	json_object_object_add(root, "failure", failure_json(&report->head));
	json_object_object_add(root, "ns", times_json(&report->head));
	json_object_object_add(root, "participants", entries);
	json_print(root);
}
