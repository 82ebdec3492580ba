// SPDX-License-Identifier: GPL-2.0-or-later
#include "connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "luod.h"
#include "request.h"

#define BACKLOG			64
#define REQUESTS_A_SECOND	100.0
#define REQUESTS_AT_ONCE	200.0
/* Before others get their turn. */
#define REQUESTS_A_TURN		16
#define CONNECTIONS_A_USER	128
#define GROUPS_MAX		256

static const char *socket_path(const struct luod *luod)
{
	return luod->config.socket ? luod->config.socket : LUOD_SOCKET;
}

static int on_reap(sd_event_source *source, void *data)
{
	struct luod *luod = data;
	struct connection *connection;

	while ((connection = TAILQ_FIRST(&luod->closing))) {
		TAILQ_REMOVE(&luod->closing, connection, link);
		luod->connection_count--;
		restore_connection_gone(luod, connection);
		update_operator_gone(luod, connection);
		if (connection->client)
			client_gone(connection->client);
		wire_close(&connection->wire);
		free(connection);
	}
	return 0;
}

void connection_close(struct connection *connection)
{
	struct luod *luod = connection->luod;

	if (connection->closing)
		return;
	connection->closing = true;
	connection->io = sd_event_source_disable_unref(connection->io);
	connection->pause = sd_event_source_disable_unref(connection->pause);
	TAILQ_REMOVE(&luod->connections, connection, link);
	TAILQ_INSERT_TAIL(&luod->closing, connection, link);
	sd_event_source_set_enabled(luod->reaper, SD_EVENT_ONESHOT);
}

/* Reads unless it has to wait, writes if there is something to be written. */
static void choose_events(struct connection *connection)
{
	uint32_t events = 0;

	if (!connection->pause)
		events |= EPOLLIN;
	if (wire_wants_to_send(&connection->wire))
		events |= EPOLLOUT;
	sd_event_source_set_io_events(connection->io, events);
}

void connection_send(struct connection *connection, struct json_object *message, int fd)
{
	int ret;

	if (connection->closing) {
		json_object_put(message);
		return;
	}
	ret = wire_send(&connection->wire, message, fd);
	if (!ret) {
		choose_events(connection);
		return;
	}
	if (ret == -ENOBUFS)
		log_warning("process %d does not read what it is sent", connection->pid);
	connection_close(connection);
}

void connection_tell_watchers(struct luod *luod, struct json_object *event)
{
	struct connection *connection, *next;

	for (connection = TAILQ_FIRST(&luod->connections); connection; connection = next) {
		next = TAILQ_NEXT(connection, link);
		if (connection->watches)
			connection_send(connection, json_object_get(event), -1);
	}
	json_object_put(event);
}

static void refuse_line(struct connection *connection, int error)
{
	struct json_object *reply = reply_new("", NULL);

	reply_set_error(reply, error,
			error == EMSGSIZE ? "a message is too long" : "not a JSON object in UTF-8");
	connection_send(connection, reply, -1);
	connection_close(connection);
}

static uint64_t now_usec(struct luod *luod)
{
	uint64_t now = 0;

	sd_event_now(luod->event, CLOCK_MONOTONIC, &now);
	return now;
}

static bool take_token(struct connection *connection)
{
	uint64_t now = now_usec(connection->luod);

	connection->tokens += (double)(now - connection->tokens_usec) * REQUESTS_A_SECOND / 1e6;
	if (connection->tokens > REQUESTS_AT_ONCE)
		connection->tokens = REQUESTS_AT_ONCE;
	connection->tokens_usec = now;
	if (connection->tokens < 1)
		return false;
	connection->tokens -= 1;
	return true;
}

static void serve(struct connection *connection);

static int on_pause_over(sd_event_source *source, uint64_t usec, void *data)
{
	struct connection *connection = data;

	connection->pause = sd_event_source_disable_unref(connection->pause);
	serve(connection);
	return 0;
}

/* Until there is a token again; 0: only until others had their turn. */
static void pause_reading(struct connection *connection, uint64_t usec)
{
	if (sd_event_add_time_relative(connection->luod->event, &connection->pause,
				       CLOCK_MONOTONIC, usec, 1, on_pause_over, connection) < 0)
		connection_close(connection);
}

static void serve(struct connection *connection)
{
	struct json_object *request;

	for (int i = 0; !connection->closing && wire_has_line(&connection->wire); i++) {
		int ret;

		if (i == REQUESTS_A_TURN || !take_token(connection)) {
			pause_reading(connection, i == REQUESTS_A_TURN ? 0 : 10000);
			break;
		}
		ret = wire_next(&connection->wire, &request);
		if (ret < 0) {
			refuse_line(connection, -ret);
			return;
		}
		request_handle(connection, request);
		json_object_put(request);
	}
	if (connection->closing)
		return;
	if (!wire_has_line(&connection->wire)) {
		if (wire_next(&connection->wire, &request) < 0) {
			refuse_line(connection, EMSGSIZE);
			return;
		}
		if (connection->wire.ended) {
			connection_close(connection);
			return;
		}
	}
	choose_events(connection);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct connection *connection = data;

	if (wire_flush(&connection->wire) || wire_receive(&connection->wire) < 0) {
		connection_close(connection);
		return 0;
	}
	/* While it has to wait nothing is read, and only a lost connection is noticed. */
	if (connection->pause && events & (EPOLLHUP | EPOLLERR))
		connection_close(connection);
	else if (connection->pause)
		choose_events(connection);
	else
		serve(connection);
	return 0;
}

static bool is_in_group(int fd, gid_t primary, gid_t wanted)
{
	gid_t groups[GROUPS_MAX];
	socklen_t size = sizeof(groups);

	if (primary == wanted)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size))
		return false;
	for (size_t i = 0; i < size / sizeof(gid_t); i++) {
		if (groups[i] == wanted)
			return true;
	}
	return false;
}

static bool is_allowed(const struct luod *luod, int fd, const struct ucred *peer)
{
	return peer->uid == 0 || peer->uid == geteuid() ||
		(luod->config.has_group && is_in_group(fd, peer->gid, luod->config.group));
}

static bool is_one_too_many(const struct luod *luod, uid_t uid)
{
	const struct connection *connection;
	unsigned int count = 0;

	if (luod->connection_count >= luod->config.max_clients)
		return true;
	if (uid == 0)
		return false;
	TAILQ_FOREACH(connection, &luod->connections, link)
		count += connection->uid == uid;
	return count >= CONNECTIONS_A_USER;
}

/* What fits into an empty socket is sent at once, or nobody is there to read it. */
static void refuse_connection(int fd, int error, const char *text)
{
	struct json_object *reply = reply_new("CONNECT", NULL);
	struct wire wire;

	reply_set_error(reply, error, text);
	if (wire_open(&wire, fd, false, 0))
		json_object_put(reply);
	else
		wire_send(&wire, reply, -1);
	wire_close(&wire);
}

static void take_connection(struct luod *luod, int fd, const struct ucred *peer)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection) {
		close(fd);
		return;
	}
	if (wire_open(&connection->wire, fd, false, 0)) {
		free(connection);
		return;
	}
	connection->luod = luod;
	connection->pid = peer->pid;
	connection->uid = peer->uid;
	connection->tokens = REQUESTS_AT_ONCE;
	connection->tokens_usec = now_usec(luod);
	if (sd_event_add_io(luod->event, &connection->io, fd, EPOLLIN, on_io, connection) < 0) {
		wire_close(&connection->wire);
		free(connection);
		return;
	}
	luod->connection_count++;
	TAILQ_INSERT_TAIL(&luod->connections, connection, link);
}

static int on_connect(sd_event_source *source, int listen_fd, uint32_t events, void *data)
{
	struct luod *luod = data;
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		close(fd);
	else if (!is_allowed(luod, fd, &peer))
		refuse_connection(fd, EACCES, "only root and the group of luod.conf may connect");
	else if (is_one_too_many(luod, peer.uid))
		refuse_connection(fd, EMFILE, "there are too many connections");
	else
		take_connection(luod, fd, &peer);
	return 0;
}

/* Nobody can connect before the socket has its owner and mode. */
static int bind_socket(struct luod *luod, int fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = socket_path(luod);
	gid_t group = luod->config.has_group ? luod->config.group : (gid_t)-1;
	int ret = 0;
	mode_t mask;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	/* Nobody else's: we have the lock. */
	unlink(path);
	mask = umask(0177);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		ret = -errno;
	umask(mask);
	if (!ret && (chown(path, (uid_t)-1, group) ||
		     chmod(path, luod->config.has_group ? 0660 : 0600) || listen(fd, BACKLOG)))
		ret = -errno;
	return ret;
}

int server_start(struct luod *luod)
{
	int ret;

	ret = sd_event_add_defer(luod->event, &luod->reaper, on_reap, luod);
	if (ret < 0)
		return ret;
	sd_event_source_set_enabled(luod->reaper, SD_EVENT_OFF);
	luod->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (luod->listen_fd < 0)
		return -errno;
	ret = bind_socket(luod, luod->listen_fd);
	if (ret)
		return ret;
	ret = sd_event_add_io(luod->event, NULL, luod->listen_fd, EPOLLIN, on_connect, luod);
	return ret < 0 ? ret : 0;
}

void server_stop(struct luod *luod)
{
	struct connection *connection, *next;

	for (connection = TAILQ_FIRST(&luod->connections); connection; connection = next) {
		next = TAILQ_NEXT(connection, link);
		connection_close(connection);
	}
	if (luod->reaper)
		on_reap(luod->reaper, luod);
	luod->reaper = sd_event_source_disable_unref(luod->reaper);
	if (luod->listen_fd >= 0) {
		close(luod->listen_fd);
		unlink(socket_path(luod));
	}
}
