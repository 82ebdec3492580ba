/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of JSON, with descriptors, on a stream socket that never blocks. What is
 * received is bounded in size and depth; what is sent waits in a queue of bounded
 * size until the other side takes it.
 *
 * Calls return a negative errno value on failure, after which a wire is only good to
 * be closed.
 */
#ifndef LUO_WIRE_H
#define LUO_WIRE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define WIRE_LINE_MAX	16384
#define WIRE_QUEUE_MAX	(256 * 1024)
#define WIRE_DEPTH_MAX	8
#define WIRE_FDS_MAX	8

struct wire_line;

struct wire {
	int fd;
	bool takes_fds;
	bool ended;
	size_t line_max;
	/* How deep messages may be nested; WIRE_DEPTH_MAX, unless it is changed. */
	int depth_max;
	char *in;
	size_t in_used;
	/* Where to look for the end of the line. */
	size_t in_seen;
	int fds[WIRE_FDS_MAX];
	int fd_count;
	struct wire_line *first;
	struct wire_line **last;
	size_t queued;
};

/*
 * Takes over @fd, also if it fails. Without @takes_fds the kernel throws away what
 * descriptors come. @line_max is the longest line, 0 for WIRE_LINE_MAX.
 */
int wire_open(struct wire *wire, int fd, bool takes_fds, size_t line_max);
/* Connects to the socket at @path. -EAGAIN: too many wait there to be accepted. */
int wire_connect(struct wire *wire, const char *path, bool takes_fds, size_t line_max);
void wire_close(struct wire *wire);

/* Reads what has come. 0: nothing for now, or the end; wire->ended tells. */
ssize_t wire_receive(struct wire *wire);

/*
 * The next message that is complete: 1, with *message to be let go of, or 0.
 * -EMSGSIZE: too long; -EBADMSG: no JSON object, not UTF-8, nested too deep.
 */
int wire_next(struct wire *wire, struct json_object **message);
/* Whether a whole line waits for wire_next(). */
bool wire_has_line(const struct wire *wire);

/* The first descriptor that came and was not taken, or -ENOENT. */
int wire_take_fd(struct wire *wire);

/*
 * Queues @message, and sends what can be sent. Lets go of @message, and sends a
 * duplicate of @fd, if that is not -1. -ENOBUFS: the other side does not read.
 */
int wire_send(struct wire *wire, struct json_object *message, int fd);
/* Sends what can be sent now. */
int wire_flush(struct wire *wire);
/* Whether there is something left for wire_flush(). */
bool wire_wants_to_send(const struct wire *wire);

/*
 * For those that can wait: waits up to @timeout_ms for the next message; -ETIMEDOUT,
 * or -ECONNRESET at the end of the stream. Sends what is queued meanwhile.
 */
int wire_wait(struct wire *wire, struct json_object **message, int timeout_ms);

#endif /* LUO_WIRE_H */
