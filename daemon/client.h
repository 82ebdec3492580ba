/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client: a program that has subscribed under a name, and what it has promised in
 * the update that is under way. The list is in the order of subscription.
 */
#ifndef LUOD_CLIENT_H
#define LUOD_CLIENT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "config.h"
#include "libluo.h"

struct connection;
struct luod;

enum client_phase {
	CLIENT_SUBSCRIBED,
	CLIENT_PRESERVING,
	CLIENT_READY,
	CLIENT_FREEZING,
	CLIENT_FROZEN,
	CLIENT_CANCELLING,
	CLIENT_LEFT,
};

struct client {
	TAILQ_ENTRY(client) link;
	struct luod *luod;
	struct connection *connection;
	char name[LUO_NAME_SIZE];
	uid_t uid;
	pid_t pid;
	enum client_phase phase;
	uint64_t since_usec;
	struct treatment treatment;
	/* Its session, while an update is under way; else -1. */
	int session;
	/* The update goes on without it, whatever it has yet to answer. */
	bool left;
	sd_event_source *deadline;
	/* Its entry in the record, which belongs to the update; or NULL. */
	struct json_object *entry;
	uint64_t asked_ns;
	int64_t done;
	int64_t total;
};

TAILQ_HEAD(client_list, client);

const char *client_phase_name(enum client_phase phase);
bool client_name_is_valid(const char *name);
struct client *client_find(struct luod *luod, const char *name);

/* Requests. */
void client_subscribe(struct connection *connection, struct json_object *request);
void client_unsubscribe(struct connection *connection, struct json_object *request);
void client_progress(struct connection *connection, struct json_object *request);

/* The connection is gone. */
void client_gone(struct client *client);
void client_free(struct client *client);

void client_set_phase(struct client *client, enum client_phase phase);
/* Sends @word, and has @on_deadline called unless the phase changes before. */
void client_ask(struct client *client, struct json_object *message, int fd, uint64_t usec,
		sd_event_time_handler_t on_deadline);

/* Takes out of its session what can be, and closes it. */
void client_drop_session(struct client *client);

#endif /* LUOD_CLIENT_H */
