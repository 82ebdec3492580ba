/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOD_CANCEL_H
#define LUOD_CANCEL_H

#include <json-c/json.h>

struct client;
struct connection;
struct luod;

/* Begins the way back; the reason is the update's. */
void cancel_start(struct luod *luod);
/* Tells one client, if it has anything to undo. */
void cancel_client(struct client *client, const char *reason, const char *culprit);
/* To be called when a client may have been the last that was waited for. */
void cancel_go_on(struct luod *luod);

/* Answers @request once everybody is back. */
void cancel_wait(struct luod *luod, struct connection *connection, struct json_object *request);
void cancel_connection_gone(struct luod *luod, struct connection *connection);

#endif /* LUOD_CANCEL_H */
