/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One program that has connected, whatever it is after. What it says is bounded in
 * size and rate, what it does not read in amount; then its connection ends, and
 * nobody else notices.
 */
#ifndef LUOD_CONNECTION_H
#define LUOD_CONNECTION_H

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "wire.h"

struct client;
struct luod;

struct connection {
	TAILQ_ENTRY(connection) link;
	struct luod *luod;
	struct wire wire;
	sd_event_source *io;
	sd_event_source *pause;
	pid_t pid;
	uid_t uid;
	bool watches;
	bool closing;
	/* Requests it may make now, and since when that is so. */
	double tokens;
	uint64_t tokens_usec;
	/* The name it has subscribed under. */
	struct client *client;
};

TAILQ_HEAD(connection_list, connection);

/* Listens; the socket appears with its owner and mode right. */
int server_start(struct luod *luod);
void server_stop(struct luod *luod);

/* Lets go of @message. A connection that cannot take it is closed. */
void connection_send(struct connection *connection, struct json_object *message, int fd);
/* To everybody who watches. Lets go of @event. */
void connection_tell_watchers(struct luod *luod, struct json_object *event);
/* Once the event loop comes to it; nothing is sent or taken from now on. */
void connection_close(struct connection *connection);

#endif /* LUOD_CONNECTION_H */
