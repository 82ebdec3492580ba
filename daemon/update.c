// SPDX-License-Identifier: GPL-2.0-or-later
#include "update.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include <time.h>
#include <unistd.h>

#include "archive.h"
#include "cancel.h"
#include "handoff.h"
#include "kernel.h"
#include "log.h"
#include "luod.h"
#include "request.h"

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void set_phase(struct luod *luod, enum phase phase)
{
	luod->update.phase = phase;
	luod_phase_changed(luod);
}

/* Whether the update counts on @client: from its beginning, unless it goes on without. */
static bool needs(const struct client *client)
{
	return !client->left &&
		(client->session >= 0 || client->luod->update.phase == PHASE_LOADING);
}

/* Whether every client that counts is at least in @phase. */
static bool all_are(const struct luod *luod, enum client_phase phase)
{
	const struct client *client;

	TAILQ_FOREACH(client, &luod->clients, link) {
		if (!client->left && client->phase != phase)
			return false;
	}
	return true;
}

void update_fail(struct luod *luod, int error, const char *culprit, const char *format, ...)
{
	struct update *u = &luod->update;
	va_list args;

	if (u->phase == PHASE_IDLE)
		return;
	if (!u->error) {
		u->error = error;
		snprintf(u->culprit, sizeof(u->culprit), "%s", culprit);
		va_start(args, format);
		vsnprintf(u->reason, sizeof(u->reason), format, args);
		va_end(args);
		log_line(LOG_WARNING, culprit, "the update is cancelled: %s%s%s", culprit,
			 *culprit ? ": " : "", u->reason);
	}
	/* What runs in the job comes to its end first. */
	if (u->phase != PHASE_CANCELLING && !luod->job.running)
		cancel_start(luod);
}

/*
 * A client does not do its part: the update ends, or goes on without it, as its
 * treatment says.
 */
static void lose_client(struct client *client, enum policy policy, int error, const char *reason)
{
	struct luod *luod = client->luod;

	if (policy == POLICY_VETO) {
		update_fail(luod, error, client->name, "%s", reason);
		return;
	}
	log_line(LOG_WARNING, client->name, "%s: %s; the update goes on without it", client->name,
		 reason);
	client->left = true;
	record_client_left(client, reason);
	cancel_client(client, reason, client->name);
}

static void freeze_clients(struct luod *luod);
static void jump(struct luod *luod);

/* The kernel's participants have prepared, and file systems are clean. */
static void on_prepared(struct luod *luod, int ret)
{
	struct update *u = &luod->update;

	if (u->error)
		cancel_start(luod);
	else if (ret)
		update_fail(luod, -ret, u->kernel_culprit, "the kernel cannot prepare: %s",
			    strerror(-ret));
	else
		hooks_ask(luod, HOOK_PRE_FREEZE, freeze_clients);
}

static void prepare_kernel(struct luod *luod)
{
	int ret;

	set_phase(luod, PHASE_PREPARING);
	ret = job_start(luod, kernel_prepare, luod, on_prepared);
	if (ret)
		update_fail(luod, -ret, "", "no thread to prepare in: %s", strerror(-ret));
}

/* Goes on if nobody is waited for any more. */
static void go_on(struct luod *luod)
{
	struct update *u = &luod->update;

	if (u->error)
		return;
	if (u->phase == PHASE_PRESERVING && all_are(luod, CLIENT_READY))
		prepare_kernel(luod);
	else if (u->phase == PHASE_FREEZING && all_are(luod, CLIENT_FROZEN))
		jump(luod);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *data)
{
	struct client *client = data;
	struct luod *luod = client->luod;

	client->deadline = sd_event_source_disable_unref(client->deadline);
	lose_client(client, client->treatment.on_timeout, ETIME,
		    client->phase == CLIENT_PRESERVING ? "it was not ready in time" :
							 "it did not freeze in time");
	go_on(luod);
	return 0;
}

static int preserve_client(struct luod *luod, struct client *client)
{
	struct json_object *message;

	client->session = luo_session_create(luod->update.device, client->name);
	if (client->session < 0)
		return client->session;
	client_set_phase(client, CLIENT_PRESERVING);
	message = json_object_new_object();
	add_text(message, "cmd", "START_PRESERVATION");
	add_text(message, "session", client->name);
	add_number(message, "fds", 1);
	client_ask(client, message, client->session, client->treatment.prepare_usec, on_deadline);
	return 0;
}

/* The kernel is loaded. */
static void preserve_clients(struct luod *luod)
{
	struct client *client;

	set_phase(luod, PHASE_PRESERVING);
	TAILQ_FOREACH(client, &luod->clients, link)
		record_client(client);
	TAILQ_FOREACH(client, &luod->clients, link) {
		int ret = preserve_client(luod, client);

		if (ret) {
			update_fail(luod, -ret, client->name, "its session cannot be created: %s",
				    ret == -EEXIST ? "the one before is still open" :
						     strerror(-ret));
			return;
		}
	}
	go_on(luod);
}

static void freeze_clients(struct luod *luod)
{
	struct client *client;

	luod->update.prepared_ns = now_ns(CLOCK_MONOTONIC);
	set_phase(luod, PHASE_FREEZING);
	luod->update.freeze_ns = now_ns(CLOCK_MONOTONIC);
	TAILQ_FOREACH(client, &luod->clients, link) {
		struct json_object *message;

		if (client->left)
			continue;
		client_set_phase(client, CLIENT_FREEZING);
		message = json_object_new_object();
		add_text(message, "cmd", "FREEZE");
		client_ask(client, message, -1, client->treatment.freeze_usec, on_deadline);
	}
	go_on(luod);
}

/* Those who were left behind must not come over in part. */
static void drop_left(struct luod *luod)
{
	struct client *client;

	TAILQ_FOREACH(client, &luod->clients, link) {
		if (client->left)
			client_drop_session(client);
	}
}

static void jump(struct luod *luod)
{
	struct update *u = &luod->update;
	int ret;

	u->frozen_ns = now_ns(CLOCK_MONOTONIC);
	set_phase(luod, PHASE_JUMPING);
	drop_left(luod);
	ret = handoff_write(luod);
	if (ret) {
		update_fail(luod, -ret, "", "nothing can be left for the next kernel: %s",
			    strerror(-ret));
		return;
	}
	ret = kernel_freeze(luod);
	if (ret) {
		update_fail(luod, -ret, u->kernel_culprit, "the kernel cannot freeze: %s",
			    strerror(-ret));
		return;
	}
	luod_phase_changed(luod);
	if (u->dry_run) {
		cancel_start(luod);
		return;
	}
	ret = luo_kexec_jump_now();
	update_fail(luod, -ret, "", "the jump did not happen: %s", strerror(-ret));
}

static void on_loaded(struct luod *luod, int ret)
{
	struct update *u = &luod->update;

	if (u->error)
		cancel_start(luod);
	else if (ret)
		update_fail(luod, -ret, "", "%s: %s", u->kernel ? u->kernel : "no kernel is loaded",
			    kernel_load_error(-ret));
	else
		hooks_ask(luod, HOOK_PRE_PREPARE, preserve_clients);
}

static void begin(struct luod *luod)
{
	struct update *u = &luod->update;
	int ret;

	/* What is in /run does not come over. */
	archive_catch_up();
	ret = kernel_choose_format(luod);
	if (!ret)
		ret = handoff_open(luod);
	if (ret) {
		update_fail(luod, -ret, "", "luod's own session: %s", strerror(-ret));
		return;
	}
	ret = job_start(luod, kernel_load, luod, on_loaded);
	if (ret)
		update_fail(luod, -ret, "", "no thread to load in: %s", strerror(-ret));
	else
		log_info("update %s: %s", u->id, u->dry_run ? "a dry run" : "begins");
}

/* An absolute path, or none. */
static bool path_is_wrong(struct json_object *request, const char *key)
{
	const char *path = get_text(request, key);

	return json_object_object_get_ex(request, key, NULL) && (!path || *path != '/');
}

static bool format_is_wrong(struct json_object *request)
{
	const char *format = get_text(request, "memfd_format");

	return json_object_object_get_ex(request, "memfd_format", NULL) &&
		(!format || (strcmp(format, "stock") && strcmp(format, "extent")));
}

static bool members_are_wrong(struct json_object *request)
{
	const char *line = get_text(request, "command_line");

	return path_is_wrong(request, "kernel") || path_is_wrong(request, "initrd") ||
		!!get_text(request, "kernel") != !!line ||
		(get_text(request, "initrd") && !line) || format_is_wrong(request) ||
		(line && strlen(line) > LUO_COMMAND_LINE_MAX);
}

static char *copy_of(struct json_object *request, const char *key)
{
	const char *text = get_text(request, key);

	return text ? strdup(text) : NULL;
}

static int check_request(struct connection *connection, struct json_object *request)
{
	struct luod *luod = connection->luod;
	unsigned int state = luod_state(luod);

	if (members_are_wrong(request))
		reply_error(connection, request, EINVAL,
			    "kernel and initrd are absolute paths, and command_line belongs to them; "
			    "memfd_format is stock or extent");
	else if (luod->update.phase != PHASE_IDLE)
		reply_error(connection, request, EBUSY, "an update is under way");
	else if (luod->restore.phase != PHASE_IDLE || state == LUO_STATE_UPDATED)
		reply_error(connection, request, EBUSY, "the update before this one is not finished");
	else if (state != LUO_STATE_NORMAL)
		reply_error(connection, request, EBUSY, "the kernel is %s", luo_state_name(state));
	else if (luod->leaving)
		reply_error(connection, request, ESHUTDOWN, "luod is about to end");
	else
		return 0;
	return -EINVAL;
}

void update_request(struct connection *connection, struct json_object *request)
{
	struct luod *luod = connection->luod;
	struct update *u = &luod->update;
	struct json_object *id;
	sd_id128_t number;
	int ret;

	if (check_request(connection, request))
		return;
	ret = luo_open(&u->device, NULL, LUO_OPEN_WRITE);
	if (ret) {
		reply_error(connection, request, -ret,
			    ret == -EBUSY ? LUO_DEVICE " is in use by another program" :
					    LUO_DEVICE ": %s", strerror(-ret));
		return;
	}
	sd_id128_randomize(&number);
	sd_id128_to_string(number, u->id);
	u->kernel = copy_of(request, "kernel");
	u->initrd = copy_of(request, "initrd");
	u->command_line = copy_of(request, "command_line");
	u->memfd_format = copy_of(request, "memfd_format");
	u->dry_run = get_flag(request, "dry_run");
	u->operator = connection;
	u->operator_watched = connection->watches;
	connection->watches = true;
	if (json_object_object_get_ex(request, "id", &id))
		u->operator_id = json_object_get(id);
	u->started_ns = now_ns(CLOCK_MONOTONIC);
	u->realtime_ms = now_ns(CLOCK_REALTIME) / 1000000;
	log_set_update(u->id);
	set_phase(luod, PHASE_LOADING);
	begin(luod);
}

void update_cancel_request(struct connection *connection, struct json_object *request)
{
	struct luod *luod = connection->luod;
	struct update *u = &luod->update;
	char reason[REASON_SIZE];

	if (u->phase == PHASE_IDLE) {
		reply_error(connection, request, EINVAL, "no update is under way");
		return;
	}
	copy_text(reason, sizeof(reason), request, "reason");
	cancel_wait(luod, connection, request);
	update_fail(luod, ECANCELED, "", "%s", *reason ? reason : "by an operator");
}

/* A client's answer, which makes sense in one phase only. */
static struct client *answering(struct connection *connection, struct json_object *request,
				enum client_phase one, enum client_phase other)
{
	struct client *client = connection->client;

	if (client && (client->phase == one || client->phase == other))
		return client;
	/* It has crossed our CANCEL on its way. */
	if (!client || client->phase != CLIENT_CANCELLING)
		reply_error(connection, request, EINVAL, "that was not asked for");
	return NULL;
}

void update_ready(struct connection *connection, struct json_object *request)
{
	struct client *client =
		answering(connection, request, CLIENT_PRESERVING, CLIENT_PRESERVING);

	if (!client)
		return;
	client_set_phase(client, CLIENT_READY);
	go_on(connection->luod);
}

void update_frozen(struct connection *connection, struct json_object *request)
{
	struct client *client = answering(connection, request, CLIENT_FREEZING, CLIENT_FREEZING);

	if (!client)
		return;
	client_set_phase(client, CLIENT_FROZEN);
	go_on(connection->luod);
}

void update_veto(struct connection *connection, struct json_object *request)
{
	struct client *client = connection->client;
	struct luod *luod = connection->luod;
	char reason[REASON_SIZE];

	/* Once it is ready it may still change its mind, until it is frozen. */
	if (!client || client->phase != CLIENT_READY)
		client = answering(connection, request, CLIENT_PRESERVING, CLIENT_FREEZING);
	if (!client)
		return;
	copy_text(reason, sizeof(reason), request, "reason");
	lose_client(client, client->treatment.on_veto, EACCES,
		    *reason ? reason : "it gave no reason");
	go_on(luod);
}

void update_client_gone(struct client *client)
{
	struct luod *luod = client->luod;
	bool needed = needs(client);

	client->deadline = sd_event_source_disable_unref(client->deadline);
	if (luod->update.phase == PHASE_CANCELLING || !needed) {
		client_free(client);
		cancel_go_on(luod);
		return;
	}
	if (client->treatment.on_death == POLICY_VETO) {
		update_fail(luod, ECONNRESET, client->name, "its connection has ended");
		/* Without a connection there is nobody to be told. */
		client_free(client);
		cancel_go_on(luod);
		return;
	}
	record_client_left(client, "its connection has ended");
	log_line(LOG_WARNING, client->name, "%s: its connection has ended; the update goes on "
		 "without it", client->name);
	client_free(client);
	go_on(luod);
}

void update_operator_gone(struct luod *luod, struct connection *connection)
{
	if (luod->update.operator == connection)
		luod->update.operator = NULL;
	cancel_connection_gone(luod, connection);
}
