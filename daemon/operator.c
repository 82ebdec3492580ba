// SPDX-License-Identifier: GPL-2.0-or-later
#include "operator.h"

#include <string.h>
#include <sys/utsname.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "luod.h"
#include "request.h"

/* What a client takes in a message at most, so that a list of them fits. */
#define CLIENT_ROOM	224

static struct json_object *describe_outcome(const struct outcome *last)
{
	struct json_object *o;

	if (!*last->update_id)
		return NULL;
	o = json_object_new_object();
	add_text(o, "update_id", last->update_id);
	add_flag(o, "ok", last->ok);
	add_flag(o, "dry_run", last->dry_run);
	add_text(o, "culprit", last->culprit);
	add_text(o, "reason", last->reason);
	return o;
}

static unsigned int count_clients(const struct luod *luod)
{
	const struct client *client;
	unsigned int count = 0;

	TAILQ_FOREACH(client, &luod->clients, link)
		count++;
	return count;
}

void operator_status(struct connection *connection, struct json_object *request)
{
	struct luod *luod = connection->luod;
	struct json_object *o = json_object_new_object();
	struct luo_status status = { 0 };
	struct utsname name;

	uname(&name);
	if (luod->states)
		luo_get_status(NULL, &status);
	add_text(o, "state", luo_state_name(luod_state(luod)));
	add_text(o, "states", luod->states ? "kernel" : "luod");
	add_text(o, "phase", phase_name(luod_phase(luod)));
	add_text(o, "update_id", *luod->update.id ? luod->update.id : luod->restore.id);
	add_number(o, "number", (int64_t)status.number);
	add_text(o, "kernel", name.release);
	add_text(o, "orchestrator", luod->states ? "luo" : "stock");
	add_number(o, "pid", getpid());
	add_text(o, "version", LUO_VERSION);
	add_number(o, "clients", count_clients(luod));
	json_object_object_add(o, "last", describe_outcome(&luod->last));
	reply_ok(connection, request, o);
}

static uint64_t age_ms(struct luod *luod, uint64_t since_usec)
{
	uint64_t now = since_usec;

	sd_event_now(luod->event, CLOCK_MONOTONIC, &now);
	return (now - since_usec) / 1000;
}

static struct json_object *describe_client(const struct client *client)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "name", client->name);
	add_number(o, "pid", client->pid);
	add_number(o, "uid", client->uid);
	add_text(o, "phase", client_phase_name(client->phase));
	add_number(o, "since_ms", (int64_t)age_ms(client->luod, client->since_usec));
	if (client->total) {
		add_number(o, "done", client->done);
		add_number(o, "total", client->total);
	}
	return o;
}

static struct json_object *describe_restored(struct luod *luod, const struct restored *client)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "name", client->name);
	add_number(o, "pid", client->claimed_by ? client->claimed_by->pid : 0);
	add_number(o, "uid", client->uid);
	add_text(o, "phase", restored_phase_name(client->phase));
	add_number(o, "since_ms", (int64_t)age_ms(luod, client->since_usec));
	return o;
}

/* Where one is in the list of all, those who subscribed before those who are awaited. */
struct place {
	const struct client *client;
	unsigned int restored;
};

static struct place first_place(const struct luod *luod)
{
	return (struct place){ .client = TAILQ_FIRST(&luod->clients) };
}

static struct json_object *describe_next(struct luod *luod, struct place *place,
					 const char **name)
{
	const struct client *client = place->client;

	if (client) {
		place->client = TAILQ_NEXT(client, link);
		*name = client->name;
		return describe_client(client);
	}
	while (place->restored < luod->restore.count) {
		const struct restored *r = &luod->restore.clients[place->restored++];

		if (client_find(luod, r->name))
			continue;
		*name = r->name;
		return describe_restored(luod, r);
	}
	return NULL;
}

void operator_clients(struct connection *connection, struct json_object *request)
{
	struct luod *luod = connection->luod;
	const char *after = get_text(request, "after");
	struct json_object *members = json_object_new_object();
	struct json_object *list = json_object_new_array();
	unsigned int room = (WIRE_LINE_MAX - 256) / CLIENT_ROOM;
	struct place place = first_place(luod);
	struct json_object *o;
	const char *name;
	int64_t more = 0;

	while ((o = describe_next(luod, &place, &name))) {
		if (after) {
			if (!strcmp(after, name))
				after = NULL;
			json_object_put(o);
		} else if (room) {
			room--;
			json_object_array_add(list, o);
		} else {
			more++;
			json_object_put(o);
		}
	}
	json_object_object_add(members, "clients", list);
	add_number(members, "more", more);
	reply_ok(connection, request, members);
}

static struct json_object *phase_event(struct luod *luod)
{
	struct json_object *event = json_object_new_object();

	add_text(event, "event", "PHASE");
	add_text(event, "phase", phase_name(luod_phase(luod)));
	add_text(event, "state", luo_state_name(luod_state(luod)));
	add_text(event, "update_id", *luod->update.id ? luod->update.id : luod->restore.id);
	return event;
}

static int64_t now_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* How long ago the update began, over the jump by the machine's clock; -1: unknown. */
static int64_t began_ms(const struct luod *luod)
{
	int64_t started_ms;

	if (luod->update.phase != PHASE_IDLE)
		return now_ms(CLOCK_MONOTONIC) - (int64_t)(luod->update.started_ns / 1000000);
	if (luod->restore.phase == PHASE_IDLE)
		return -1;
	started_ms = get_number(luod->restore.handoff, "started_ms", 0);
	return started_ms > 0 ? now_ms(CLOCK_REALTIME) - started_ms : -1;
}

/* Who comes in the middle of an update hears where it is. */
static struct json_object *present_phase(struct luod *luod)
{
	struct json_object *event = phase_event(luod);
	int64_t ms = began_ms(luod);

	if (ms >= 0)
		add_number(event, "began_ms", ms);
	return event;
}

void operator_watch(struct connection *connection, struct json_object *request)
{
	struct luod *luod = connection->luod;
	struct place place = first_place(luod);
	struct json_object *o;
	const char *name;

	connection->watches = true;
	/* Not only as long as its update takes. */
	if (luod->update.operator == connection)
		luod->update.operator_watched = true;
	reply_ok(connection, request, NULL);
	connection_send(connection, present_phase(luod), -1);
	hooks_show(luod, connection);
	while ((o = describe_next(luod, &place, &name))) {
		struct json_object *event = json_object_new_object();

		add_text(event, "event", "CLIENT");
		add_text(event, "name", name);
		add_text(event, "phase", get_text(o, "phase"));
		json_object_put(o);
		connection_send(connection, event, -1);
	}
}

void luod_tell_result(struct luod *luod)
{
	struct json_object *event = describe_outcome(&luod->last);

	add_text(event, "event", "RESULT");
	connection_tell_watchers(luod, event);
}

void luod_phase_changed(struct luod *luod)
{
	const char *phase = phase_name(luod_phase(luod));

	phase_times_enter(&luod->times, luod_phase(luod));
	log_set_state(luo_state_name(luod_state(luod)));
	log_line(LOG_DEBUG, "", "%s", phase);
	connection_tell_watchers(luod, phase_event(luod));
	sd_notifyf(0, "STATUS=%s", phase);
}
