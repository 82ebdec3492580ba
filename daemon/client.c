// SPDX-License-Identifier: GPL-2.0-or-later
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "luod.h"
#include "record.h"
#include "request.h"

static const char *const phase_names[] = {
	[CLIENT_SUBSCRIBED] = "subscribed", [CLIENT_PRESERVING] = "preserving",
	[CLIENT_READY] = "ready",	    [CLIENT_FREEZING] = "freezing",
	[CLIENT_FROZEN] = "frozen",	    [CLIENT_CANCELLING] = "cancelling",
	[CLIENT_LEFT] = "left",
};

const char *client_phase_name(enum client_phase phase)
{
	return phase_names[phase];
}

bool client_name_is_valid(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789._-:@";
	size_t length = name ? strlen(name) : 0;

	return length && length < LUO_NAME_SIZE && strspn(name, good) == length &&
		strcmp(name, LUOD_SESSION) != 0;
}

struct client *client_find(struct luod *luod, const char *name)
{
	struct client *client;

	TAILQ_FOREACH(client, &luod->clients, link) {
		if (!strcmp(client->name, name))
			return client;
	}
	return NULL;
}

/* What it asks for counts as far as the configuration allows. */
static uint64_t choose_time(struct json_object *request, const char *key, uint64_t usec)
{
	int64_t ms = get_number(request, key, 0);

	return ms > 0 && (uint64_t)ms < usec / 1000 ? (uint64_t)ms * 1000 : usec;
}

static int check_subscription(struct connection *connection, struct json_object *request,
			      const char *name)
{
	struct luod *luod = connection->luod;
	const struct client *other;

	if (get_number(request, "version", PROTOCOL_VERSION) != PROTOCOL_VERSION)
		reply_error(connection, request, EINVAL, "luod speaks version %d",
			    PROTOCOL_VERSION);
	else if (!client_name_is_valid(name))
		reply_error(connection, request, EINVAL,
			    "a name has 1 to 63 letters, digits and any of ._-:@");
	else if (connection->client)
		reply_error(connection, request, EISCONN, "this connection is %s already",
			    connection->client->name);
	else if (luod->update.phase != PHASE_IDLE)
		reply_error(connection, request, EBUSY, "an update is under way");
	else if (!restore_may_subscribe(luod, name, connection->uid))
		reply_error(connection, request, EPERM, "%s is another user's", name);
	else if ((other = client_find(luod, name)))
		reply_error(connection, request, EEXIST, "%s has a client already (process %d)",
			    name, other->pid);
	else
		return 0;
	return -EINVAL;
}

void client_subscribe(struct connection *connection, struct json_object *request)
{
	const char *name = get_text(request, "name");
	struct luod *luod = connection->luod;
	struct json_object *members;
	struct client *client;

	if (check_subscription(connection, request, name))
		return;
	client = calloc(1, sizeof(*client));
	if (!client) {
		reply_error(connection, request, ENOMEM, "luod is out of memory");
		return;
	}
	client->luod = luod;
	client->connection = connection;
	connection->client = client;
	strcpy(client->name, name);
	client->uid = connection->uid;
	client->pid = connection->pid;
	client->session = -1;
	client->treatment = config_treatment(&luod->config, name);
	client->treatment.prepare_usec =
		choose_time(request, "prepare_timeout_ms", client->treatment.prepare_usec);
	client->treatment.freeze_usec =
		choose_time(request, "freeze_timeout_ms", client->treatment.freeze_usec);
	TAILQ_INSERT_TAIL(&luod->clients, client, link);
	log_line(LOG_DEBUG, name, "%s: process %d has subscribed", name, client->pid);
	client_set_phase(client, CLIENT_SUBSCRIBED);

	members = json_object_new_object();
	add_number(members, "version", PROTOCOL_VERSION);
	add_text(members, "state", luo_state_name(luod_state(luod)));
	reply_ok(connection, request, members);
}

void client_unsubscribe(struct connection *connection, struct json_object *request)
{
	struct client *client = connection->client;

	if (!client) {
		reply_error(connection, request, ENOTCONN, "this connection has no name");
		return;
	}
	if (client->luod->update.phase != PHASE_IDLE) {
		reply_error(connection, request, EBUSY, "an update is under way");
		return;
	}
	client_free(client);
	reply_ok(connection, request, NULL);
}

void client_progress(struct connection *connection, struct json_object *request)
{
	struct client *client = connection->client;
	struct json_object *event;

	if (!client || client->phase != CLIENT_PRESERVING) {
		reply_error(connection, request, EINVAL, "nothing is being preserved");
		return;
	}
	client->done = get_number(request, "done", 0);
	client->total = get_number(request, "total", 0);
	event = json_object_new_object();
	add_text(event, "event", "PROGRESS");
	add_text(event, "name", client->name);
	add_number(event, "done", client->done);
	add_number(event, "total", client->total);
	connection_tell_watchers(client->luod, event);
}

void client_set_phase(struct client *client, enum client_phase phase)
{
	struct json_object *event = json_object_new_object();

	client->deadline = sd_event_source_disable_unref(client->deadline);
	client->phase = phase;
	sd_event_now(client->luod->event, CLOCK_MONOTONIC, &client->since_usec);
	record_client_phase(client);
	if (phase == CLIENT_SUBSCRIBED)
		client->done = client->total = 0;
	add_text(event, "event", "CLIENT");
	add_text(event, "name", client->name);
	add_text(event, "phase", client_phase_name(phase));
	connection_tell_watchers(client->luod, event);
}

void client_ask(struct client *client, struct json_object *message, int fd, uint64_t usec,
		sd_event_time_handler_t on_deadline)
{
	add_text(message, "update_id", client->luod->update.id);
	add_number(message, "deadline_ms", (int64_t)(usec / 1000));
	client->deadline = sd_event_source_disable_unref(client->deadline);
	/* Without a timer nobody would end a wait: as if it were over. */
	if (sd_event_add_time_relative(client->luod->event, &client->deadline, CLOCK_MONOTONIC,
				       usec, 1000, on_deadline, client) < 0) {
		json_object_put(message);
		connection_close(client->connection);
		return;
	}
	connection_send(client->connection, message, fd);
}

void client_drop_session(struct client *client)
{
	uint64_t *tokens;
	size_t count;

	if (client->session < 0)
		return;
	/* Where the kernel cannot do this, the client's own end has to go, too. */
	if (!luo_session_list_fds(client->session, &tokens, &count)) {
		while (count)
			luo_session_unpreserve_fd(client->session, tokens[--count]);
		free(tokens);
	}
	close(client->session);
	client->session = -1;
}

static void tell_gone(const struct client *client)
{
	struct json_object *event = json_object_new_object();

	add_text(event, "event", "CLIENT");
	add_text(event, "name", client->name);
	add_text(event, "phase", "gone");
	connection_tell_watchers(client->luod, event);
}

void client_free(struct client *client)
{
	client_drop_session(client);
	tell_gone(client);
	client->deadline = sd_event_source_disable_unref(client->deadline);
	if (client->connection)
		client->connection->client = NULL;
	TAILQ_REMOVE(&client->luod->clients, client, link);
	free(client);
}

void client_gone(struct client *client)
{
	client->connection->client = NULL;
	client->connection = NULL;
	if (client->luod->update.phase != PHASE_IDLE)
		update_client_gone(client);
	else
		client_free(client);
}
