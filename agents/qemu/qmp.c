// SPDX-License-Identifier: GPL-2.0-or-later
#include "qmp.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_dir.h"

/* QEMU may describe much more than anybody asks of luod. */
#define LINE_MAX_QMP	(1UL << 20)
#define COMMAND_MS	10000

static void note_event(struct guest *guest, struct json_object *message)
{
	const char *event = json_object_get_string(json_object_object_get(message, "event"));
	struct json_object *data = json_object_object_get(message, "data");
	const char *status;

	if (!event || strcmp(event, "MIGRATION"))
		return;
	status = json_object_get_string(json_object_object_get(data, "status"));
	if (status)
		snprintf(guest->migration, sizeof(guest->migration), "%s", status);
}

/* The next message that is no event. */
static int next_answer(struct guest *guest, struct json_object **message, int timeout_ms)
{
	for (;;) {
		int ret = wire_wait(&guest->qmp, message, timeout_ms);

		if (ret < 0)
			return ret;
		if (!json_object_object_get_ex(*message, "event", NULL))
			return 0;
		note_event(guest, *message);
		json_object_put(*message);
	}
}

static int take_answer(struct guest *guest, struct json_object **result, char **why)
{
	struct json_object *message, *part;
	int ret = next_answer(guest, &message, COMMAND_MS);

	if (ret)
		return ret;
	if (json_object_object_get_ex(message, "return", &part)) {
		if (result)
			*result = json_object_get(part);
	} else {
		const char *text = NULL;

		if (json_object_object_get_ex(message, "error", &part))
			text = json_object_get_string(json_object_object_get(part, "desc"));
		if (why)
			*why = strdup(text ? text : "QEMU gave no reason");
		ret = -EREMOTEIO;
	}
	json_object_put(message);
	return ret;
}

static int execute(struct guest *guest, const char *command, struct json_object *arguments, int fd,
		   struct json_object **result, char **why)
{
	struct json_object *message = json_object_new_object();
	int ret;

	if (why)
		*why = NULL;
	json_object_object_add(message, "execute", json_object_new_string(command));
	if (arguments)
		json_object_object_add(message, "arguments", arguments);
	ret = wire_send(&guest->qmp, message, fd);
	return ret ? ret : take_answer(guest, result, why);
}

int qmp_command(struct guest *guest, const char *command, struct json_object *arguments,
		struct json_object **result, char **why)
{
	return execute(guest, command, arguments, -1, result, why);
}

int qmp_send_fd(struct guest *guest, const char *name, int fd, char **why)
{
	struct json_object *arguments = json_object_new_object();

	json_object_object_add(arguments, "fdname", json_object_new_string(name));
	return execute(guest, "getfd", arguments, fd, NULL, why);
}

int qmp_open(struct guest *guest, int timeout_ms)
{
	struct json_object *greeting;
	char path[PATH_MAX];
	int ret;

	ret = wire_connect(&guest->qmp, run_path(guest, "qmp.sock", path, sizeof(path)), false,
			   LINE_MAX_QMP);
	if (ret)
		return ret;
	ret = next_answer(guest, &greeting, timeout_ms);
	if (ret)
		return ret;
	if (!json_object_object_get_ex(greeting, "QMP", NULL))
		ret = -EPROTO;
	json_object_put(greeting);
	return ret ? ret : qmp_command(guest, "qmp_capabilities", NULL, NULL, NULL);
}

static bool migration_is_over(const struct guest *guest)
{
	return !strcmp(guest->migration, "completed") || !strcmp(guest->migration, "failed") ||
		!strcmp(guest->migration, "cancelled");
}

int qmp_wait_migration(struct guest *guest, int timeout_ms)
{
	while (!migration_is_over(guest)) {
		struct json_object *message;
		int ret = wire_wait(&guest->qmp, &message, timeout_ms);

		if (ret < 0)
			return ret;
		note_event(guest, message);
		json_object_put(message);
	}
	return strcmp(guest->migration, "completed") ? -EREMOTEIO : 0;
}

char *qmp_status(struct guest *guest)
{
	struct json_object *result;
	const char *status;
	char *copy;

	if (qmp_command(guest, "query-status", NULL, &result, NULL))
		return NULL;
	status = json_object_get_string(json_object_object_get(result, "status"));
	copy = status ? strdup(status) : NULL;
	json_object_put(result);
	return copy;
}

int qmp_take_events(struct guest *guest)
{
	struct json_object *message;
	ssize_t n = wire_receive(&guest->qmp);
	int ret = n < 0 ? (int)n : 0;

	while (!ret && (ret = wire_next(&guest->qmp, &message)) == 1) {
		note_event(guest, message);
		json_object_put(message);
		ret = 0;
	}
	if (!ret && guest->qmp.ended)
		ret = -ECONNRESET;
	return ret;
}
