// SPDX-License-Identifier: GPL-2.0-or-later
#include "honest.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

/* All of a second's timeouts, and more than one client after the other to time out. */
#define UPDATE_MS	30000
#define ANSWER_MS	5000
#define ASK_EVERY_MS	50
/* For others to subscribe. */
#define PAUSE_MS	100

struct honest {
	struct wire wire;
	/* Since when an answer is awaited, or 0. */
	int64_t asked_ms;
	int64_t answered_ms;
};

static struct honest asks, client, updates;
static const char *socket_path;
static bool resting;
static struct {
	unsigned long answers, updates, complete, words;
	int64_t longest_ms;
} counts;

void give_up(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Less a clock, which luod opens when it is needed. */
int count_fds(pid_t process)
{
	char path[64];
	char target[64];
	struct dirent *entry;
	int count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", process);
	dir = opendir(path);
	if (!dir)
		give_up("luod is gone");
	while ((entry = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		count += n > 0 && strcmp(target, "anon_inode:[timerfd]") != 0;
	}
	closedir(dir);
	return count;
}

long memory_kb(pid_t process, const char *key)
{
	char path[64];
	char line[256];
	size_t length = strlen(key);
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", process);
	f = fopen(path, "re");
	if (!f)
		give_up("luod is gone");
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, key, length))
			kb = strtol(line + length + 1, NULL, 10);
	}
	fclose(f);
	return kb;
}

static void say(struct honest *h, const char *words)
{
	int ret = wire_send(&h->wire, json_tokener_parse(words), -1);

	if (ret)
		give_up("'%s' cannot be said: %s", words, strerror(-ret));
}

static struct json_object *hear(struct honest *h)
{
	struct json_object *message;
	int fd, ret;

	if (wire_receive(&h->wire) < 0 || wire_flush(&h->wire))
		give_up("luod has hung up on an honest one");
	ret = wire_next(&h->wire, &message);
	if (ret < 0)
		give_up("luod says what makes no sense: %s", strerror(-ret));
	if (ret == 0 && h->wire.ended)
		give_up("luod has hung up on an honest one");
	while ((fd = wire_take_fd(&h->wire)) >= 0)
		close(fd);
	return message;
}

static const char *member(struct json_object *message, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(message, key));

	return text ? text : "";
}

static void go_on_asking(void)
{
	int64_t now = now_ms();
	struct json_object *message = hear(&asks);

	if (message) {
		if (strcmp(member(message, "reply"), "STATUS"))
			give_up("not the status: %s", json_object_to_json_string(message));
		if (now - asks.asked_ms > counts.longest_ms)
			counts.longest_ms = now - asks.asked_ms;
		asks.asked_ms = 0;
		asks.answered_ms = now;
		counts.answers++;
		json_object_put(message);
	}
	if (asks.asked_ms && now - asks.asked_ms > ANSWER_MS)
		give_up("the status was asked for %lld ms ago", (long long)(now - asks.asked_ms));
	if (asks.asked_ms || now - asks.answered_ms < ASK_EVERY_MS)
		return;
	say(&asks, "{\"cmd\":\"STATUS\"}");
	asks.asked_ms = now;
}

static void go_on_as_client(void)
{
	struct json_object *message = hear(&client);
	const char *word = member(message, "cmd");

	if (!message)
		return;
	counts.words++;
	if (!strcmp(word, "START_PRESERVATION"))
		say(&client, "{\"cmd\":\"READY\"}");
	else if (!strcmp(word, "FREEZE"))
		say(&client, "{\"cmd\":\"FROZEN\"}");
	else if (!strcmp(word, "CANCEL"))
		say(&client, "{\"cmd\":\"CANCELLED\"}");
	else
		give_up("that is not for a client: %s", json_object_to_json_string(message));
	json_object_put(message);
}

static void go_on_updating(void)
{
	int64_t now = now_ms();
	struct json_object *message;

	while ((message = hear(&updates))) {
		if (!strcmp(member(message, "reply"), "UPDATE")) {
			counts.updates++;
			counts.complete += !strcmp(member(message, "ok"), "true");
			updates.asked_ms = 0;
			updates.answered_ms = now;
		}
		json_object_put(message);
	}
	if (updates.asked_ms && now - updates.asked_ms > UPDATE_MS)
		give_up("an update takes %lld ms", (long long)(now - updates.asked_ms));
	if (resting || updates.asked_ms || now - updates.answered_ms < PAUSE_MS)
		return;
	say(&updates, "{\"cmd\":\"UPDATE\",\"dry_run\":true}");
	updates.asked_ms = now;
}

static void connect_to(struct honest *h, const char *path)
{
	int ret = wire_connect(&h->wire, path, true, 0);

	if (ret)
		give_up("%s: %s", path, strerror(-ret));
	h->answered_ms = now_ms();
}

void honest_start(const char *path)
{
	struct json_object *message;

	socket_path = path;
	connect_to(&asks, path);
	connect_to(&client, path);
	connect_to(&updates, path);
	say(&client, "{\"cmd\":\"SUBSCRIBE\",\"name\":\"honest\"}");
	if (wire_wait(&client.wire, &message, ANSWER_MS) != 1 ||
	    strcmp(member(message, "ok"), "true"))
		give_up("an honest client is not taken");
	json_object_put(message);
}

void honest_go_on(void)
{
	go_on_asking();
	go_on_as_client();
	go_on_updating();
}

void honest_rest(void)
{
	resting = true;
	do {
		honest_go_on();
		usleep(1000);
	} while (updates.asked_ms);
	resting = false;
}

void honest_newcomer(void)
{
	struct honest newcomer = { 0 };
	struct json_object *message;

	connect_to(&newcomer, socket_path);
	say(&newcomer, "{\"cmd\":\"STATUS\"}");
	if (wire_wait(&newcomer.wire, &message, ANSWER_MS) != 1 ||
	    strcmp(member(message, "reply"), "STATUS"))
		give_up("a newcomer is not heard");
	json_object_put(message);
	wire_close(&newcomer.wire);
}

void honest_report(void)
{
	printf("%lu honest answers, the last to come after %lld ms; %lu updates, %lu of them "
	       "complete, in which a client was told %lu times\n", counts.answers,
	       (long long)counts.longest_ms, counts.updates, counts.complete, counts.words);
	if (!counts.answers || !counts.complete || counts.complete == counts.updates)
		give_up("that is not what was to be tried");
}

void honest_stop(void)
{
	honest_rest();
	wire_close(&asks.wire);
	wire_close(&client.wire);
	wire_close(&updates.wire);
}
