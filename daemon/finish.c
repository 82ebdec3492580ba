// SPDX-License-Identifier: GPL-2.0-or-later
#include "finish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keeper.h"
#include "kernel.h"
#include "log.h"
#include "luod.h"
#include "record.h"
#include "request.h"

#define RETRY_USEC 500000

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

/* Nothing is under way any more. */
static void tell_hooks(struct luod *luod, struct json_object *handoff, bool is_done)
{
	const struct hook_facts facts = {
		.update_id = luod->last.update_id,
		.kernel = get_text(handoff, "kernel"),
		.result = is_done ? "done" : "failed",
	};

	hooks_tell(luod, HOOK_POST_UPDATE, &facts);
}

static void end(struct luod *luod)
{
	struct restore *r = &luod->restore;
	unsigned int missing = count_missing(r);
	struct json_object *handoff = json_object_get(r->handoff);
	struct outcome *last = &luod->last;
	bool is_done;

	*last = (struct outcome){ .ok = !missing };
	strcpy(last->update_id, r->id);
	if (missing)
		snprintf(last->reason, sizeof(last->reason), "%u of %u clients are lost", missing,
			 r->count);
	log_info("update %s: finished, %u of %u clients are back", r->id, r->count - missing,
		 r->count);
	is_done = record_restored(luod, missing);
	unlink(RESTORE_FILE);
	luod_tell_result(luod);
	if (r->operator)
		connection_send(r->operator, reply_new("FINISH", r->operator_id), -1);
	forget(r);
	luod_phase_changed(luod);
	log_set_update("");
	tell_hooks(luod, handoff, is_done);
	json_object_put(handoff);
	luod_rest(luod);
}

/* Or was one, and was left behind: nothing of it came over. */
static bool is_client(const struct restore *r, const char *name)
{
	struct json_object *left = json_object_object_get(r->handoff, "left");
	size_t n = json_object_is_type(left, json_type_array) ? json_object_array_length(left) : 0;

	for (size_t i = 0; i < n; i++) {
		const char *its_name = json_object_get_string(json_object_array_get_idx(left, i));

		if (its_name && !strcmp(its_name, name))
			return true;
	}
	for (unsigned int i = 0; i < r->count; i++) {
		if (!strcmp(r->clients[i].name, name))
			return true;
	}
	return false;
}

/*
 * A session of somebody who is no client, a service with one of its own: the kernel would
 * discard what its owner, who may start long after luod, has not taken back yet.
 */
static bool others_are_missing(struct luod *luod)
{
	struct restore *r = &luod->restore;
	struct luo_session_info *list = NULL;
	bool missing = false;
	struct luo *device;
	size_t count = 0;

	if (!luod->states || luo_open(&device, NULL, 0))
		return false;
	if (luo_list_sessions(device, &list, &count))
		count = 0;
	luo_close(device);
	for (size_t i = 0; i < count && !missing; i++) {
		const struct luo_session_info *session = &list[i];

		missing = session->flags & LUO_SESSION_INCOMING &&
			  !(session->flags & LUO_SESSION_FINISHED) && session->files &&
			  !is_client(r, session->name);
		if (missing && !r->waits_for_others)
			log_info("waiting for the owner of session %s: 'luoctl finish' gives it up",
				 session->name);
	}
	r->waits_for_others |= missing;
	free(list);
	return missing;
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
	int ret;

	if (!r->operator && !r->out_of_time && others_are_missing(luod)) {
		try_again_later(luod, -EBUSY);
		return;
	}
	ret = luo_open(&r->device, NULL, LUO_OPEN_WRITE);
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
