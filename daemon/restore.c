// SPDX-License-Identifier: GPL-2.0-or-later
#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "finish.h"
#include "handoff.h"
#include "keeper.h"
#include "log.h"
#include "luod.h"
#include "record.h"
#include "request.h"

/* What a session takes in a message at most, so that a list of them fits. */
#define SESSION_ROOM	104
#define LOST_MARK LUOD_RUN "/lost"

static const char *const phase_names[] = {
	[RESTORED_WAITING] = "waiting",
	[RESTORED_CLAIMED] = "claimed",
	[RESTORED_DONE] = "restored",
	[RESTORED_FAILED] = "failed",
};

const char *restored_phase_name(enum restored_phase phase)
{
	return phase_names[phase];
}

static struct restored *find(struct luod *luod, const char *name)
{
	struct restore *r = &luod->restore;

	for (unsigned int i = 0; name && i < r->count; i++) {
		if (!strcmp(r->clients[i].name, name))
			return &r->clients[i];
	}
	return NULL;
}

/* What another luod has to know, if this one dies. */
static void remember(struct luod *luod)
{
	struct restore *r = &luod->restore;
	struct json_object *list = json_object_object_get(r->handoff, "clients");
	int ret;

	for (unsigned int i = 0; i < r->count; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		enum restored_phase phase = r->clients[i].phase;

		/* A claim ends with the connection, and that with luod. */
		if (phase == RESTORED_CLAIMED)
			phase = RESTORED_WAITING;
		add_text(o, "phase", phase_names[phase]);
		if (r->clients[i].told)
			json_object_object_add(o, "told", json_object_get(r->clients[i].told));
	}
	add_flag(r->handoff, "commanded", r->commanded);
	ret = file_write(RESTORE_FILE, r->handoff);
	if (ret)
		log_error("%s: %s", RESTORE_FILE, strerror(-ret));
}

static void set_phase(struct luod *luod, struct restored *client, enum restored_phase phase)
{
	struct json_object *event = json_object_new_object();

	client->phase = phase;
	sd_event_now(luod->event, CLOCK_MONOTONIC, &client->since_usec);
	add_text(event, "event", "CLIENT");
	add_text(event, "name", client->name);
	add_text(event, "phase", phase_names[phase]);
	connection_tell_watchers(luod, event);
}

static void go_on(struct luod *luod)
{
	struct restore *r = &luod->restore;

	if (r->phase != PHASE_RESTORING)
		return;
	for (unsigned int i = 0; i < r->count; i++) {
		if (r->clients[i].phase != RESTORED_DONE)
			return;
	}
	finish_start(luod);
}

static int halt(struct luod *luod)
{
	log_line(LOG_EMERG, "", "clients are missing after the jump, and luod.conf says halt");
	sync();
	reboot(RB_HALT_SYSTEM);
	return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *data)
{
	struct luod *luod = data;
	struct restore *r = &luod->restore;
	bool missing = false;

	r->deadline = sd_event_source_disable_unref(r->deadline);
	for (unsigned int i = 0; i < r->count; i++) {
		missing |= r->clients[i].phase != RESTORED_DONE;
		if (r->clients[i].phase != RESTORED_DONE)
			log_line(LOG_ERR, r->clients[i].name, "%s: not back in time (%s)",
				 r->clients[i].name, phase_names[r->clients[i].phase]);
	}
	switch (luod->config.on_missing) {
	case MISSING_WAIT:
		log_warning("still waiting: 'luoctl finish --discard' gives them up");
		break;
	case MISSING_FINISH:
		r->out_of_time = true;
		finish_start(luod);
		break;
	case MISSING_HALT:
		return missing ? halt(luod) : 0;
	}
	return 0;
}

static int take_list(struct restore *r)
{
	struct json_object *list = json_object_object_get(r->handoff, "clients");

	r->count = (unsigned int)json_object_array_length(list);
	r->clients = calloc(r->count + 1, sizeof(*r->clients));
	if (!r->clients)
		return -ENOMEM;
	for (unsigned int i = 0; i < r->count; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct restored *client = &r->clients[i];
		const char *phase = get_text(o, "phase");

		copy_text(client->name, sizeof(client->name), o, "name");
		client->uid = (uid_t)get_number(o, "uid", 0);
		client->error = (int)get_number(o, "error", 0);
		client->since_usec = r->started_usec;
		if (phase && !strcmp(phase, phase_names[RESTORED_DONE]))
			client->phase = RESTORED_DONE;
		else if (client->error || (phase && !strcmp(phase, phase_names[RESTORED_FAILED])))
			client->phase = RESTORED_FAILED;
		if (json_object_object_get_ex(o, "told", &client->told))
			json_object_get(client->told);
	}
	return 0;
}

/* Nobody can be given back anything. Each luod of this boot finds it so; one puts it on record. */
static void lose(struct luod *luod, const char *reason, int error)
{
	const struct hook_facts facts = { .update_id = "unknown", .result = "failed" };
	int mark = open(LOST_MARK, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	log_error("%s: %s", reason, strerror(error));
	if (mark < 0)
		return;
	close(mark);
	record_lost(luod, "failed", reason);
	hooks_tell(luod, HOOK_POST_UPDATE, &facts);
}

/* The keeper has all; what there is to know is in the file. */
static int begin(struct luod *luod)
{
	struct restore *r = &luod->restore;
	int ret;

	ret = file_read(RESTORE_FILE, &r->handoff);
	if (!ret)
		ret = handoff_check(r->handoff);
	if (!ret)
		ret = take_list(r);
	if (ret) {
		lose(luod, "what was to be given back cannot be read", -ret);
		return luod_serve(luod);
	}
	r->keeper = (pid_t)get_number(r->handoff, "keeper", 0);
	r->commanded = get_flag(r->handoff, "commanded");
	copy_text(r->id, sizeof(r->id), r->handoff, "update_id");
	log_set_update(r->id);
	r->phase = PHASE_RESTORING;
	phase_times_enter(&luod->times, r->phase);
	log_info("update %s: %u clients are to come back", r->id, r->count);
	ret = luod->early ? 0 : sd_event_add_time_relative(luod->event, &r->deadline,
							   CLOCK_MONOTONIC, luod->config.restore_usec,
							   0, on_deadline, luod);
	if (ret < 0)
		return ret;
	ret = luod_serve(luod);
	if (ret)
		return ret;
	/* An early one has no services that a command could start. */
	if (!luod->early) {
		resume_start(luod, r->commanded);
		r->commanded = true;
	}
	remember(luod);
	luod_phase_changed(luod);
	go_on(luod);
	return 0;
}

static int on_keeper_ready(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct luod *luod = data;
	struct restore *r = &luod->restore;
	char error = 0;
	ssize_t n = read(fd, &error, 1);

	sd_event_source_disable_unref(source);
	close(fd);
	r->phase = PHASE_IDLE;
	if (n == 1 && !error)
		return begin(luod);
	if (n == 1)
		lose(luod, "what the luod before the jump has left cannot be read", error);
	return luod_serve(luod);
}

static int on_keeper_end(sd_event_source *source, const siginfo_t *info, void *data)
{
	struct luod *luod = data;

	if (luod->restore.phase == PHASE_RESTORING && luod->restore.keeper == info->si_pid)
		log_error("the keeper has ended: what was not given back yet is lost");
	return 0;
}

/* What a luod of this kernel has begun goes on, else the keeper looks for it. */
int restore_start(struct luod *luod)
{
	struct restore *r = &luod->restore;
	sd_event_source *source;
	int ready = -1;
	pid_t keeper;
	int ret;

	sd_event_now(luod->event, CLOCK_MONOTONIC, &r->started_usec);
	if (!access(RESTORE_FILE, F_OK))
		return begin(luod);
	if (luod->states && luod_state(luod) != LUO_STATE_UPDATED)
		return luod_serve(luod);
	keeper = keeper_start(RESTORE_FILE, &ready);
	if (keeper < 0)
		return keeper;
	/* Nothing else begins before it is known what came over. */
	r->phase = PHASE_RESTORING;
	ret = sd_event_add_child(luod->event, NULL, keeper, WEXITED, on_keeper_end, luod);
	if (ret >= 0)
		ret = sd_event_add_io(luod->event, &source, ready, EPOLLIN, on_keeper_ready, luod);
	return ret < 0 ? ret : 0;
}

bool restore_may_subscribe(struct luod *luod, const char *name, uid_t uid)
{
	const struct restored *client = find(luod, name);

	return !client || uid == 0 || client->uid == uid;
}

void restore_connection_gone(struct luod *luod, struct connection *connection)
{
	struct restore *r = &luod->restore;

	if (r->operator == connection)
		r->operator = NULL;
	for (unsigned int i = 0; i < r->count; i++) {
		struct restored *client = &r->clients[i];

		if (client->claimed_by != connection)
			continue;
		client->claimed_by = NULL;
		if (client->phase != RESTORED_CLAIMED)
			continue;
		set_phase(luod, client, RESTORED_WAITING);
		resume_client_gone(luod);
	}
}

void restore_list(struct connection *connection, struct json_object *request)
{
	struct restore *r = &connection->luod->restore;
	const char *after = get_text(request, "after");
	const struct restored *last = find(connection->luod, after);
	struct json_object *members = json_object_new_object();
	struct json_object *list = json_object_new_array();
	unsigned int room = (WIRE_LINE_MAX - 256) / SESSION_ROOM;
	unsigned int i = last ? (unsigned int)(last + 1 - r->clients) : after ? r->count : 0;
	int64_t more = 0;

	for (; i < r->count; i++) {
		struct json_object *o;

		if (connection->uid && connection->uid != r->clients[i].uid)
			continue;
		if (json_object_array_length(list) == room) {
			more++;
			continue;
		}
		o = json_object_new_object();
		add_text(o, "name", r->clients[i].name);
		add_text(o, "phase", phase_names[r->clients[i].phase]);
		json_object_array_add(list, o);
	}
	json_object_object_add(members, "sessions", list);
	add_number(members, "more", more);
	reply_ok(connection, request, members);
}

/* The client that a request is about, if whoever asks may go by that name. */
static struct restored *about(struct connection *connection, struct json_object *request)
{
	const char *name = get_text(request, "name");
	struct restored *client = find(connection->luod, name);

	if (!client || client->phase == RESTORED_DONE)
		reply_error(connection, request, ENOENT, "nothing of that name is to be given back");
	else if (connection->uid && connection->uid != client->uid)
		reply_error(connection, request, EPERM, "%s is another user's", name);
	else if (client->claimed_by && client->claimed_by != connection)
		reply_error(connection, request, EBUSY, "%s was claimed by process %d", name,
			    client->claimed_by->pid);
	else
		return client;
	return NULL;
}

void restore_claim(struct connection *connection, struct json_object *request)
{
	struct luod *luod = connection->luod;
	struct restored *client = about(connection, request);
	struct json_object *reply, *id = NULL;
	int session;

	if (!client)
		return;
	if (client->error) {
		reply_error(connection, request, EIO, "the kernel did not give it back: %s",
			    strerror(-client->error));
		return;
	}
	session = keeper_borrow(luod->restore.keeper,
				(unsigned int)(client - luod->restore.clients), client->name);
	if (session < 0) {
		reply_error(connection, request, EIO, "its session is lost: %s", strerror(-session));
		return;
	}
	client->claimed_by = connection;
	set_phase(luod, client, RESTORED_CLAIMED);
	json_object_object_get_ex(request, "id", &id);
	reply = reply_new("CLAIM", id);
	add_text(reply, "name", client->name);
	add_text(reply, "update_id", luod->restore.id);
	add_number(reply, "fds", 1);
	connection_send(connection, reply, session);
	close(session);
}

/* Finished by the client, as a rule; then this does nothing. */
static void finish_session(struct luod *luod, struct restored *client)
{
	int session = keeper_borrow(luod->restore.keeper,
				    (unsigned int)(client - luod->restore.clients), client->name);

	if (session < 0)
		return;
	luo_session_finish(session);
	close(session);
}

/* For the record: what it says of its way, and when it was back. */
static struct json_object *describe_return(struct json_object *request)
{
	struct json_object *told = json_object_new_object();
	struct json_object *parts;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	add_number(told, "blackout_ns", get_number(request, "blackout_ns", -1));
	add_number(told, "back_at_ns", (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
	if (json_object_object_get_ex(request, "parts", &parts) &&
	    json_object_is_type(parts, json_type_object))
		json_object_object_add(told, "parts", record_parts(parts));
	return told;
}

void restore_restored(struct connection *connection, struct json_object *request)
{
	struct luod *luod = connection->luod;
	struct restored *client = about(connection, request);

	if (!client)
		return;
	if (client->claimed_by != connection) {
		reply_error(connection, request, EINVAL, "it was not claimed");
		return;
	}
	finish_session(luod, client);
	json_object_put(client->told);
	client->told = describe_return(request);
	client->claimed_by = NULL;
	set_phase(luod, client, RESTORED_DONE);
	log_line(LOG_INFO, client->name, "%s: is back", client->name);
	remember(luod);
	reply_ok(connection, request, NULL);
	go_on(luod);
}

void restore_failed(struct connection *connection, struct json_object *request)
{
	struct luod *luod = connection->luod;
	struct restored *client = about(connection, request);
	char reason[REASON_SIZE];

	if (!client)
		return;
	copy_text(reason, sizeof(reason), request, "reason");
	log_line(LOG_ERR, client->name, "%s: cannot be restored: %s", client->name, reason);
	client->claimed_by = NULL;
	json_object_put(client->told);
	client->told = json_object_new_object();
	add_text(client->told, "reason", reason);
	set_phase(luod, client, RESTORED_FAILED);
	remember(luod);
	reply_ok(connection, request, NULL);
}
