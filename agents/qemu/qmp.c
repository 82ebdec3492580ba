// SPDX-License-Identifier: GPL-2.0-or-later
#include "qmp.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "luod_link.h"
#include "run_dir.h"

/* QEMU may describe much more than anybody asks of luod. */
#define LINE_MAX_QMP	(4UL << 20)
#define DEPTH_MAX_QMP	64

static void note_event(struct guest *guest, struct json_object *message)
{
	const char *event = luod_text(message, "event");
	const char *status;

	if (!event)
		return;
	if (!strcmp(event, "RESUME"))
		guest->went_on = true;
	if (strcmp(event, "MIGRATION"))
		return;
	status = luod_text(luod_member(message, "data", json_type_object), "status");
	if (status)
		snprintf(guest->migration, sizeof(guest->migration), "%s", status);
}

/* The next message that is no event, and answers @id, or greets. */
static int next_answer(struct guest *guest, struct json_object **message, int id, int timeout_ms)
{
	uint64_t end = clock_ns() + (uint64_t)timeout_ms * 1000000;

	for (;;) {
		uint64_t now = clock_ns();
		int left = now < end ? (int)((end - now) / 1000000) : 0;
		int ret = wire_wait(&guest->qmp, message, left);

		if (ret < 0)
			return ret;
		if (luod_text(*message, "event"))
			note_event(guest, *message);
		/* What comes late is the answer to a command that was not waited for. */
		else if (luod_number(*message, "id", 0) == id)
			return 0;
		json_object_put(*message);
	}
}

static int take_answer(struct guest *guest, int timeout_ms, struct json_object **result,
		       char **why)
{
	struct json_object *message, *part;
	int ret = next_answer(guest, &message, guest->qmp_id, timeout_ms);

	if (ret)
		return ret;
	if (json_object_object_get_ex(message, "return", &part)) {
		if (result)
			*result = json_object_get(part);
	} else {
		const char *text = NULL;

		if (json_object_object_get_ex(message, "error", &part))
			text = luod_text(part, "desc");
		if (why)
			*why = strdup(text ? text : "QEMU gave no reason");
		ret = -EREMOTEIO;
	}
	json_object_put(message);
	return ret;
}

static int execute(struct guest *guest, const char *command, struct json_object *arguments, int fd,
		   int timeout_ms, struct json_object **result, char **why)
{
	struct json_object *message = json_object_new_object();
	int ret;

	if (why)
		*why = NULL;
	if (result)
		*result = NULL;
	json_object_object_add(message, "execute", json_object_new_string(command));
	json_object_object_add(message, "id", json_object_new_int(++guest->qmp_id));
	if (arguments)
		json_object_object_add(message, "arguments", arguments);
	if (guest->qmp.fd < 0) {
		json_object_put(message);
		return -ENOTCONN;
	}
	ret = wire_send(&guest->qmp, message, fd);
	return ret ? ret : take_answer(guest, timeout_ms, result, why);
}

int qmp_command(struct guest *guest, const char *command, struct json_object *arguments,
		struct json_object **result, char **why)
{
	return execute(guest, command, arguments, -1, QMP_MS, result, why);
}

int qmp_do(struct guest *guest, const char *command, int timeout_ms, char **why)
{
	return execute(guest, command, NULL, -1, timeout_ms, NULL, why);
}

int qmp_send_fd(struct guest *guest, const char *name, int fd, char **why)
{
	struct json_object *arguments = json_object_new_object();

	json_object_object_add(arguments, "fdname", json_object_new_string(name));
	return execute(guest, "getfd", arguments, fd, QMP_MS, NULL, why);
}

/* More agents that have just died than there is room for: QEMU will have seen to them. */
static int connect_to(struct guest *guest, int timeout_ms)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	char path[PATH_MAX];
	int ret;

	run_path(guest, "qmp.sock", path, sizeof(path));
	for (int waited = 0; waited < timeout_ms; waited += 10) {
		ret = wire_connect(&guest->qmp, path, false, LINE_MAX_QMP);
		if (ret != -EAGAIN)
			return ret;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

int qmp_open(struct guest *guest, int timeout_ms)
{
	struct json_object *greeting;
	int ret;

	wire_close(&guest->qmp);
	guest->qmp_id = 0;
	ret = connect_to(guest, timeout_ms);
	if (ret)
		return ret;
	guest->qmp.depth_max = DEPTH_MAX_QMP;
	ret = next_answer(guest, &greeting, 0, timeout_ms);
	if (ret)
		return ret;
	if (!json_object_object_get_ex(greeting, "QMP", NULL))
		ret = -EPROTO;
	json_object_put(greeting);
	return ret ? ret : qmp_do(guest, "qmp_capabilities", QMP_MS, NULL);
}

char *qmp_status(struct guest *guest)
{
	struct json_object *result;
	const char *status;
	char *copy;

	if (qmp_command(guest, "query-status", NULL, &result, NULL))
		return NULL;
	status = luod_text(result, "status");
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
