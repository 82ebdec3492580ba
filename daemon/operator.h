/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What those ask who want to know. */
#ifndef LUOD_OPERATOR_H
#define LUOD_OPERATOR_H

#include <json-c/json.h>

struct connection;

void operator_status(struct connection *connection, struct json_object *request);
void operator_clients(struct connection *connection, struct json_object *request);
void operator_watch(struct connection *connection, struct json_object *request);

#endif /* LUOD_OPERATOR_H */
