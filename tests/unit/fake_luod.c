// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fake_luod SOCKET <SCRIPT: plays luod, one line of the script after the other:
 *
 *   accept       the next connection
 *   < PATTERN    that sends a line like this, as fnmatch(3) has it
 *   pass PATTERN before those that follow, lines like this may come; without one, no longer
 *   > TEXT       is sent this line
 *   give PATH TEXT  with it a descriptor of what is there
 *   mark FILE    makes it, for who wants to know that it came to this
 *   = TEXT       or this, without an end
 *   long N       so many bytes of a line that does not end
 *   many N TEXT  so many times the same line
 *   wait MS      while nothing happens
 *   interrupt    SIGINT to the process at the other end
 *   ended        it has hung up
 *   close        hangs up itself
 *
 * SOCKET is there once it listens. Fails, and says why, if it comes otherwise.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

#define PATIENCE_MS 10000

static struct wire wire = { .fd = -1 };
static unsigned int line_number;

static void __attribute__((format(printf, 1, 2), noreturn)) give_up(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "line %u: ", line_number);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Under its name only once it can be connected to. */
	snprintf(address.sun_path, sizeof(address.sun_path), "%s.new", path);
	unlink(address.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 8) ||
	    rename(address.sun_path, path))
		give_up("%s: %s", path, strerror(errno));
	return fd;
}

static void take_connection(int listen_fd)
{
	wire_close(&wire);
	if (wire_open(&wire, accept(listen_fd, NULL, NULL), false, 0))
		give_up("accept: %s", strerror(errno));
}

static char *passed;

static void pass(const char *pattern)
{
	free(passed);
	passed = *pattern ? strdup(pattern) : NULL;
}

static bool is_like(const char *pattern, struct json_object *message)
{
	const char *text = json_object_to_json_string_ext(message, JSON_C_TO_STRING_PLAIN |
								   JSON_C_TO_STRING_NOSLASHESCAPE);

	return pattern && !fnmatch(pattern, text, FNM_NOESCAPE);
}

static void expect(const char *pattern)
{
	struct json_object *message = NULL;
	int ret;

	do {
		json_object_put(message);
		ret = wire_wait(&wire, &message, PATIENCE_MS);
		if (ret < 0)
			give_up("no line '%s': %s", pattern, strerror(-ret));
	} while (is_like(passed, message));
	if (!is_like(pattern, message))
		give_up("not '%s': '%s'", pattern,
			json_object_to_json_string_ext(message, JSON_C_TO_STRING_PLAIN |
								JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(message);
}

/* Waits where the other side does not read, and does not mind if it has hung up. */
static void send_bytes(const char *text, size_t size)
{
	while (size) {
		ssize_t n = send(wire.fd, text, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			usleep(1000);
			continue;
		}
		if (n < 0)
			return;
		text += n;
		size -= (size_t)n;
	}
}

static void send_line(const char *text)
{
	send_bytes(text, strlen(text));
	send_bytes("\n", 1);
}

static void give(char *argument)
{
	char *text = strchr(argument, ' ');
	int fd;

	if (!text)
		give_up("give what?");
	*text++ = '\0';
	fd = open(argument, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || wire_send(&wire, json_tokener_parse(text), fd))
		give_up("%s: %s", argument, strerror(errno));
	close(fd);
}

static void mark(const char *file)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		give_up("%s: %s", file, strerror(errno));
	close(fd);
}

static void send_many(const char *argument)
{
	char *text;

	for (unsigned long n = strtoul(argument, &text, 10); n; n--)
		send_line(text + 1);
}

static void send_long(const char *size)
{
	for (unsigned long n = strtoul(size, NULL, 10); n; n--)
		send_bytes("x", 1);
}

static void interrupt(void)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(wire.fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) || kill(peer.pid, SIGINT))
		give_up("interrupt: %s", strerror(errno));
}

static void expect_end(void)
{
	struct json_object *message;
	int ret;

	while ((ret = wire_wait(&wire, &message, PATIENCE_MS)) > 0)
		json_object_put(message);
	if (ret != -ECONNRESET)
		give_up("the other side does not hang up: %s", strerror(-ret));
}

static void play(int listen_fd, char *line)
{
	char *argument = strchr(line, ' ');

	if (argument)
		*argument++ = '\0';
	else
		argument = line + strlen(line);
	if (!strcmp(line, "accept"))
		take_connection(listen_fd);
	else if (!strcmp(line, "<"))
		expect(argument);
	else if (!strcmp(line, "pass"))
		pass(argument);
	else if (!strcmp(line, ">"))
		send_line(argument);
	else if (!strcmp(line, "give"))
		give(argument);
	else if (!strcmp(line, "mark"))
		mark(argument);
	else if (!strcmp(line, "="))
		send_bytes(argument, strlen(argument));
	else if (!strcmp(line, "long"))
		send_long(argument);
	else if (!strcmp(line, "many"))
		send_many(argument);
	else if (!strcmp(line, "wait"))
		usleep((useconds_t)atoi(argument) * 1000);
	else if (!strcmp(line, "interrupt"))
		interrupt();
	else if (!strcmp(line, "ended"))
		expect_end();
	else if (!strcmp(line, "close"))
		wire_close(&wire);
	else
		give_up("no such line: '%s'", line);
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	int listen_fd;

	if (argc != 2)
		give_up("fake_luod SOCKET <SCRIPT");
	listen_fd = listen_at(argv[1]);
	while (getline(&line, &size, stdin) > 0) {
		line_number++;
		line[strcspn(line, "\n")] = '\0';
		if (*line)
			play(listen_fd, line);
	}
	free(passed);
	free(line);
	wire_close(&wire);
	close(listen_fd);
	return 0;
}
