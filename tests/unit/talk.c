// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * talk SOCKET <SCRIPT: plays those who connect to luod, as many as the script has names,
 * one line of it after the other:
 *
 *   NAME connect [UID GID [GROUP]]   as that user, or as who runs this
 *   NAME barred [UID GID [GROUP]]    the same, and the socket is not to be had
 *   NAME > TEXT                      sends a line
 *   NAME = TEXT                      sends this, without an end
 *   NAME many N TEXT                 sends a line so many times, and reads nothing
 *   NAME < PATTERN                   the next line is like this, as fnmatch(3) has it
 *   NAME << PATTERN                  a line like this comes, others before it
 *   NAME silent MS                   nothing comes for so long
 *   NAME ended                       luod hangs up, whatever it says before
 *   NAME close                       hangs up
 *   NAME session                     takes the descriptor that has come
 *   NAME preserve TOKEN TEXT         a file with that text, in its session
 *   NAME has TOKEN TEXT              the file in its session has that text
 *   NAME finish                      finishes its session
 *   NAME drop                        closes its session
 *   ! COMMAND                        a command of the shell succeeds
 *   # TEXT
 *
 * Fails, and says why, if it comes otherwise.
 */
#include <errno.h>
#include <fnmatch.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libluo.h"
#include "wire.h"

#define PATIENCE_MS	20000
#define PEOPLE_MAX	1100

struct person {
	char name[64];
	struct wire wire;
	int session;
};

static struct person people[PEOPLE_MAX];
static const char *socket_path;
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

static struct person *find(const char *name)
{
	for (size_t i = 0; i < PEOPLE_MAX; i++) {
		struct person *p = &people[i];

		if (!strcmp(p->name, name))
			return p;
		if (*p->name)
			continue;
		snprintf(p->name, sizeof(p->name), "%s", name);
		p->wire.fd = -1;
		p->session = -1;
		return p;
	}
	give_up("too many people");
}

/* The kernel asks who it is when it connects; afterwards it makes no difference. */
static int connect_as(struct person *p, const char *who)
{
	unsigned int uid, gid, group;
	int n = sscanf(who, "%u %u %u", &uid, &gid, &group);
	int ret;

	if (n >= 2 && (setgroups(n == 3, &group) || setegid(gid) || seteuid(uid)))
		give_up("user %u: %s", uid, strerror(errno));
	wire_close(&p->wire);
	ret = wire_connect(&p->wire, socket_path, true, 0);
	if (n >= 2 && (seteuid(0) || setegid(0)))
		give_up("root: %s", strerror(errno));
	return ret;
}

static void must_connect(struct person *p, const char *who)
{
	int ret;

	/* More than may wait there to be taken. */
	while ((ret = connect_as(p, who)) == -EAGAIN)
		usleep(1000);
	if (ret)
		give_up("%s cannot connect: %s", p->name, strerror(-ret));
}

static void must_not_connect(struct person *p, const char *who)
{
	int ret = connect_as(p, who);

	if (ret != -EACCES)
		give_up("%s connects: %s", p->name, strerror(-ret));
}

static const char *text_of(struct json_object *message)
{
	return json_object_to_json_string_ext(message, JSON_C_TO_STRING_PLAIN |
						       JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void expect(struct person *p, const char *pattern, bool skip)
{
	for (;;) {
		struct json_object *message;
		int ret = wire_wait(&p->wire, &message, PATIENCE_MS);
		const char *text;

		if (ret < 0)
			give_up("%s: no line '%s': %s", p->name, pattern, strerror(-ret));
		text = text_of(message);
		ret = fnmatch(pattern, text, FNM_NOESCAPE);
		if (ret && skip)
			fprintf(stderr, "%s: passed over '%s'\n", p->name, text);
		else if (ret)
			give_up("%s: not '%s': '%s'", p->name, pattern, text);
		json_object_put(message);
		if (!ret)
			return;
	}
}

static void expect_nothing(struct person *p, const char *ms)
{
	struct json_object *message;
	int ret = wire_wait(&p->wire, &message, atoi(ms));

	if (ret == 1)
		give_up("%s: hears '%s'", p->name, text_of(message));
	if (ret != -ETIMEDOUT)
		give_up("%s: %s", p->name, strerror(-ret));
}

static void expect_end(struct person *p)
{
	struct json_object *message;
	int ret;

	while ((ret = wire_wait(&p->wire, &message, PATIENCE_MS)) > 0)
		json_object_put(message);
	if (ret != -ECONNRESET && ret != -EPIPE)
		give_up("%s: luod does not hang up: %s", p->name, strerror(-ret));
}

static void send_bytes(struct person *p, const char *text, size_t size)
{
	while (size) {
		ssize_t n = send(p->wire.fd, text, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			usleep(1000);
			continue;
		}
		/* Whether it matters that luod has hung up the script knows. */
		if (n < 0)
			return;
		text += n;
		size -= (size_t)n;
	}
}

static void send_line(struct person *p, const char *text)
{
	send_bytes(p, text, strlen(text));
	send_bytes(p, "\n", 1);
}

static void send_many(struct person *p, const char *argument)
{
	char *text;

	for (unsigned long n = strtoul(argument, &text, 10); n; n--)
		send_line(p, text + 1);
}

static void take_session(struct person *p)
{
	if (p->session >= 0)
		give_up("%s has a session already", p->name);
	p->session = wire_take_fd(&p->wire);
	if (p->session < 0)
		give_up("%s: no descriptor has come", p->name);
}

static void preserve(struct person *p, const char *argument)
{
	int fd = memfd_create("text", MFD_CLOEXEC);
	char *text;
	uint64_t token = strtoull(argument, &text, 10);
	ssize_t size = (ssize_t)strlen(text + 1);
	int ret;

	if (fd < 0 || write(fd, text + 1, (size_t)size) != size)
		give_up("memfd: %s", strerror(errno));
	ret = luo_session_preserve_fd(p->session, fd, token);
	close(fd);
	if (ret < 0)
		give_up("%s: preserve: %s", p->name, strerror(-ret));
}

static void expect_file(struct person *p, const char *argument)
{
	char got[256] = "";
	char *text;
	int fd = luo_session_retrieve_fd(p->session, strtoull(argument, &text, 10));

	if (fd < 0)
		give_up("%s: retrieve: %s", p->name, strerror(-fd));
	if (pread(fd, got, sizeof(got) - 1, 0) < 0 || strcmp(got, text + 1))
		give_up("%s: not '%s': '%s'", p->name, text + 1, got);
	close(fd);
}

static void finish(struct person *p)
{
	int ret = luo_session_finish(p->session);

	if (ret)
		give_up("%s: finish: %s", p->name, strerror(-ret));
}

static void drop(struct person *p)
{
	if (p->session < 0)
		give_up("%s has no session", p->name);
	close(p->session);
	p->session = -1;
}

static void play(struct person *p, const char *word, const char *argument)
{
	if (!strcmp(word, "connect"))
		must_connect(p, argument);
	else if (!strcmp(word, "barred"))
		must_not_connect(p, argument);
	else if (!strcmp(word, ">"))
		send_line(p, argument);
	else if (!strcmp(word, "="))
		send_bytes(p, argument, strlen(argument));
	else if (!strcmp(word, "many"))
		send_many(p, argument);
	else if (!strcmp(word, "<") || !strcmp(word, "<<"))
		expect(p, argument, word[1]);
	else if (!strcmp(word, "silent"))
		expect_nothing(p, argument);
	else if (!strcmp(word, "ended"))
		expect_end(p);
	else if (!strcmp(word, "close"))
		wire_close(&p->wire);
	else if (!strcmp(word, "session"))
		take_session(p);
	else if (!strcmp(word, "preserve"))
		preserve(p, argument);
	else if (!strcmp(word, "has"))
		expect_file(p, argument);
	else if (!strcmp(word, "finish"))
		finish(p);
	else if (!strcmp(word, "drop"))
		drop(p);
	else
		give_up("no such word: '%s'", word);
}

static void play_line(char *line)
{
	char *word = strchr(line, ' ');
	char *argument;

	if (!word)
		give_up("no word: '%s'", line);
	*word++ = '\0';
	if (!strcmp(line, "#"))
		return;
	if (!strcmp(line, "!")) {
		if (system(word))
			give_up("failed: %s", word);
		return;
	}
	argument = strchr(word, ' ');
	if (argument)
		*argument++ = '\0';
	play(find(line), word, argument ? argument : "");
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;

	if (argc != 2)
		give_up("talk SOCKET <SCRIPT");
	socket_path = argv[1];
	while (getline(&line, &size, stdin) > 0) {
		line_number++;
		line[strcspn(line, "\n")] = '\0';
		if (*line)
			play_line(line);
	}
	free(line);
	for (size_t i = 0; i < PEOPLE_MAX && *people[i].name; i++)
		wire_close(&people[i].wire);
	return 0;
}
