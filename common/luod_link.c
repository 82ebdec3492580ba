// SPDX-License-Identifier: GPL-2.0-or-later
#include "luod_link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define RETRY_MS 20
#define CALL_MS 30000

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static pid_t peer_pid(int fd)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) ? 0 : peer.pid;
}

int luod_connect(struct luod_link *luod, const char *path, int timeout_ms)
{
	const struct timespec pause = { .tv_nsec = RETRY_MS * 1000000L };
	long end = now_ms() + timeout_ms;
	int ret;

	*luod = (struct luod_link){ 0 };
	while ((ret = wire_connect(&luod->wire, path, false, 0)) == -EAGAIN) {
		if (now_ms() >= end)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	if (!ret)
		luod->pid = peer_pid(luod->wire.fd);
	return ret;
}

void luod_disconnect(struct luod_link *luod)
{
	wire_close(&luod->wire);
}

int luod_send(struct luod_link *luod, const char *cmd, struct json_object *members)
{
	struct json_object *request = members ? members : json_object_new_object();
	int id = ++luod->last_id;
	int ret;

	if (!request)
		return -ENOMEM;
	json_object_object_add(request, "cmd", json_object_new_string(cmd));
	json_object_object_add(request, "id", json_object_new_int(id));
	ret = wire_send(&luod->wire, request, -1);
	/* What luod said before it hung up is still to be heard. */
	return ret && ret != -EPIPE && ret != -ECONNRESET ? ret : id;
}

int luod_receive(struct luod_link *luod, struct json_object **message, int timeout_ms)
{
	int ret = wire_wait(&luod->wire, message, timeout_ms);

	return ret == -EPIPE ? -ECONNRESET : ret;
}

int luod_ask(struct luod_link *luod, const char *cmd, struct json_object *members,
	     struct json_object **reply, int timeout_ms)
{
	int id = luod_send(luod, cmd, members);
	long end = now_ms() + timeout_ms;

	*reply = NULL;
	if (id < 0)
		return id;
	for (;;) {
		long left = end - now_ms();
		int ret = luod_receive(luod, reply, left > 0 ? (int)left : 0);

		if (ret < 0)
			return ret;
		if (luod_is_reply(*reply, id))
			return 0;
		json_object_put(*reply);
		*reply = NULL;
	}
}

bool luod_is_reply(struct json_object *message, int id)
{
	if (!luod_text(message, "reply"))
		return false;
	if (luod_number(message, "id", 0) == id)
		return true;
	/* To no request of ours: luod has understood nothing, or has no room for us. */
	return !json_object_object_get_ex(message, "id", NULL) && !luod_flag(message, "ok");
}

int luod_reply_error(struct json_object *reply, const char **text)
{
	struct json_object *error = luod_member(reply, "error", json_type_object);
	int64_t number;

	*text = NULL;
	if (luod_flag(reply, "ok"))
		return 0;
	number = luod_number(error, "number", EPROTO);
	if (number <= 0 || number > 4095)
		number = EPROTO;
	*text = luod_text(error, "text");
	if (!*text || !**text)
		*text = strerror((int)number);
	return (int)number;
}

struct json_object *luod_member(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, key, &member) || !json_object_is_type(member, type))
		return NULL;
	return member;
}

const char *luod_text(struct json_object *object, const char *key)
{
	struct json_object *member = luod_member(object, key, json_type_string);

	return member ? json_object_get_string(member) : NULL;
}

int64_t luod_number(struct json_object *object, const char *key, int64_t otherwise)
{
	struct json_object *member = luod_member(object, key, json_type_int);

	return member ? json_object_get_int64(member) : otherwise;
}

bool luod_flag(struct json_object *object, const char *key)
{
	struct json_object *member = luod_member(object, key, json_type_boolean);

	return member && json_object_get_boolean(member);
}

int luod_call(struct wire *wire, struct json_object *request, struct json_object **reply)
{
	const char *text;
	int ret = wire_send(wire, request, -1);

	*reply = NULL;
	while (!ret) {
		ret = wire_wait(wire, reply, CALL_MS);
		if (ret < 0)
			return ret;
		if (luod_text(*reply, "reply"))
			return -luod_reply_error(*reply, &text);
		json_object_put(*reply);
		*reply = NULL;
		ret = 0;
	}
	return ret;
}
