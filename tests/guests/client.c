// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client of luod that does as it is told:
 *
 *   client SOCKET NAME PREPARE FREEZE CANCEL
 *
 * Each of the last three is what it does when luod asks for it: "ok", "veto", "hang" or
 * "die". What it hears it says, a line each.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

#define FOREVER_MS (600 * 1000)

static struct wire luod;
static int session = -1;

static void say(const char *word, const char *key, const char *value)
{
	struct json_object *message = json_object_new_object();

	json_object_object_add(message, "cmd", json_object_new_string(word));
	if (key)
		json_object_object_add(message, key, json_object_new_string(value));
	wire_send(&luod, message, -1);
}

static void do_it(const char *how, const char *answer)
{
	if (!strcmp(how, "veto"))
		say("VETO", "reason", "told to");
	else if (!strcmp(how, "die"))
		raise(SIGKILL);
	else if (strcmp(how, "hang"))
		say(answer, NULL, NULL);
}

static void hear(const char *word, char **how)
{
	printf("%s\n", word);
	if (!strcmp(word, "START_PRESERVATION")) {
		session = wire_take_fd(&luod);
		do_it(how[0], "READY");
	} else if (!strcmp(word, "FREEZE")) {
		do_it(how[1], "FROZEN");
	} else if (!strcmp(word, "CANCEL")) {
		if (strcmp(how[2], "hang")) {
			close(session);
			session = -1;
		}
		do_it(how[2], "CANCELLED");
	}
}

int main(int argc, char **argv)
{
	struct json_object *message;
	int ret;

	if (argc != 6)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	ret = wire_connect(&luod, argv[1], true, 0);
	if (ret)
		return 1;
	say("SUBSCRIBE", "name", argv[2]);
	while ((ret = wire_wait(&luod, &message, FOREVER_MS)) == 1) {
		const char *word = json_object_get_string(json_object_object_get(message, "cmd"));
		const char *reply =
			json_object_get_string(json_object_object_get(message, "reply"));

		if (word)
			hear(word, argv + 3);
		else if (reply)
			printf("%s %s\n", reply,
			       json_object_get_boolean(json_object_object_get(message, "ok")) ?
				       "ok" : json_object_to_json_string(message));
		json_object_put(message);
	}
	printf("end: %s\n", strerror(-ret));
	return 0;
}
