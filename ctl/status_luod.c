// SPDX-License-Identifier: GPL-2.0-or-later
#include "status_luod.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ask.h"
#include "json.h"

static struct json_object *ask(const struct options *options)
{
	struct json_object *status = NULL;
	struct luod_link luod;
	const char *text;
	int ret;

	ret = luod_connect(&luod, luod_socket(options), luod_patience_ms(options));
	if (!ret)
		ret = luod_ask(&luod, "STATUS", NULL, &status, luod_patience_ms(options));
	luod_disconnect(&luod);
	if (!ret)
		ret = -luod_reply_error(status, &text);
	if (!ret && !luod_text(status, "phase"))
		ret = -EBADMSG;
	if (!ret)
		return status;
	json_object_put(status);
	if (luod_is_absent(ret))
		return NULL;
	status = json_object_new_object();
	json_add_error(status, "error", -ret);
	return status;
}

struct json_object *status_of_luod(const struct options *options)
{
	struct json_object *status = ask(options);

	if (!status)
		return NULL;
	json_object_object_del(status, "reply");
	json_object_object_del(status, "id");
	json_object_object_del(status, "ok");
	return status;
}

const char *status_kept_state(struct json_object *luod)
{
	const char *who = luod_text(luod, "states");

	return who && !strcmp(who, "luod") ? luod_text(luod, "state") : NULL;
}

static void print_last(struct json_object *last)
{
	const char *id = luod_text(last, "update_id");
	const char *culprit = luod_text(last, "culprit");
	const char *reason = luod_text(last, "reason");

	fputs("Last update:   ", stdout);
	print_clean(stdout, id ? id : "", 64);
	if (luod_flag(last, "ok")) {
		puts(luod_flag(last, "dry_run") ? ", a dry run, complete" : ", complete");
		return;
	}
	fputs(", failed", stdout);
	if (culprit && *culprit) {
		fputs(": ", stdout);
		print_clean(stdout, culprit, 127);
	}
	if (reason && *reason) {
		fputs(": ", stdout);
		print_clean(stdout, reason, 255);
	}
	putchar('\n');
}

void status_print_luod(struct json_object *luod)
{
	struct json_object *error = luod_member(luod, "error", json_type_object);
	struct json_object *last = luod_member(luod, "last", json_type_object);
	const char *id = luod_text(luod, "update_id");
	int64_t clients = luod_number(luod, "clients", 0);

	if (!luod) {
		puts("luod:          not running");
		return;
	}
	if (error) {
		printf("luod:          cannot be asked: %s\n", luod_text(error, "text"));
		return;
	}
	printf("luod:          process %" PRId64 ", ", luod_number(luod, "pid", 0));
	print_clean(stdout, luod_text(luod, "phase"), 32);
	printf(", %" PRId64 " client%s\n", clients, clients == 1 ? "" : "s");
	if (id && *id) {
		fputs("Update:        ", stdout);
		print_clean(stdout, id, 64);
		putchar('\n');
	}
	if (last)
		print_last(last);
}
