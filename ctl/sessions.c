// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "luoctl.h"

static const char *session_direction(const struct luo_session_info *info)
{
	return info->flags & LUO_SESSION_INCOMING ? "incoming" : "outgoing";
}

static const char *session_state(const struct luo_session_info *info)
{
	if (!(info->flags & LUO_SESSION_INCOMING))
		return "open";
	if (info->flags & LUO_SESSION_FINISHED)
		return "finished";
	return info->flags & LUO_SESSION_RETRIEVED ? "retrieved" : "unclaimed";
}

static void print_text(const struct luo_session_info *list, size_t count)
{
	int width = 4;

	for (size_t i = 0; i < count; i++) {
		int length = (int)strlen(list[i].name);

		width = length > width ? length : width;
	}
	printf("%-*s  %-9s  %-9s  %s\n", width, "NAME", "DIRECTION", "STATE", "FILES");
	for (size_t i = 0; i < count; i++) {
		print_name(list[i].name, width);
		printf("  %-9s  %-9s  %" PRIu64 "\n", session_direction(&list[i]),
		       session_state(&list[i]), list[i].files);
	}
}

static void print_json(const struct luo_session_info *list, size_t count)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "name", json_object_new_string(list[i].name));
		json_object_object_add(o, "direction",
				       json_object_new_string(session_direction(&list[i])));
		json_object_object_add(o, "state", json_object_new_string(session_state(&list[i])));
		json_object_object_add(o, "files", json_object_new_uint64(list[i].files));
		json_object_array_add(array, o);
	}
	json_print(array);
}

static int run_sessions(const struct options *options, int count, char **operands)
{
	struct luo_session_info *list;
	struct luo *luo;
	size_t n;
	int ret;

	ret = open_device(&luo, 0, options);
	if (ret)
		return ret;
	ret = luo_list_sessions(luo, &list, &n);
	luo_close(luo);
	if (ret == -EOPNOTSUPP)
		return fail(CODE_UNAVAILABLE, "this kernel's orchestrator cannot list sessions.");
	if (ret)
		return fail(CODE_FAILED, "cannot list the sessions: %s", strerror(-ret));

	if (options->given & OPT_JSON)
		print_json(list, n);
	else
		print_text(list, n);
	free(list);
	return CODE_DONE;
}

const struct verb verb_sessions = {
	.name = "sessions",
	.summary = "List the sessions, those handed over and those to hand over",
	.details =
		"STATE is 'open' before the jump; after it 'unclaimed', then 'retrieved' once its\n"
		"owner has taken it back, then 'finished'.",
	.options = OPT_JSON | OPT_WAIT,
	.run = run_sessions,
};
