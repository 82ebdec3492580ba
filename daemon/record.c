// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <systemd/sd-id128.h>
#include <time.h>

#include "archive.h"
#include "log.h"
#include "luod.h"
#include "old_log.h"
#include "request.h"

#define RECORD_VERSION 1
#define PARTS_MAX 16
#define PART_NAME_MAX 31

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void phase_times_enter(struct phase_times *times, enum phase phase)
{
	uint64_t now = now_ns();

	if (phase == times->phase)
		return;
	if (times->phase == PHASE_IDLE)
		memset(times->ns, 0, sizeof(times->ns));
	else
		times->ns[times->phase] += now - times->since_ns;
	times->phase = phase;
	times->since_ns = now;
}

struct json_object *phase_times_json(const struct phase_times *times)
{
	struct json_object *o = json_object_new_object();

	for (int i = PHASE_IDLE + 1; i < PHASE_COUNT; i++) {
		char key[32];

		if (!times->ns[i])
			continue;
		snprintf(key, sizeof(key), "%s_ns", phase_name((enum phase)i));
		json_object_object_add(o, key, json_object_new_uint64(times->ns[i]));
	}
	return o;
}

void record_client(struct client *client)
{
	struct update *u = &client->luod->update;

	if (!u->clients)
		u->clients = json_object_new_array();
	client->entry = json_object_new_object();
	add_text(client->entry, "name", client->name);
	add_number(client->entry, "uid", client->uid);
	add_text(client->entry, "phase", client_phase_name(client->phase));
	json_object_array_add(u->clients, client->entry);
}

void record_client_phase(struct client *client)
{
	const char *key = NULL;

	if (client->phase == CLIENT_READY)
		key = "prepare_ns";
	else if (client->phase == CLIENT_FROZEN)
		key = "freeze_ns";
	else if (client->phase != CLIENT_PRESERVING && client->phase != CLIENT_FREEZING)
		return;
	if (!client->entry)
		return;
	add_text(client->entry, "phase", client_phase_name(client->phase));
	if (key)
		json_object_object_add(client->entry, key,
				       json_object_new_uint64(now_ns() - client->asked_ns));
	else
		client->asked_ns = now_ns();
}

void record_client_left(struct client *client, const char *reason)
{
	if (!client->entry)
		return;
	add_text(client->entry, "phase", client_phase_name(CLIENT_LEFT));
	add_text(client->entry, "reason", reason);
}

struct json_object *record_parts(struct json_object *parts)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	struct json_object *o = json_object_new_object();

	json_object_object_foreach(parts, key, value)
	{
		size_t length = strlen(key);

		if (json_object_object_length(o) >= PARTS_MAX)
			break;
		if (length <= PART_NAME_MAX && strspn(key, good) == length &&
		    json_object_is_type(value, json_type_int) && json_object_get_int64(value) >= 0)
			json_object_object_add(o, key, json_object_get(value));
	}
	return o;
}

static void add_time(struct json_object *object, const char *key, uint64_t ns)
{
	json_object_object_add(object, key,
			       ns == LUO_TIME_UNKNOWN ? NULL : json_object_new_uint64(ns));
}

static struct json_object *describe_participants(const struct luo_report_entry *entries,
						 size_t count)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *o = json_object_new_object();

		add_text(o, "name", entries[i].name);
		add_number(o, "flags", entries[i].flags);
		add_number(o, "error", entries[i].error);
		for (unsigned int j = 0; j <= LUO_CALL_FINISH; j++) {
			char key[32];

			snprintf(key, sizeof(key), "%s_ns", luo_callback_name(j));
			if (entries[i].ns[j] != LUO_TIME_UNKNOWN)
				add_time(o, key, entries[i].ns[j]);
		}
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *describe_kernel(const struct luo_report *report)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "result", luo_result_name(report->result));
	json_object_object_add(o, "number", json_object_new_uint64(report->number));
	add_time(o, "prepare_ns", report->prepare_ns);
	add_time(o, "freeze_ns", report->freeze_ns);
	add_time(o, "shutdown_ns", report->shutdown_ns);
	add_time(o, "jump_ns", report->jump_ns);
	add_time(o, "blackout_ns", report->blackout_ns);
	add_time(o, "restore_ns", report->restore_ns);
	if (*report->culprit) {
		add_text(o, "culprit", report->culprit);
		add_text(o, "step", luo_callback_name(report->callback));
		add_number(o, "error", report->error);
	}
	return o;
}

/* Where the kernel keeps a record of its own. Returns the time from updated to the end. */
static uint64_t add_kernel(struct json_object *record, struct luo *device)
{
	struct luo_report_entry *entries;
	struct luo_report report;
	size_t count;

	if (luo_get_report(device, &report, &entries, &count)) {
		json_object_object_add(record, "kernel", NULL);
		return LUO_TIME_UNKNOWN;
	}
	json_object_object_add(record, "kernel", describe_kernel(&report));
	json_object_object_add(record, "participants", describe_participants(entries, count));
	free(entries);
	return report.restore_ns;
}

static void set_result(struct json_object *record, const char *result, const char *culprit,
		       const char *reason)
{
	add_text(record, "result", result);
	add_text(record, "culprit", culprit);
	add_text(record, "reason", reason);
}

/* All clients may be back, and something of the kernel's own be lost. */
static void look_at_kernel(struct json_object *record)
{
	struct json_object *kernel = json_object_object_get(record, "kernel");
	const char *culprit = get_text(kernel, "culprit");
	const char *result = get_text(kernel, "result");

	if (result && !strcmp(result, luo_result_name(LUO_RESULT_FAILED)) &&
	    strcmp(get_text(record, "result"), "failed"))
		set_result(record, "failed", culprit ? culprit : "",
			   "the kernel could not restore all that was handed over");
}

/* What all records begin with. */
static struct json_object *new_record(const char *id, const char *result, const char *culprit,
				      const char *reason)
{
	struct json_object *record = json_object_new_object();
	char text[SD_ID128_STRING_MAX];
	sd_id128_t boot;

	add_number(record, "version", RECORD_VERSION);
	add_text(record, "update_id", id);
	set_result(record, result, culprit, reason);
	add_number(record, "ended_s", (int64_t)time(NULL));
	if (!sd_id128_get_boot(&boot))
		add_text(record, "boot_id", sd_id128_to_string(boot, text));
	return record;
}

void record_cancelled(struct luod *luod)
{
	struct update *u = &luod->update;
	struct json_object *record =
		new_record(u->id, u->error ? "cancelled" : "dry_run", u->culprit, u->reason);
	struct utsname name;

	uname(&name);
	phase_times_enter(&luod->times, PHASE_IDLE);
	add_text(record, "error", u->error ? strerrorname_np(u->error) : "");
	json_object_object_add(record, "dry_run", json_object_new_boolean(u->dry_run));
	add_text(record, "old_release", name.release);
	json_object_object_add(record, "new_release", NULL);
	add_number(record, "started_s", (int64_t)(u->realtime_ms / 1000));
	if (u->prepared_ns)
		add_number(record, "prepare_ns", (int64_t)(u->prepared_ns - u->started_ns));
	if (u->frozen_ns)
		add_number(record, "freeze_ns", (int64_t)(u->frozen_ns - u->freeze_ns));
	json_object_object_add(record, "phases", phase_times_json(&luod->times));
	if (u->kernel_told)
		add_kernel(record, u->device);
	else
		json_object_object_add(record, "kernel", NULL);
	json_object_object_add(record, "clients",
			       u->clients ? json_object_get(u->clients) : json_object_new_array());
	json_object_object_add(record, "log", log_kept());
	archive_add(record, false);
	json_object_put(record);
}

static void copy_members(struct json_object *to, struct json_object *from, const char *const *keys,
			 size_t count)
{
	struct json_object *value;

	for (size_t i = 0; i < count; i++) {
		if (json_object_object_get_ex(from, keys[i], &value))
			json_object_object_add(to, keys[i], json_object_get(value));
	}
}

/* @restore_ns from when the kernel was updated, the end of which is now. */
static struct json_object *describe_client(const struct restored *client, struct json_object *noted,
					   uint64_t restore_ns)
{
	static const char *const from_handoff[] = { "prepare_ns", "freeze_ns" };
	static const char *const from_client[] = { "blackout_ns", "parts", "reason" };
	struct json_object *o = json_object_new_object();
	uint64_t back_ns = (uint64_t)get_number(client->told, "back_at_ns", 0);
	uint64_t since_ns = now_ns() - back_ns;

	add_text(o, "name", client->name);
	add_number(o, "uid", client->uid);
	add_text(o, "phase", restored_phase_name(client->phase));
	copy_members(o, noted, from_handoff, 2);
	copy_members(o, client->told, from_client, 3);
	if (back_ns && restore_ns != LUO_TIME_UNKNOWN && since_ns <= restore_ns)
		json_object_object_add(o, "back_ns", json_object_new_uint64(restore_ns - since_ns));
	return o;
}

/* Those of the old kernel, and then ours. */
static struct json_object *all_phases(struct luod *luod)
{
	struct json_object *phases = phase_times_json(&luod->times);
	struct json_object *before = json_object_object_get(luod->restore.handoff, "phases");

	if (!json_object_is_type(before, json_type_object))
		return phases;
	json_object_object_foreach(before, key, value)
	{
		if (!json_object_object_get_ex(phases, key, NULL))
			json_object_object_add(phases, key, json_object_get(value));
	}
	return phases;
}

static struct json_object *all_lines(struct luod *luod)
{
	struct json_object *before = json_object_object_get(luod->restore.handoff, "log");
	struct json_object *lines = json_object_new_array();
	struct json_object *here = log_kept();
	size_t n = json_object_is_type(before, json_type_array) ? json_object_array_length(before) :
								  0;

	for (size_t i = 0; i < n; i++)
		json_object_array_add(lines, json_object_get(json_object_array_get_idx(before, i)));
	for (size_t i = 0; i < json_object_array_length(here); i++)
		json_object_array_add(lines, json_object_get(json_object_array_get_idx(here, i)));
	json_object_put(here);
	return lines;
}

bool record_restored(struct luod *luod, unsigned int missing)
{
	static const char *const from_handoff[] = {
		"old_release", "started_s", "prepare_ns", "freeze_ns", "left",
	};
	struct restore *r = &luod->restore;
	struct json_object *list = json_object_object_get(r->handoff, "clients");
	struct json_object *clients = json_object_new_array();
	struct json_object *record =
		new_record(r->id, missing ? "failed" : "done", "", luod->last.reason);
	struct utsname name;
	uint64_t restore_ns;
	bool is_done;

	uname(&name);
	phase_times_enter(&luod->times, PHASE_IDLE);
	copy_members(record, r->handoff, from_handoff, 5);
	add_text(record, "new_release", name.release);
	json_object_object_add(record, "phases", all_phases(luod));
	restore_ns = add_kernel(record, r->device);
	look_at_kernel(record);
	is_done = !strcmp(get_text(record, "result"), "done");
	for (unsigned int i = 0; i < r->count; i++)
		json_object_array_add(clients, describe_client(&r->clients[i],
							       json_object_array_get_idx(list, i),
							       restore_ns));
	json_object_object_add(record, "clients", clients);
	json_object_object_add(record, "log", all_lines(luod));
	json_object_object_add(record, "kernel_log", old_log());
	archive_add(record, true);
	json_object_put(record);
	return is_done;
}

void record_lost(struct luod *luod, const char *result, const char *reason)
{
	bool jumped = !strcmp(result, "failed");
	struct json_object *record = new_record("unknown", result, "", reason);
	struct utsname name;
	struct luo *device;

	uname(&name);
	json_object_object_add(record, jumped ? "new_release" : "old_release",
			       json_object_new_string(name.release));
	add_number(record, "started_s", (int64_t)time(NULL));
	if (jumped && !luo_open(&device, NULL, 0)) {
		add_kernel(record, device);
		luo_close(device);
	}
	archive_add(record, false);
	json_object_put(record);
}
