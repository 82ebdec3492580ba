// SPDX-License-Identifier: GPL-2.0-or-later
#include "finish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "file.h"
#include "keeper.h"
#include "kernel.h"
#include "log.h"
#include "luod.h"
#include "request.h"

#define RETRY_USEC 500000

static void add_time(struct json_object *object, const char *key, uint64_t ns)
{
	json_object_object_add(object, key,
			       ns == LUO_TIME_UNKNOWN ? NULL : json_object_new_uint64(ns));
}

static struct json_object *describe_kernel(struct luo *device)
{
	struct luo_report_entry *entries;
	struct luo_report report;
	struct json_object *o;
	size_t count;

	if (luo_get_report(device, &report, &entries, &count))
		return NULL;
	free(entries);
	o = json_object_new_object();
	add_text(o, "result", luo_result_name(report.result));
	add_time(o, "prepare_ns", report.prepare_ns);
	add_time(o, "freeze_ns", report.freeze_ns);
	add_time(o, "shutdown_ns", report.shutdown_ns);
	add_time(o, "jump_ns", report.jump_ns);
	add_time(o, "blackout_ns", report.blackout_ns);
	add_time(o, "restore_ns", report.restore_ns);
	return o;
}

static struct json_object *describe_client(const struct restored *client)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "name", client->name);
	add_number(o, "uid", client->uid);
	add_text(o, "phase", restored_phase_name(client->phase));
	if (client->told) {
		json_object_object_foreach(client->told, key, value)
			json_object_object_add(o, key, json_object_get(value));
	}
	return o;
}

/* With the kernel's own times, where it takes them. */
static void write_record(struct luod *luod)
{
	static const char *const from_handoff[] = {
		"update_id", "old_release", "started_s", "prepare_ns", "freeze_ns", "left",
	};
	struct restore *r = &luod->restore;
	struct json_object *record = json_object_new_object();
	struct json_object *clients = json_object_new_array();
	struct json_object *value;
	struct utsname name;
	int ret;

	uname(&name);
	for (size_t i = 0; i < sizeof(from_handoff) / sizeof(from_handoff[0]); i++) {
		if (json_object_object_get_ex(r->handoff, from_handoff[i], &value))
			json_object_object_add(record, from_handoff[i], json_object_get(value));
	}
	add_text(record, "new_release", name.release);
	json_object_object_add(record, "kernel", describe_kernel(r->device));
	for (unsigned int i = 0; i < r->count; i++)
		json_object_array_add(clients, describe_client(&r->clients[i]));
	json_object_object_add(record, "clients", clients);
	mkdir(LUOD_STATE, 0755);
	ret = file_write(RECORD_FILE, record);
	if (ret)
		log_error("%s: %s", RECORD_FILE, strerror(-ret));
	json_object_put(record);
}

static unsigned int count_missing(const struct restore *r)
{
	unsigned int missing = 0;

	for (unsigned int i = 0; i < r->count; i++)
		missing += r->clients[i].phase != RESTORED_DONE;
	return missing;
}

static void forget(struct restore *r)
{
	for (unsigned int i = 0; i < r->count; i++)
		json_object_put(r->clients[i].told);
	free(r->clients);
	json_object_put(r->handoff);
	json_object_put(r->operator_id);
	sd_event_source_disable_unref(r->deadline);
	sd_event_source_disable_unref(r->retry);
	resume_forget(&r->resume);
	luo_close(r->device);
	*r = (struct restore){ .phase = PHASE_IDLE };
}

static void end(struct luod *luod)
{
	struct restore *r = &luod->restore;
	unsigned int missing = count_missing(r);
	struct outcome *last = &luod->last;

	write_record(luod);
	unlink(RESTORE_FILE);
	*last = (struct outcome){ .ok = !missing };
	strcpy(last->update_id, r->id);
	if (missing)
		snprintf(last->reason, sizeof(last->reason), "%u of %u clients are lost", missing,
			 r->count);
	log_info("update %s: finished, %u of %u clients are back", r->id, r->count - missing,
		 r->count);
	luod_tell_result(luod);
	if (r->operator)
		connection_send(r->operator, reply_new("FINISH", r->operator_id), -1);
	forget(r);
	luod_phase_changed(luod);
	log_set_update("");
	luod_rest(luod);
}

static void try_to_finish(struct luod *luod);

static int on_retry(sd_event_source *source, uint64_t usec, void *data)
{
	struct luod *luod = data;

	luod->restore.retry = sd_event_source_disable_unref(luod->restore.retry);
	try_to_finish(luod);
	return 0;
}

/* Somebody else's session is not finished, or the device is not free: they may need time. */
static void try_again_later(struct luod *luod, int error)
{
	struct restore *r = &luod->restore;

	log_line(LOG_DEBUG, "", "not finished yet: %s", strerror(-error));
	luo_close(r->device);
	r->device = NULL;
	sd_event_add_time_relative(luod->event, &r->retry, CLOCK_MONOTONIC, RETRY_USEC, 0,
				   on_retry, luod);
}

static void on_finished(struct luod *luod, int ret)
{
	if (ret)
		try_again_later(luod, ret);
	else
		end(luod);
}

/* An operator who has finished the kernel by himself has done no harm. */
static void try_to_finish(struct luod *luod)
{
	struct restore *r = &luod->restore;
	int ret = luo_open(&r->device, NULL, LUO_OPEN_WRITE);

	if (!ret && luod->states && luod_state(luod) == LUO_STATE_NORMAL) {
		end(luod);
		return;
	}
	if (!ret)
		ret = job_start(luod, kernel_finish, luod, on_finished);
	if (ret)
		try_again_later(luod, ret);
}

/* Each session is finished, so that the kernel need not ask why it is still there. */
static void give_up_missing(struct restore *r)
{
	for (unsigned int i = 0; i < r->count; i++) {
		int session;

		if (r->clients[i].phase == RESTORED_DONE)
			continue;
		session = keeper_borrow(r->keeper, i, r->clients[i].name);
		if (session < 0)
			continue;
		luo_session_finish(session);
		close(session);
	}
}

void finish_start(struct luod *luod)
{
	struct restore *r = &luod->restore;

	if (r->phase != PHASE_RESTORING || !r->handoff)
		return;
	r->phase = PHASE_FINISHING;
	luod_phase_changed(luod);
	give_up_missing(r);
	keeper_stop(r->keeper);
	try_to_finish(luod);
}

void restore_finish_request(struct connection *connection, struct json_object *request)
{
	struct luod *luod = connection->luod;
	struct restore *r = &luod->restore;
	struct json_object *id;
	unsigned int claimed = 0;

	if (r->phase == PHASE_IDLE) {
		reply_error(connection, request, EINVAL, "there is nothing to be finished");
		return;
	}
	for (unsigned int i = 0; i < r->count; i++)
		claimed += r->clients[i].phase == RESTORED_CLAIMED;
	if (count_missing(r) && !get_flag(request, "discard")) {
		reply_error(connection, request, EBUSY, "%u clients are not back, and would be lost",
			    count_missing(r));
		return;
	}
	if (claimed && !get_flag(request, "force")) {
		reply_error(connection, request, EBUSY, "%u clients are about to come back", claimed);
		return;
	}
	if (r->operator) {
		reply_error(connection, request, EALREADY, "somebody has asked for it already");
		return;
	}
	r->operator = connection;
	if (json_object_object_get_ex(request, "id", &id))
		r->operator_id = json_object_get(id);
	finish_start(luod);
}
