// SPDX-License-Identifier: GPL-2.0-or-later
#include "clients.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

/* More than luod has, so that a list that never ends does. */
#define CLIENTS_MAX 65536

/* What @clients has, one after the other, behind what is in @all; *more: there are more. */
static int add_page(struct json_object *all, struct json_object *reply, bool *more)
{
	struct json_object *page = luod_member(reply, "clients", json_type_array);
	size_t count = page ? json_object_array_length(page) : 0;

	*more = luod_number(reply, "more", 0) > 0 && count;
	if (!page || json_object_array_length(all) + count > CLIENTS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		struct json_object *client = json_object_array_get_idx(page, i);

		if (!luod_text(client, "name") || !luod_text(client, "phase"))
			return -EBADMSG;
		json_object_array_add(all, json_object_get(client));
	}
	return 0;
}

static struct json_object *rest_of(struct json_object *all)
{
	size_t count = json_object_array_length(all);
	struct json_object *members = json_object_new_object();

	if (count) {
		struct json_object *last = json_object_array_get_idx(all, count - 1);

		json_object_object_add(members, "after",
				       json_object_new_string(luod_text(last, "name")));
	}
	return members;
}

int clients_get(struct luod_link *luod, const struct options *options, struct json_object *all)
{
	bool more = true;

	while (more) {
		struct json_object *reply;
		int code = ask_luod(luod, options, "CLIENTS", rest_of(all), &reply);
		int ret;

		if (code)
			return code;
		ret = add_page(all, reply, &more);
		json_object_put(reply);
		if (ret)
			return luod_lost(luod, ret, "");
	}
	return CODE_DONE;
}

static const char *user_name(int64_t uid, char text[32])
{
	struct passwd *user = uid >= 0 && uid < UINT32_MAX ? getpwuid((uid_t)uid) : NULL;

	if (user)
		return user->pw_name;
	snprintf(text, 32, "%" PRId64, uid);
	return text;
}

static const char *age_text(int64_t ms, char text[32])
{
	int64_t seconds = ms / 1000;

	if (ms < 0)
		snprintf(text, 32, "-");
	else if (seconds < 60)
		snprintf(text, 32, "%" PRId64 ".%" PRId64 " s", seconds, ms % 1000 / 100);
	else if (seconds < 3600)
		snprintf(text, 32, "%" PRId64 " min", seconds / 60);
	else if (seconds < 86400)
		snprintf(text, 32, "%" PRId64 " h %" PRId64 " min", seconds / 3600,
			 seconds % 3600 / 60);
	else
		snprintf(text, 32, "%" PRId64 " d", seconds / 86400);
	return text;
}

static int text_width(const char *text)
{
	int width = 0;

	for (; *text; width++) {
		size_t length = utf8_length(text);

		text += length ? length : 1;
	}
	return width;
}

static void print_client(struct json_object *client, int width)
{
	int64_t total = luod_number(client, "total", 0);
	char user[32];
	char age[32];

	print_name(luod_text(client, "name"), width);
	printf("  %7" PRId64 "  ", luod_number(client, "pid", 0));
	print_name(user_name(luod_number(client, "uid", -1), user), 10);
	fputs("  ", stdout);
	print_name(luod_text(client, "phase"), 10);
	printf("  %9s", age_text(luod_number(client, "since_ms", -1), age));
	if (total > 0)
		printf("  %" PRId64 " of %" PRId64, luod_number(client, "done", 0), total);
	putchar('\n');
}

static void print_text(struct json_object *all)
{
	size_t count = json_object_array_length(all);
	int width = 4;

	for (size_t i = 0; i < count; i++) {
		int w = text_width(luod_text(json_object_array_get_idx(all, i), "name"));

		width = w > width ? w : width;
	}
	printf("%-*s  %7s  %-10s  %-10s  %9s\n", width, "NAME", "PID", "USER", "PHASE", "SINCE");
	for (size_t i = 0; i < count; i++)
		print_client(json_object_array_get_idx(all, i), width);
}

static int run_clients(const struct options *options, int count, char **operands)
{
	struct json_object *all;
	struct luod_link luod;
	int code = need_luod(&luod, options);

	if (code)
		return code;
	all = json_object_new_array();
	code = clients_get(&luod, options, all);
	luod_disconnect(&luod);
	if (!code && options->given & OPT_JSON)
		json_print(json_object_get(all));
	else if (!code)
		print_text(all);
	json_object_put(all);
	return code;
}

const struct verb verb_clients = {
	.name = "clients",
	.summary = "List luod's clients: programs that are to survive an update",
	.details =
		"PHASE is 'subscribed' where no update is under way; SINCE tells for how long it\n"
		"has been so. During an update, a client may tell how far it is.",
	.options = OPT_JSON | OPT_SOCKET | OPT_WAIT,
	.run = run_clients,
};
