/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calling side of docs/protocol.md, for programs that can wait. Calls return a
 * negative errno value where luod cannot be talked to; what luod refuses is a reply
 * like any other, and luod_reply_error() tells.
 */
#ifndef LUO_LUOD_LINK_H
#define LUO_LUOD_LINK_H

#include "wire.h"

#ifndef LUOD_SOCKET
#define LUOD_SOCKET "/run/luod/liveupdate.sock"
#endif

struct luod_link {
	struct wire wire;
	/* luod's, as the kernel knows it; 0 where it does not. */
	pid_t pid;
	int last_id;
};

/*
 * Connects to luod at @path. Where it has more connections to accept than it has got
 * round to, tries again for @timeout_ms, and is -ETIMEDOUT then.
 */
int luod_connect(struct luod_link *luod, const char *path, int timeout_ms);
void luod_disconnect(struct luod_link *luod);

/* Sends the request @cmd with @members, which are let go of, or NULL. Returns its id. */
int luod_send(struct luod_link *luod, const char *cmd, struct json_object *members);
/* The next message, whatever it is, as wire_wait(). */
int luod_receive(struct luod_link *luod, struct json_object **message, int timeout_ms);
/* Sends a request, and waits for the reply; events are passed over. */
int luod_ask(struct luod_link *luod, const char *cmd, struct json_object *members,
	     struct json_object **reply, int timeout_ms);

/*
 * For who has a connection anyway: lets go of @request. *reply, which is to be let go of
 * also on failure, is what luod has answered, or NULL; what comes before it is dropped.
 * A negative errno value is luod's own, or that of the connection.
 */
int luod_call(struct wire *wire, struct json_object *request, struct json_object **reply);

/* Whether it answers the request @id, or says that luod will not hear more. */
bool luod_is_reply(struct json_object *message, int id);
/* 0 where a reply is ok, else the errno value of its error, with words for it. */
int luod_reply_error(struct json_object *reply, const char **text);

/* Members: NULL or the default where there is none of that type. */
struct json_object *luod_member(struct json_object *object, const char *key, enum json_type type);
const char *luod_text(struct json_object *object, const char *key);
int64_t luod_number(struct json_object *object, const char *key, int64_t otherwise);
bool luod_flag(struct json_object *object, const char *key);

#endif /* LUO_LUOD_LINK_H */
