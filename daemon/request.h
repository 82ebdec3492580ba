/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of luod, and how it answers; docs/protocol.md has the words. */
#ifndef LUOD_REQUEST_H
#define LUOD_REQUEST_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct connection;

/* One request, which is let go of by the caller. */
void request_handle(struct connection *connection, struct json_object *request);

/* A reply with ok true to be filled, and sent by reply_send(). */
struct json_object *reply_new(const char *word, struct json_object *id);
/* NULL for @reply has only ok. */
void reply_ok(struct connection *connection, struct json_object *request,
	      struct json_object *members);
void reply_error(struct connection *connection, struct json_object *request, int error,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The member "error" of a reply, and ok false. */
void reply_set_error(struct json_object *reply, int error, const char *text);

/* Members of what came in: NULL, false, or the default if there is none of that type. */
const char *get_text(struct json_object *object, const char *key);
bool get_flag(struct json_object *object, const char *key);
int64_t get_number(struct json_object *object, const char *key, int64_t otherwise);
/* At most @size with the zero, cut at a character; "" if there is none. */
void copy_text(char *to, size_t size, struct json_object *object, const char *key);

void add_text(struct json_object *object, const char *key, const char *text);
void add_number(struct json_object *object, const char *key, int64_t number);
void add_flag(struct json_object *object, const char *key, bool flag);

#endif /* LUOD_REQUEST_H */
