// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace.h"

#include <inttypes.h>
#include <stdio.h>

#include "json.h"
#include "luoctl.h"
#include "timeline.h"

enum {
	PROCESS_KERNELS = 1,
	PROCESS_PARTICIPANTS,
	PROCESS_CLIENTS,
	PROCESS_BLACKOUT,
};

static const char *const processes[] = {
	[PROCESS_KERNELS] = "kernels",
	[PROCESS_PARTICIPANTS] = "participants",
	[PROCESS_CLIENTS] = "clients",
	[PROCESS_BLACKOUT] = "blackout",
};

static const char *const categories[] = {
	[SPAN_LIVE] = "live",
	[SPAN_STOPPED] = "stopped",
	[SPAN_JUMP] = "jump",
	[SPAN_RETURN] = "return",
};

static int process_of(const struct row *row)
{
	if (row->kind == ROW_PARTICIPANT)
		return PROCESS_PARTICIPANTS;
	return row->kind == ROW_CLIENT ? PROCESS_CLIENTS : PROCESS_KERNELS;
}

/* Exactly, with three decimals. */
static void add_us(struct json_object *object, const char *key, uint64_t ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ".%03" PRIu64, ns / 1000, ns % 1000);
	json_object_object_add(object, key, json_object_new_double_s((double)ns / 1000, text));
}

static struct json_object *new_event(const char *phase, const char *name, int process,
				     size_t thread)
{
	struct json_object *event = json_object_new_object();

	json_object_object_add(event, "ph", json_object_new_string(phase));
	json_object_object_add(event, "name", json_object_new_string(name));
	json_object_object_add(event, "pid", json_object_new_int(process));
	json_object_object_add(event, "tid", json_object_new_uint64(thread));
	return event;
}

static void add_span(struct json_object *events, const char *name, const char *category,
		     int process, size_t thread, uint64_t start_ns, uint64_t ns)
{
	struct json_object *event = new_event("X", name, process, thread);
	struct json_object *args = json_object_new_object();

	json_object_object_add(event, "cat", json_object_new_string(category));
	add_us(event, "ts", start_ns);
	add_us(event, "dur", ns);
	json_object_object_add(args, "ns", json_object_new_uint64(ns));
	json_object_object_add(event, "args", args);
	json_object_array_add(events, event);
}

/* What a viewer calls a process or a thread. */
static void add_name(struct json_object *events, const char *what, const char *name, int process,
		     size_t thread)
{
	struct json_object *event = new_event("M", what, process, thread);
	struct json_object *args = json_object_new_object();

	json_object_object_add(args, "name", json_object_new_string(name));
	json_object_object_add(event, "args", args);
	json_object_array_add(events, event);
}

/* In the order of rows, where a viewer would sort by number. */
static void add_row(struct json_object *events, const struct row *row, size_t thread)
{
	int process = process_of(row);

	add_name(events, "thread_name", row->name, process, thread);
	for (size_t i = 0; i < row->count; i++)
		add_span(events, row->spans[i].name, categories[row->spans[i].kind], process,
			 thread, row->spans[i].start_ns, row->spans[i].ns);
	if (row->stopped_ns == LUO_TIME_UNKNOWN)
		return;
	add_name(events, "thread_name", row->name, PROCESS_BLACKOUT, thread);
	add_span(events, "blackout", "blackout", PROCESS_BLACKOUT, thread, row->stopped_at_ns,
		 row->stopped_ns);
}

static struct json_object *describe(const struct record *record)
{
	const struct luo_report *head = &record->kernel.head;
	struct json_object *o = json_object_new_object();

	json_add_text(o, "update_id", record->id);
	json_object_object_add(o, "number", json_object_new_uint64(record->number));
	json_add_text(o, "result", record->result);
	json_add_text(o, "culprit", record->culprit);
	json_add_text(o, "reason", record->reason);
	json_add_text(o, "old_release", head->old_release);
	json_add_text(o, "new_release", head->new_release);
	json_add_time(o, "kernel_blackout_ns", head->blackout_ns);
	return o;
}

int trace_print(const struct record *record)
{
	struct json_object *root = json_object_new_object();
	struct json_object *events = json_object_new_array();
	struct timeline timeline;

	json_object_object_add(root, "displayTimeUnit", json_object_new_string("ms"));
	json_object_object_add(root, "otherData", describe(record));
	json_object_object_add(root, "traceEvents", events);
	if (timeline_make(record, &timeline)) {
		json_object_put(root);
		return fail(CODE_FAILED, "not enough memory for the trace.");
	}
	for (int i = PROCESS_KERNELS; i <= PROCESS_BLACKOUT; i++)
		add_name(events, "process_name", processes[i], i, 0);
	if (timeline.stopped_ns) {
		add_name(events, "thread_name", "machine", PROCESS_BLACKOUT, 0);
		add_span(events, "blackout", "blackout", PROCESS_BLACKOUT, 0,
			 timeline.stopped_at_ns, timeline.stopped_ns);
	}
	for (size_t i = 0; i < timeline.count; i++)
		add_row(events, &timeline.rows[i], i + 1);
	timeline_free(&timeline);
	json_print(root);
	return CODE_DONE;
}
