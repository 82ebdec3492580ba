// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "luoctl.h"

#define VERSION 1
#define LIST_MAX 65536
/* A hundred days: what is longer is no time of an update, and sums stay what they are. */
#define TIME_MAX_NS (8640000ULL * 1000000000)
#define NUMBER_MAX (1LL << 53)

static const char *const stage_names[STAGE_COUNT] = {
	[STAGE_LOADING] = "loading",	 [STAGE_PRESERVING] = "preserving",
	[STAGE_PREPARING] = "preparing", [STAGE_FREEZING] = "freezing",
	[STAGE_JUMPING] = "jumping",	 [STAGE_CANCELLING] = "cancelling",
	[STAGE_RESTORING] = "restoring", [STAGE_FINISHING] = "finishing",
};

const char *record_stage_name(unsigned int stage)
{
	return stage_names[stage];
}

/* Members of an object; the first that makes no sense is remembered. */
struct reader {
	char bad[64];
};

static void blame(struct reader *reader, const char *key)
{
	if (!*reader->bad)
		snprintf(reader->bad, sizeof(reader->bad), "%s", key);
}

/* NULL: there is none, or it is null, or not of that type. */
static struct json_object *take(struct reader *reader, struct json_object *from, const char *key,
				enum json_type type)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, key, &value) || !value)
		return NULL;
	if (json_object_is_type(value, type))
		return value;
	blame(reader, key);
	return NULL;
}

static const char *take_text(struct reader *reader, struct json_object *from, const char *key)
{
	struct json_object *value = take(reader, from, key, json_type_string);
	const char *text = value ? json_object_get_string(value) : "";

	/* A zero in it would hide the rest. */
	if (value && strlen(text) != (size_t)json_object_get_string_len(value))
		blame(reader, key);
	return text;
}

static uint64_t take_number(struct reader *reader, struct json_object *from, const char *key)
{
	struct json_object *value = take(reader, from, key, json_type_int);
	int64_t number = value ? json_object_get_int64(value) : 0;

	if (number < 0 || number > NUMBER_MAX) {
		blame(reader, key);
		return 0;
	}
	return (uint64_t)number;
}

static uint64_t time_of(struct reader *reader, struct json_object *value, const char *key)
{
	int64_t ns = json_object_get_int64(value);

	if (!json_object_is_type(value, json_type_int) || ns < -1 || ns > (int64_t)TIME_MAX_NS) {
		blame(reader, key);
		return LUO_TIME_UNKNOWN;
	}
	return ns == -1 ? LUO_TIME_UNKNOWN : (uint64_t)ns;
}

static uint64_t take_time(struct reader *reader, struct json_object *from, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, key, &value) || !value)
		return LUO_TIME_UNKNOWN;
	return time_of(reader, value, key);
}

static int32_t take_error(struct reader *reader, struct json_object *from, const char *key)
{
	struct json_object *value = take(reader, from, key, json_type_int);
	int64_t error = value ? json_object_get_int64(value) : 0;

	if (error < INT_MIN || error > INT_MAX) {
		blame(reader, key);
		return 0;
	}
	return (int)error;
}

/* An array of objects, and how many there are; @array has room for them. */
static struct json_object *take_list(struct reader *reader, struct json_object *from,
				     const char *key, size_t size, void **array, size_t *count)
{
	struct json_object *list = take(reader, from, key, json_type_array);
	size_t n = list ? json_object_array_length(list) : 0;

	*count = 0;
	if (n > LIST_MAX)
		blame(reader, key);
	for (size_t i = 0; i < n; i++) {
		if (!json_object_is_type(json_object_array_get_idx(list, i), json_type_object))
			blame(reader, key);
	}
	if (*reader->bad)
		return NULL;
	*array = calloc(n + 1, size);
	if (!*array)
		blame(reader, "memory");
	else
		*count = n;
	return list;
}

static void take_parts(struct reader *reader, struct json_object *from, struct record_client *c)
{
	struct json_object *parts = take(reader, from, "parts", json_type_object);

	if (!parts)
		return;
	json_object_object_foreach(parts, key, value)
	{
		if (c->part_count == RECORD_PARTS)
			return;
		c->parts[c->part_count].name = key;
		c->parts[c->part_count++].ns = time_of(reader, value, "parts");
	}
}

static void take_clients(struct reader *reader, struct record *record)
{
	void *array = NULL;
	struct json_object *list = take_list(reader, record->root, "clients",
					     sizeof(*record->clients), &array,
					     &record->client_count);

	record->clients = array;
	for (size_t i = 0; i < record->client_count; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct record_client *c = &record->clients[i];

		c->name = take_text(reader, o, "name");
		c->phase = take_text(reader, o, "phase");
		c->reason = take_text(reader, o, "reason");
		c->prepare_ns = take_time(reader, o, "prepare_ns");
		c->freeze_ns = take_time(reader, o, "freeze_ns");
		c->back_ns = take_time(reader, o, "back_ns");
		c->blackout_ns = take_time(reader, o, "blackout_ns");
		take_parts(reader, o, c);
		if (!*c->name)
			blame(reader, "clients");
	}
}

static void take_lines(struct reader *reader, struct record *record)
{
	void *array = NULL;
	struct json_object *list = take_list(reader, record->root, "log", sizeof(*record->lines),
					     &array, &record->line_count);

	record->lines = array;
	for (size_t i = 0; i < record->line_count; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		record->lines[i].at_ms = take_number(reader, o, "at_ms");
		record->lines[i].priority = take_number(reader, o, "priority");
		record->lines[i].about = take_text(reader, o, "about");
		record->lines[i].text = take_text(reader, o, "text");
	}
}

static void take_participants(struct reader *reader, struct record *record)
{
	void *array = NULL;
	struct json_object *list = take_list(reader, record->root, "participants",
					     sizeof(*record->kernel.entries), &array,
					     &record->kernel.count);

	record->kernel.entries = array;
	for (size_t i = 0; i < record->kernel.count; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct luo_report_entry *entry = &record->kernel.entries[i];

		snprintf(entry->name, sizeof(entry->name), "%s", take_text(reader, o, "name"));
		entry->flags = (uint32_t)take_number(reader, o, "flags");
		entry->error = take_error(reader, o, "error");
		for (unsigned int j = 0; j < LUO_REPORT_CALLS; j++) {
			char key[32];

			snprintf(key, sizeof(key), "%s_ns", luo_callback_name(j));
			entry->ns[j] = j < REPORT_CALLBACKS ? take_time(reader, o, key) :
							      LUO_TIME_UNKNOWN;
		}
	}
}

static void take_kernel(struct reader *reader, struct record *record)
{
	struct json_object *o = take(reader, record->root, "kernel", json_type_object);
	struct luo_report *head = &record->kernel.head;
	const char *result = take_text(reader, o, "result");
	const char *step = take_text(reader, o, "step");

	record->has_kernel = o;
	for (unsigned int i = 0; i <= LUO_RESULT_FAILED; i++) {
		if (!strcmp(result, luo_result_name(i)))
			head->result = i;
	}
	for (unsigned int i = 0; i < REPORT_CALLBACKS; i++) {
		if (!strcmp(step, luo_callback_name(i)))
			head->callback = i;
	}
	head->number = take_number(reader, o, "number");
	head->error = take_error(reader, o, "error");
	head->prepare_ns = take_time(reader, o, "prepare_ns");
	head->freeze_ns = take_time(reader, o, "freeze_ns");
	head->shutdown_ns = take_time(reader, o, "shutdown_ns");
	head->jump_ns = take_time(reader, o, "jump_ns");
	head->blackout_ns = take_time(reader, o, "blackout_ns");
	head->restore_ns = take_time(reader, o, "restore_ns");
	snprintf(head->culprit, sizeof(head->culprit), "%s", take_text(reader, o, "culprit"));
	snprintf(head->old_release, sizeof(head->old_release), "%s",
		 take_text(reader, record->root, "old_release"));
	snprintf(head->new_release, sizeof(head->new_release), "%s",
		 take_text(reader, record->root, "new_release"));
}

static void take_head(struct reader *reader, struct record *record)
{
	struct json_object *phases = take(reader, record->root, "phases", json_type_object);

	record->id = take_text(reader, record->root, "update_id");
	record->boot_id = take_text(reader, record->root, "boot_id");
	record->result = take_text(reader, record->root, "result");
	record->culprit = take_text(reader, record->root, "culprit");
	record->reason = take_text(reader, record->root, "reason");
	record->error = take_text(reader, record->root, "error");
	record->number = take_number(reader, record->root, "number");
	record->started_s = take_number(reader, record->root, "started_s");
	record->prepare_ns = take_time(reader, record->root, "prepare_ns");
	record->freeze_ns = take_time(reader, record->root, "freeze_ns");
	for (unsigned int i = 0; i < STAGE_COUNT; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_ns", stage_names[i]);
		record->stage_ns[i] = take_time(reader, phases, key);
	}
}

/* Before there was a history, a record was only made of what was done. */
static void fill_result(struct record *record)
{
	if (*record->result)
		return;
	record->result = "done";
	for (size_t i = 0; i < record->client_count; i++) {
		if (strcmp(record->clients[i].phase, "restored"))
			record->result = "failed";
	}
}

int record_parse(struct json_object *root, struct record *record, char *why, size_t size)
{
	struct reader reader = { "" };
	struct json_object *value;
	int64_t version = VERSION;

	*record = (struct record){ .root = root };
	if (!json_object_is_type(root, json_type_object)) {
		snprintf(why, size, "it is no JSON object");
		return -EBADMSG;
	}
	if (json_object_object_get_ex(root, "version", &value))
		version = json_object_is_type(value, json_type_int) ? json_object_get_int64(value) :
								      0;
	if (version != VERSION) {
		snprintf(why, size, "its version is %" PRId64 ", and this luoctl reads version %d",
			 version, VERSION);
		return -EPROTONOSUPPORT;
	}
	take_head(&reader, record);
	take_kernel(&reader, record);
	take_participants(&reader, record);
	take_clients(&reader, record);
	take_lines(&reader, record);
	if (!*reader.bad && !*record->id)
		blame(&reader, "update_id");
	fill_result(record);
	if (!*reader.bad)
		return 0;
	snprintf(why, size, "its member '%s' %s", reader.bad,
		 strcmp(reader.bad, "update_id") ? "makes no sense" :
						   "is missing, or makes no sense");
	return -EBADMSG;
}

void record_free(struct record *record)
{
	json_object_put(record->root);
	free(record->kernel.entries);
	free(record->clients);
	free(record->lines);
	*record = (struct record){ 0 };
}

uint64_t record_blackout(const struct record *record)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < record->client_count; i++) {
		uint64_t ns = record->clients[i].blackout_ns;

		if (ns != LUO_TIME_UNKNOWN && ns > longest)
			longest = ns;
	}
	return longest ? longest : record->kernel.head.blackout_ns;
}
