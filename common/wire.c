// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* One message on its way; @fd goes with its first byte. */
struct wire_line {
	struct wire_line *next;
	int fd;
	size_t size;
	size_t sent;
	char text[];
};

int wire_open(struct wire *wire, int fd, bool takes_fds, size_t line_max)
{
	int flags = fcntl(fd, F_GETFL);

	*wire = (struct wire){
		.fd = fd,
		.takes_fds = takes_fds,
		.line_max = line_max ? line_max : WIRE_LINE_MAX,
		.depth_max = WIRE_DEPTH_MAX,
	};
	wire->last = &wire->first;
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK)) {
		int ret = -errno;

		wire_close(wire);
		return ret;
	}
	wire->in = malloc(wire->line_max);
	if (!wire->in) {
		wire_close(wire);
		return -ENOMEM;
	}
	return 0;
}

int wire_connect(struct wire *wire, const char *path, bool takes_fds, size_t line_max)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	*wire = (struct wire){ .fd = -1 };
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	/* Else it would wait for a daemon that accepts nobody. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return wire_open(wire, fd, takes_fds, line_max);
}

static void drop_line(struct wire *wire)
{
	struct wire_line *line = wire->first;

	wire->first = line->next;
	if (!wire->first)
		wire->last = &wire->first;
	wire->queued -= line->size;
	if (line->fd >= 0)
		close(line->fd);
	free(line);
}

void wire_close(struct wire *wire)
{
	while (wire->first)
		drop_line(wire);
	while (wire->fd_count)
		close(wire->fds[--wire->fd_count]);
	free(wire->in);
	if (wire->fd >= 0)
		close(wire->fd);
	*wire = (struct wire){ .fd = -1, .ended = true };
	wire->last = &wire->first;
}

/* What does not fit into the list is more than anybody promised. */
static void keep_fds(struct wire *wire, struct msghdr *header)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		size_t count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (wire->fd_count < WIRE_FDS_MAX)
				wire->fds[wire->fd_count++] = fd;
			else
				close(fd);
		}
	}
}

ssize_t wire_receive(struct wire *wire)
{
	union {
		char space[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = {
		.iov_base = wire->in + wire->in_used,
		.iov_len = wire->line_max - wire->in_used,
	};
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (wire->ended || !part.iov_len)
		return 0;
	if (wire->takes_fds) {
		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
	}
	do {
		n = recvmsg(wire->fd, &header, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		if (errno == EAGAIN)
			return 0;
		/* The other side is gone, with something of ours unread. */
		if (errno != ECONNRESET)
			return -errno;
		n = 0;
	}
	if (wire->takes_fds)
		keep_fds(wire, &header);
	wire->ended = n == 0;
	wire->in_used += (size_t)n;
	return n;
}

static char *find_end(const struct wire *wire)
{
	return memchr(wire->in + wire->in_seen, '\n', wire->in_used - wire->in_seen);
}

bool wire_has_line(const struct wire *wire)
{
	return wire->in && find_end(wire);
}

static struct json_object *parse(const char *line, size_t size, int depth_max)
{
	struct json_tokener *tokener = json_tokener_new_ex(depth_max);
	struct json_object *message;

	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	message = json_tokener_parse_ex(tokener, line, (int)size);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    !json_object_is_type(message, json_type_object)) {
		json_object_put(message);
		message = NULL;
	}
	json_tokener_free(tokener);
	return message;
}

int wire_next(struct wire *wire, struct json_object **message)
{
	char *end = find_end(wire);
	size_t size;

	*message = NULL;
	if (!end) {
		wire->in_seen = wire->in_used;
		return wire->in_used == wire->line_max ? -EMSGSIZE : 0;
	}
	size = (size_t)(end + 1 - wire->in);
	/* The newline goes with it, so that a bare number or word is not waited for. */
	if (!memchr(wire->in, '\0', size))
		*message = parse(wire->in, size, wire->depth_max);
	wire->in_used -= size;
	wire->in_seen = 0;
	memmove(wire->in, end + 1, wire->in_used);
	return *message ? 1 : -EBADMSG;
}

int wire_take_fd(struct wire *wire)
{
	int fd;

	if (!wire->fd_count)
		return -ENOENT;
	fd = wire->fds[0];
	wire->fd_count--;
	memmove(wire->fds, wire->fds + 1, (size_t)wire->fd_count * sizeof(int));
	return fd;
}

static struct wire_line *new_line(struct json_object *message, int fd)
{
	const char *text = json_object_to_json_string_ext(message, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t size = text ? strlen(text) : 0;
	struct wire_line *line = text ? malloc(sizeof(*line) + size + 1) : NULL;

	if (!line)
		return NULL;
	*line = (struct wire_line){ .fd = -1, .size = size + 1 };
	memcpy(line->text, text, size);
	line->text[size] = '\n';
	if (fd >= 0) {
		line->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (line->fd < 0) {
			free(line);
			return NULL;
		}
	}
	return line;
}

int wire_send(struct wire *wire, struct json_object *message, int fd)
{
	struct wire_line *line = message ? new_line(message, fd) : NULL;

	json_object_put(message);
	if (!line)
		return -ENOMEM;
	*wire->last = line;
	wire->last = &line->next;
	wire->queued += line->size;
	if (wire->queued > WIRE_QUEUE_MAX)
		return -ENOBUFS;
	return wire_flush(wire);
}

static ssize_t send_line(struct wire *wire, struct wire_line *line)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec part = {
		.iov_base = line->text + line->sent,
		.iov_len = line->size - line->sent,
	};
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (line->fd >= 0) {
		struct cmsghdr *c = &control.align;

		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &line->fd, sizeof(int));
	}
	do {
		n = sendmsg(wire->fd, &header, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int wire_flush(struct wire *wire)
{
	while (wire->first) {
		struct wire_line *line = wire->first;
		ssize_t n = send_line(wire, line);

		if (n == -EAGAIN)
			return 0;
		if (n < 0)
			return (int)n;
		if (line->fd >= 0) {
			close(line->fd);
			line->fd = -1;
		}
		line->sent += (size_t)n;
		if (line->sent == line->size)
			drop_line(wire);
	}
	return 0;
}

bool wire_wants_to_send(const struct wire *wire)
{
	return wire->first;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int wire_wait(struct wire *wire, struct json_object **message, int timeout_ms)
{
	long end = now_ms() + timeout_ms;

	for (;;) {
		struct pollfd change = { .fd = wire->fd, .events = POLLIN };
		int ret = wire_next(wire, message);
		long left = end - now_ms();
		ssize_t n;

		if (ret)
			return ret;
		if (wire->ended)
			return -ECONNRESET;
		if (left <= 0)
			return -ETIMEDOUT;
		if (wire_wants_to_send(wire))
			change.events |= POLLOUT;
		if (poll(&change, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
		/* What the other side said before it went is still worth hearing. */
		n = wire_receive(wire);
		if (n < 0)
			return (int)n;
		ret = wire_flush(wire);
		if (ret && !wire_has_line(wire))
			return ret;
	}
}
