// SPDX-License-Identifier: GPL-2.0-or-later
#include "participants.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "luoctl.h"

static const struct {
	uint32_t flag;
	const char *word;
	const char *key;
} flag_table[] = {
	{ LUO_PARTICIPANT_INCOMING, "handed-over", "handed_over" },
	{ LUO_PARTICIPANT_PRESENT, "present", "present" },
	{ LUO_PARTICIPANT_OPTIONAL, "optional", "optional" },
	{ LUO_PARTICIPANT_PREPARED, "prepared", "prepared" },
	{ LUO_PARTICIPANT_FROZEN, "frozen", "frozen" },
};

#define FLAG_COUNT (sizeof(flag_table) / sizeof(flag_table[0]))

static const char *participant_kind(uint32_t flags)
{
	return flags & LUO_PARTICIPANT_SUBSYSTEM ? "subsystem" : "core";
}

struct json_object *participant_json(const char *name, uint32_t flags)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "kind", json_object_new_string(participant_kind(flags)));
	for (size_t i = 0; i < FLAG_COUNT; i++)
		json_object_object_add(o, flag_table[i].key,
				       json_object_new_boolean(flags & flag_table[i].flag));
	return o;
}

static void print_flags(uint32_t flags)
{
	const char *separator = "";

	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (!(flags & flag_table[i].flag))
			continue;
		printf("%s%s", separator, flag_table[i].word);
		separator = ", ";
	}
	puts(*separator ? "" : "-");
}

static void print_text(const struct luo_participant_info *list, size_t count)
{
	int width = 4;

	for (size_t i = 0; i < count; i++) {
		int length = (int)strlen(list[i].name);

		width = length > width ? length : width;
	}
	printf("%-*s  %-9s  %s\n", width, "NAME", "KIND", "FLAGS");
	for (size_t i = 0; i < count; i++) {
		print_name(list[i].name, width);
		printf("  %-9s  ", participant_kind(list[i].flags));
		print_flags(list[i].flags);
	}
}

static void print_json(const struct luo_participant_info *list, size_t count)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		json_object_array_add(array, participant_json(list[i].name, list[i].flags));
	json_print(array);
}

static int run_participants(const struct options *options, int count, char **operands)
{
	struct luo_participant_info *list;
	struct luo *luo;
	size_t n;
	int ret;

	ret = open_device(&luo, 0, options);
	if (ret)
		return ret;
	ret = luo_list_participants(luo, &list, &n);
	luo_close(luo);
	if (ret == -EOPNOTSUPP)
		return fail(CODE_UNAVAILABLE,
			    "this kernel's orchestrator cannot list its participants.");
	if (ret)
		return fail(CODE_FAILED, "cannot list the participants: %s", strerror(-ret));

	if (options->given & OPT_JSON)
		print_json(list, n);
	else
		print_text(list, n);
	free(list);
	return CODE_DONE;
}

const struct verb verb_participants = {
	.name = "participants",
	.summary = "List who takes part in live updates, in the order of preparing",
	.details =
		"KIND is 'core' for a part of the orchestrator, else 'subsystem'. FLAGS say what was\n"
		"'handed-over' by the previous kernel, is 'present' in this one, 'optional' in the\n"
		"next, and who has 'prepared' and is 'frozen'.",
	.options = OPT_JSON | OPT_WAIT,
	.run = run_participants,
};
