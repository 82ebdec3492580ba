// SPDX-License-Identifier: GPL-2.0-or-later
#include "handoff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "blob.h"
#include "log.h"
#include "luod.h"
#include "request.h"

#define HANDOFF_VERSION	1
/* For the most clients there can be, with the longest names, and what luod has told. */
#define HANDOFF_SIZE	(256UL * CONNECTIONS_MAX + 1024UL * LOG_KEPT_MAX)
#define HANDOFF_TOKEN	0

int handoff_open(struct luod *luod)
{
	struct update *u = &luod->update;
	int ret;

	u->session = luo_session_create(u->device, LUOD_SESSION);
	if (u->session < 0)
		return u->session;
	u->blob = blob_create(LUOD_SESSION, HANDOFF_SIZE);
	if (u->blob < 0)
		return u->blob;
	ret = luo_session_preserve_fd(u->session, u->blob, HANDOFF_TOKEN);
	return ret < 0 ? ret : 0;
}

void handoff_close(struct luod *luod)
{
	struct update *u = &luod->update;

	if (u->session >= 0) {
		luo_session_unpreserve_fd(u->session, HANDOFF_TOKEN);
		close(u->session);
	}
	if (u->blob >= 0)
		close(u->blob);
	u->session = -1;
	u->blob = -1;
}

static struct json_object *describe_client(const struct client *client)
{
	static const char *const times[] = { "prepare_ns", "freeze_ns" };
	struct json_object *o = json_object_new_object();
	struct json_object *value;

	add_text(o, "name", client->name);
	add_number(o, "uid", client->uid);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (json_object_object_get_ex(client->entry, times[i], &value))
			json_object_object_add(o, times[i], json_object_get(value));
	}
	return o;
}

int handoff_write(struct luod *luod)
{
	struct update *u = &luod->update;
	struct json_object *handoff = json_object_new_object();
	struct json_object *clients = json_object_new_array();
	struct json_object *left = json_object_new_array();
	const struct client *client;
	struct utsname name;
	int ret;

	uname(&name);
	add_number(handoff, "version", HANDOFF_VERSION);
	add_text(handoff, "update_id", u->id);
	add_text(handoff, "kernel", u->kernel ? u->kernel : "");
	add_text(handoff, "old_release", name.release);
	add_number(handoff, "started_s", (int64_t)(u->realtime_ms / 1000));
	add_number(handoff, "started_ms", (int64_t)u->realtime_ms);
	add_number(handoff, "prepare_ns", (int64_t)(u->prepared_ns - u->started_ns));
	add_number(handoff, "freeze_ns", (int64_t)(u->frozen_ns - u->freeze_ns));
	TAILQ_FOREACH(client, &luod->clients, link) {
		if (client->left)
			json_object_array_add(left, json_object_new_string(client->name));
		else
			json_object_array_add(clients, describe_client(client));
	}
	json_object_object_add(handoff, "clients", clients);
	json_object_object_add(handoff, "left", left);
	json_object_object_add(handoff, "phases", phase_times_json(&luod->times));
	json_object_object_add(handoff, "log", log_kept());
	ret = blob_write(u->blob, handoff);
	json_object_put(handoff);
	return ret;
}

int handoff_check(struct json_object *handoff)
{
	struct json_object *list;
	const char *id = get_text(handoff, "update_id");

	if (get_number(handoff, "version", 0) != HANDOFF_VERSION)
		return -EPROTONOSUPPORT;
	if (!id || strlen(id) >= UPDATE_ID_SIZE ||
	    !json_object_object_get_ex(handoff, "clients", &list) ||
	    !json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) > CONNECTIONS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *client = json_object_array_get_idx(list, i);

		if (!client_name_is_valid(get_text(client, "name")) ||
		    get_number(client, "uid", -1) < 0)
			return -EBADMSG;
	}
	return 0;
}
