// SPDX-License-Identifier: GPL-2.0-or-later
/* Records that are damaged in every way: they are read, or refused, and nothing else. */
#include "record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "timeline.h"

static const char *const paths[] = {
	RECORDS "/record-done.json",
	RECORDS "/record-cancelled.json",
	RECORDS "/record-old.json",
};

#define PATHS (sizeof(paths) / sizeof(paths[0]))

static char *read_file(const char *path)
{
	char *text = calloc(1, 1 << 16);
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_true(fread(text, 1, (1 << 16) - 1, f) > 0);
	fclose(f);
	return text;
}

/* Nothing is before the beginning, or after the end. */
static void check_timeline(const struct record *record)
{
	struct timeline t;

	assert_int_equal(timeline_make(record, &t), 0);
	for (size_t i = 0; i < t.count; i++) {
		for (size_t j = 0; j < t.rows[i].count; j++) {
			const struct span *span = &t.rows[i].spans[j];

			assert_true(span->start_ns + span->ns <= t.total_ns);
		}
	}
	assert_true(!t.stopped_ns || t.stopped_at_ns + t.stopped_ns <= t.total_ns);
	timeline_free(&t);
}

/* Whether it is a record. */
static bool try(const char *text)
{
	struct json_object *root = json_tokener_parse(text);
	struct record record;
	char why[160] = "";
	int ret = record_parse(root, &record, why, sizeof(why));

	if (ret)
		assert_true(*why && !strchr(why, '\n'));
	else
		check_timeline(&record);
	record_blackout(&record);
	record_free(&record);
	return !ret;
}

static void they_are_records(void **state)
{
	for (size_t i = 0; i < PATHS; i++) {
		char *text = read_file(paths[i]);

		assert_true(try(text));
		free(text);
	}
}

static void none_is_one_that_was_cut_off(void **state)
{
	for (size_t i = 0; i < PATHS; i++) {
		char *text = read_file(paths[i]);

		for (size_t end = strlen(text) - 2; end; end--) {
			text[end] = '\0';
			assert_false(try(text));
		}
		free(text);
	}
}

/* Each byte in turn becomes each of those that mean something. */
static void a_byte_is_another(void **state)
{
	static const char others[] = "0-9.e\"{}[],:nt\\ \377";

	for (size_t i = 0; i < PATHS; i++) {
		char *text = read_file(paths[i]);

		for (char *p = text; *p; p++) {
			char was = *p;

			for (const char *other = others; *other; other++) {
				*p = *other;
				try(text);
			}
			*p = was;
		}
		free(text);
	}
}

static const char *const odd_values[] = {
	"null",
	"true",
	"0",
	"-1",
	"-2",
	"8640000000000000",
	"8640000000000001",
	"1e300",
	"9223372036854775807",
	"18446744073709551615",
	"99999999999999999999999",
	"\"\"",
	"\"x\"",
	"[]",
	"[[]]",
	"{}",
	"{\"a\":{}}",
};

#define ODD_VALUES (sizeof(odd_values) / sizeof(odd_values[0]))

static struct json_object *parse(const char *text)
{
	struct json_object *o = json_tokener_parse(text);

	assert_non_null(o);
	return o;
}

static void try_without(struct json_object *root, struct json_object *object, const char *key)
{
	struct json_object *was = json_object_get(json_object_object_get(object, key));

	json_object_object_del(object, key);
	try(json_object_to_json_string(root));
	for (size_t i = 0; i < ODD_VALUES; i++) {
		json_object_object_add(object, key, json_tokener_parse(odd_values[i]));
		try(json_object_to_json_string(root));
	}
	json_object_object_add(object, key, was);
}

/* Each member of @object, and of what is in it, is missing, or something else. */
static void try_members(struct json_object *root, struct json_object *object)
{
	const char *keys[64];
	size_t count = 0;

	if (json_object_is_type(object, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(object); i++)
			try_members(root, json_object_array_get_idx(object, i));
		return;
	}
	if (!json_object_is_type(object, json_type_object))
		return;
	json_object_object_foreach(object, key, value)
	{
		if (count < 64)
			keys[count++] = strdup(key);
		try_members(root, value);
	}
	for (size_t i = 0; i < count; i++) {
		try_without(root, object, keys[i]);
		free((char *)keys[i]);
	}
}

static void a_member_is_missing_or_odd(void **state)
{
	for (size_t i = 0; i < PATHS; i++) {
		char *text = read_file(paths[i]);
		struct json_object *root = parse(text);

		try_members(root, root);
		json_object_put(root);
		free(text);
	}
}

static void all_times_are_as_long_as_can_be(void **state)
{
	struct luo_report_entry entry = { .name = "sessions" };
	struct record record = { .id = "", .result = "completed", .has_kernel = true };
	static const uint64_t longest[] = { 0, 1ULL << 57, 1ULL << 62, UINT64_MAX - 1, UINT64_MAX };

	for (size_t i = 0; i < sizeof(longest) / sizeof(longest[0]); i++) {
		struct luo_report *head = &record.kernel.head;

		head->result = LUO_RESULT_COMPLETED;
		head->prepare_ns = head->freeze_ns = head->shutdown_ns = longest[i];
		head->jump_ns = head->blackout_ns = head->restore_ns = longest[i];
		for (int j = 0; j < LUO_REPORT_CALLS; j++)
			entry.ns[j] = longest[i];
		for (int j = 0; j < STAGE_COUNT; j++)
			record.stage_ns[j] = longest[i];
		record.prepare_ns = record.freeze_ns = longest[i];
		record.kernel.entries = &entry;
		record.kernel.count = 1;
		check_timeline(&record);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_records),
		cmocka_unit_test(none_is_one_that_was_cut_off),
		cmocka_unit_test(a_byte_is_another),
		cmocka_unit_test(a_member_is_missing_or_odd),
		cmocka_unit_test(all_times_are_as_long_as_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
