// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "luod.h"
#include "operator.h"

#define ID_MAX 64

typedef void (*request_fn)(struct connection *connection, struct json_object *request);

static const struct {
	const char *word;
	request_fn handle;
	bool for_root;
} requests[] = {
	{ "SUBSCRIBE", client_subscribe, false },
	{ "UNSUBSCRIBE", client_unsubscribe, false },
	{ "READY", update_ready, false },
	{ "FROZEN", update_frozen, false },
	{ "VETO", update_veto, false },
	{ "CANCELLED", update_cancelled, false },
	{ "PROGRESS", client_progress, false },
	{ "LIST", restore_list, false },
	{ "CLAIM", restore_claim, false },
	{ "RESTORED", restore_restored, false },
	{ "FAILED", restore_failed, false },
	{ "STATUS", operator_status, false },
	{ "CLIENTS", operator_clients, false },
	{ "WATCH", operator_watch, false },
	{ "UPDATE", update_request, true },
	{ "CANCEL_UPDATE", update_cancel_request, true },
	{ "FINISH", restore_finish_request, true },
};

#define REQUEST_COUNT (sizeof(requests) / sizeof(requests[0]))

static bool id_is_valid(struct json_object *id)
{
	return json_object_is_type(id, json_type_int) ||
		(json_object_is_type(id, json_type_string) &&
		 json_object_get_string_len(id) <= ID_MAX);
}

void request_handle(struct connection *connection, struct json_object *request)
{
	const char *word = get_text(request, "cmd");
	struct json_object *id;

	if (json_object_object_get_ex(request, "id", &id) && !id_is_valid(id))
		json_object_object_del(request, "id");
	for (size_t i = 0; word && i < REQUEST_COUNT; i++) {
		if (strcmp(requests[i].word, word))
			continue;
		if (requests[i].for_root && connection->uid)
			reply_error(connection, request, EPERM, "only root may do that");
		else
			requests[i].handle(connection, request);
		return;
	}
	reply_error(connection, request, EOPNOTSUPP, "there is no such request");
}

struct json_object *reply_new(const char *word, struct json_object *id)
{
	struct json_object *reply = json_object_new_object();

	add_text(reply, "reply", word ? word : "");
	if (id)
		json_object_object_add(reply, "id", json_object_get(id));
	add_flag(reply, "ok", true);
	return reply;
}

static struct json_object *reply_to(struct json_object *request)
{
	const char *word = get_text(request, "cmd");
	struct json_object *id = NULL;

	json_object_object_get_ex(request, "id", &id);
	/* Not everything that somebody sends is worth saying again. */
	return reply_new(word && strlen(word) <= ID_MAX ? word : "", id);
}

void reply_ok(struct connection *connection, struct json_object *request,
	      struct json_object *members)
{
	struct json_object *reply = reply_to(request);

	if (members) {
		json_object_object_foreach(members, key, value)
			json_object_object_add(reply, key, json_object_get(value));
		json_object_put(members);
	}
	connection_send(connection, reply, -1);
}

void reply_set_error(struct json_object *reply, int error, const char *text)
{
	struct json_object *o = json_object_new_object();
	const char *name = strerrorname_np(error);

	add_flag(reply, "ok", false);
	add_number(o, "number", error);
	add_text(o, "name", name ? name : "");
	add_text(o, "text", *text ? text : strerror(error));
	json_object_object_add(reply, "error", o);
}

void reply_error(struct connection *connection, struct json_object *request, int error,
		 const char *format, ...)
{
	struct json_object *reply = reply_to(request);
	char text[REASON_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	reply_set_error(reply, error, text);
	connection_send(connection, reply, -1);
}

const char *get_text(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string) ||
	    strlen(json_object_get_string(value)) != (size_t)json_object_get_string_len(value))
		return NULL;
	return json_object_get_string(value);
}

bool get_flag(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) &&
		json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

int64_t get_number(struct json_object *object, const char *key, int64_t otherwise)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_int))
		return otherwise;
	return json_object_get_int64(value);
}

void copy_text(char *to, size_t size, struct json_object *object, const char *key)
{
	const char *text = get_text(object, key);
	size_t length = text ? strlen(text) : 0;

	if (length >= size) {
		length = size - 1;
		/* Not in the middle of a character. */
		while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	if (length)
		memcpy(to, text, length);
	to[length] = '\0';
}

void add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

void add_number(struct json_object *object, const char *key, int64_t number)
{
	json_object_object_add(object, key, json_object_new_int64(number));
}

void add_flag(struct json_object *object, const char *key, bool flag)
{
	json_object_object_add(object, key, json_object_new_boolean(flag));
}
