// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way back. The kernel first, as it was the last to be prepared; then every client
 * is told, the last to subscribe first, without waiting in between: each of them may
 * be somebody's machine that stands still. When all have answered, or their time is
 * over, their sessions go, and the machine is as before.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cancel.h"
#include "handoff.h"
#include "kernel.h"
#include "log.h"
#include "luod.h"
#include "request.h"

/* Why it is cancelled where nothing went wrong. */
#define DRY_RUN "this was a dry run"

static int on_deadline(sd_event_source *source, uint64_t usec, void *data)
{
	struct client *client = data;

	log_line(LOG_WARNING, client->name, "%s: does not answer; its connection is closed",
		 client->name);
	client->deadline = sd_event_source_disable_unref(client->deadline);
	/* What it does about it is up to it: it subscribes again, and is as new. */
	connection_close(client->connection);
	return 0;
}

void cancel_client(struct client *client, const char *reason, const char *culprit)
{
	struct json_object *message;

	if (client->phase == CLIENT_SUBSCRIBED || client->phase == CLIENT_CANCELLING ||
	    client->phase == CLIENT_LEFT)
		return;
	client_set_phase(client, CLIENT_CANCELLING);
	message = json_object_new_object();
	add_text(message, "cmd", "CANCEL");
	add_text(message, "reason", reason);
	add_text(message, "culprit", culprit);
	client_ask(client, message, -1, client->luod->config.cancel_usec, on_deadline);
}

/* Who waits for the end of it, beside the operator: [connection, id] each. */
struct waiting {
	struct waiting *next;
	struct connection *connection;
	struct json_object *request;
};

void cancel_wait(struct luod *luod, struct connection *connection, struct json_object *request)
{
	struct waiting *w = calloc(1, sizeof(*w));

	if (!w) {
		reply_error(connection, request, ENOMEM, "luod is out of memory");
		return;
	}
	w->connection = connection;
	w->request = json_object_get(request);
	w->next = luod->update.waiting;
	luod->update.waiting = w;
}

void cancel_connection_gone(struct luod *luod, struct connection *connection)
{
	for (struct waiting *w = luod->update.waiting; w; w = w->next) {
		if (w->connection == connection)
			w->connection = NULL;
	}
}

static void answer_waiting(struct update *u)
{
	while (u->waiting) {
		struct waiting *w = u->waiting;

		u->waiting = w->next;
		if (w->connection)
			reply_ok(w->connection, w->request, NULL);
		json_object_put(w->request);
		free(w);
	}
}

static void answer_operator(struct update *u)
{
	struct json_object *reply;

	if (!u->operator)
		return;
	u->operator->watches = u->operator_watched;
	reply = reply_new("UPDATE", u->operator_id);
	add_text(reply, "update_id", u->id);
	add_flag(reply, "dry_run", u->dry_run);
	add_text(reply, "culprit", u->culprit);
	if (u->error)
		reply_set_error(reply, u->error, u->reason);
	connection_send(u->operator, reply, -1);
}

static void forget(struct update *u)
{
	luo_close(u->device);
	free(u->kernel);
	free(u->initrd);
	free(u->command_line);
	free(u->memfd_format);
	json_object_put(u->operator_id);
	json_object_put(u->clients);
	*u = (struct update){ .phase = PHASE_IDLE, .session = -1, .blob = -1 };
}

static void tell_hooks(struct luod *luod)
{
	const struct update *u = &luod->update;
	const struct hook_facts facts = {
		.update_id = u->id,
		.kernel = u->kernel,
		.reason = u->error ? u->reason : DRY_RUN,
		.culprit = u->culprit,
		.dry_run = u->dry_run,
	};

	hooks_tell(luod, HOOK_CANCELLED, &facts);
}

static void end(struct luod *luod)
{
	struct update *u = &luod->update;
	struct outcome *last = &luod->last;

	handoff_close(luod);
	kernel_unload(luod);
	strcpy(last->update_id, u->id);
	last->ok = !u->error;
	last->dry_run = u->dry_run;
	strcpy(last->culprit, u->culprit);
	strcpy(last->reason, u->reason);
	log_info("update %s: %s; the machine is as before", u->id,
		 u->error ? "cancelled" : "the dry run is complete");
	record_cancelled(luod);
	tell_hooks(luod);
	luod_tell_result(luod);
	answer_operator(u);
	answer_waiting(u);
	forget(u);
	luod_phase_changed(luod);
	log_set_update("");
	luod_rest(luod);
}

/* Ends it once nobody is waited for. Clients that have answered are as new. */
void cancel_go_on(struct luod *luod)
{
	struct client *client;

	if (luod->update.phase != PHASE_CANCELLING)
		return;
	TAILQ_FOREACH(client, &luod->clients, link) {
		if (client->phase == CLIENT_CANCELLING)
			return;
	}
	TAILQ_FOREACH(client, &luod->clients, link) {
		client->left = false;
		client_drop_session(client);
		client_set_phase(client, CLIENT_SUBSCRIBED);
		client->entry = NULL;
	}
	end(luod);
}

void cancel_start(struct luod *luod)
{
	struct update *u = &luod->update;
	const char *reason = u->error ? u->reason : DRY_RUN;
	struct client *client, *previous;

	hooks_stop(luod);
	u->phase = PHASE_CANCELLING;
	phase_times_enter(&luod->times, u->phase);
	kernel_cancel(luod);
	luod_phase_changed(luod);
	for (client = TAILQ_LAST(&luod->clients, client_list); client; client = previous) {
		previous = TAILQ_PREV(client, client_list, link);
		if (client->connection)
			cancel_client(client, reason, u->culprit);
	}
	cancel_go_on(luod);
}

void update_cancelled(struct connection *connection, struct json_object *request)
{
	struct client *client = connection->client;

	if (!client || client->phase != CLIENT_CANCELLING) {
		reply_error(connection, request, EINVAL, "nothing is cancelled");
		return;
	}
	client_drop_session(client);
	client_set_phase(client, client->left ? CLIENT_LEFT : CLIENT_SUBSCRIBED);
	cancel_go_on(connection->luod);
}
