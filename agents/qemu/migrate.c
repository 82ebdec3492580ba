// SPDX-License-Identifier: GPL-2.0-or-later
#include "migrate.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "luod_link.h"
#include "qmp.h"
#include "transfer.h"

/* Nothing is sent over a network: as fast as it goes. */
#define BANDWIDTH	(1LL << 40)
#define MS		1000000ULL

static struct json_object *capability(const char *name)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "capability", json_object_new_string(name));
	json_object_object_add(o, "state", json_object_new_boolean(true));
	return o;
}

int migrate_set_up(struct guest *guest, char **why)
{
	struct json_object *arguments = json_object_new_object();
	struct json_object *list = json_object_new_array();
	int ret;

	json_object_array_add(list, capability("events"));
	json_object_array_add(list, capability("x-ignore-shared"));
	json_object_object_add(arguments, "capabilities", list);
	ret = qmp_command(guest, "migrate-set-capabilities", arguments, NULL, why);
	if (ret)
		return ret;
	arguments = json_object_new_object();
	json_object_object_add(arguments, "max-bandwidth", json_object_new_int64(BANDWIDTH));
	return qmp_command(guest, "migrate-set-parameters", arguments, NULL, why);
}

int migrate_check(struct guest *guest, char **why)
{
	struct json_object *result, *reasons;
	int ret = qmp_command(guest, "query-migrate", NULL, &result, why);

	if (ret)
		return ret;
	reasons = luod_member(result, "blocked-reasons", json_type_array);
	if (reasons && json_object_array_length(reasons)) {
		const char *text = json_object_get_string(json_object_array_get_idx(reasons, 0));

		*why = text ? strdup(text) : NULL;
		ret = -EREMOTEIO;
	}
	json_object_put(result);
	return ret;
}

static void take_reason(struct guest *guest, char **why)
{
	struct json_object *result;
	const char *text;

	if (*why || qmp_command(guest, "query-migrate", NULL, &result, NULL))
		return;
	text = luod_text(result, "error-desc");
	*why = strdup(text ? text : "migration has failed, and QEMU gave no reason");
	json_object_put(result);
}

static bool failed(const struct guest *guest)
{
	return !strcmp(guest->migration, "failed") || !strcmp(guest->migration, "cancelled");
}

/* What was sent before QEMU said that it is complete may still have to be taken. */
static bool is_over(const struct guest *guest, const struct transfer *t)
{
	return failed(guest) ||
		(!strcmp(guest->migration, "completed") && (t->to_qemu || t->socket < 0));
}

static int move_until_over(struct guest *guest, struct transfer *t, int timeout_ms)
{
	uint64_t end = clock_ns() + (uint64_t)timeout_ms * MS;
	int ret = 0;

	while (!ret && !is_over(guest, t)) {
		struct pollfd events[] = {
			{ .fd = guest->qmp.fd, .events = POLLIN },
			{ .fd = t->socket, .events = transfer_events(t) },
		};
		uint64_t now = clock_ns();

		if (now >= end)
			return -ETIMEDOUT;
		poll(events, 2, (int)((end - now) / MS) + 1);
		if (events[1].revents)
			ret = transfer_move(t);
		if (!ret && events[0].revents)
			ret = qmp_take_events(guest);
	}
	if (ret)
		return ret;
	return failed(guest) ? -EREMOTEIO : 0;
}

static int start(struct guest *guest, const char *command, int qemus_end, char **why)
{
	struct json_object *arguments;
	int ret;

	*guest->migration = '\0';
	ret = qmp_send_fd(guest, "luo-state", qemus_end, why);
	close(qemus_end);
	if (ret)
		return ret;
	arguments = json_object_new_object();
	json_object_object_add(arguments, "uri", json_object_new_string("fd:luo-state"));
	return qmp_command(guest, command, arguments, NULL, why);
}

static int run(struct guest *guest, const char *command, struct transfer *t, int qemus_end,
	       int timeout_ms, char **why)
{
	int ret = start(guest, command, qemus_end, why);

	if (!ret)
		ret = move_until_over(guest, t, timeout_ms);
	transfer_close(t);
	if (ret == -EREMOTEIO)
		take_reason(guest, why);
	return ret;
}

int migrate_save(struct guest *guest, int timeout_ms, uint64_t *length, char **why)
{
	struct transfer t;
	int end = transfer_open(&t, guest->state, guest->state_size, false);
	int ret;

	if (end < 0)
		return end;
	ret = run(guest, "migrate", &t, end, timeout_ms, why);
	if (ret == -ENOSPC && asprintf(why, "the state of its devices is larger than %ju MiB: "
				       "start it with a larger --state-size",
				       (uintmax_t)guest->state_size >> 20) < 0)
		*why = NULL;
	*length = t.done;
	return ret;
}

int migrate_restore(struct guest *guest, int timeout_ms, char **why)
{
	struct transfer t;
	int end = transfer_open(&t, guest->state, guest->saved_length, true);

	if (end < 0)
		return end;
	return run(guest, "migrate-incoming", &t, end, timeout_ms, why);
}

static bool is_one_of(const char *text, const char *const *list)
{
	for (; *list; list++) {
		if (!strcmp(text, *list))
			return true;
	}
	return false;
}

/* Whether QEMU still has something to do for a migration; negative: it does not say. */
static int is_migrating(struct guest *guest)
{
	static const char *const over[] = { "none", "completed", "failed", "cancelled", NULL };
	static const char *const between[] = { "finish-migrate", "save-vm", NULL };
	struct json_object *result;
	const char *migration;
	char *status;
	int ret = qmp_command(guest, "query-migrate", NULL, &result, NULL);

	if (ret)
		return ret;
	/* Before the first there is nothing to be told. */
	migration = luod_text(result, "status");
	ret = migration && !is_one_of(migration, over);
	json_object_put(result);
	if (ret)
		return ret;
	status = qmp_status(guest);
	ret = status ? is_one_of(status, between) : -ECONNRESET;
	free(status);
	return ret;
}

/*
 * QEMU tells that a migration is complete a little before it is itself ready to go on,
 * and of that it tells nobody. An agent that takes over does not know what it missed.
 */
int migrate_settle(struct guest *guest, int timeout_ms)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	uint64_t end = clock_ns() + (uint64_t)timeout_ms * MS;

	for (bool asked = false;; asked = true) {
		int ret = is_migrating(guest);

		if (ret <= 0)
			return ret;
		if (clock_ns() > end)
			return -ETIMEDOUT;
		/* Does nothing to one that is complete. */
		if (!asked)
			qmp_do(guest, "migrate_cancel", QMP_MS, NULL);
		nanosleep(&pause, NULL);
	}
}
