// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "duration.h"
#include "json.h"
#include "luoctl.h"
#include "timeline.h"

#define TIME_WIDTH 8

const char *record_time_text(uint64_t seconds, char text[RECORD_TIME_SIZE])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (!seconds || !localtime_r(&when, &tm) ||
	    !strftime(text, RECORD_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm))
		strcpy(text, "unknown");
	return text;
}

static void print_field(const char *title, const char *text)
{
	if (!*text)
		return;
	printf("%-15s", title);
	print_name(text, 0);
	putchar('\n');
}

static void print_head(const struct record *r)
{
	const struct luo_report *head = &r->kernel.head;
	char text[RECORD_TIME_SIZE];

	printf("Update:        ");
	if (r->number)
		printf("%" PRIu64 ", ", r->number);
	print_name(r->id, 0);
	printf("\nBegun:         %s\n", record_time_text(r->started_s, text));
	print_field("Result:", strcmp(r->result, "dry_run") ? r->result : "dry run, complete");
	printf("Kernels:       ");
	print_name(*head->old_release ? head->old_release : "unknown", 0);
	printf(" -> ");
	print_name(*head->new_release ? head->new_release : "none", 0);
	putchar('\n');
	print_field("Culprit:", r->culprit);
	print_field("Reason:", r->reason);
	print_field("Error:", r->error);
}

/* Those that the update went on without. */
static void print_left(const struct record *r)
{
	struct json_object *list = NULL;
	const char *separator = "Left out:      ";

	json_object_object_get_ex(r->root, "left", &list);
	if (!json_object_is_type(list, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *name = json_object_array_get_idx(list, i);

		if (!json_object_is_type(name, json_type_string))
			continue;
		fputs(separator, stdout);
		print_clean(stdout, json_object_get_string(name), 0);
		separator = ", ";
	}
	if (*separator == ',')
		putchar('\n');
}

static void print_stages(const struct record *r)
{
	const char *separator = "Phases:        ";

	for (unsigned int i = 0; i < STAGE_COUNT; i++) {
		char text[DURATION_SIZE];

		if (r->stage_ns[i] == LUO_TIME_UNKNOWN)
			continue;
		printf("%s%s %s", separator, record_stage_name(i),
		       duration_text(r->stage_ns[i], text));
		separator = ", ";
	}
	if (*separator == ',')
		putchar('\n');
}

static void print_cell(uint64_t ns, int *pad)
{
	char text[DURATION_SIZE];

	if (ns == LUO_TIME_UNKNOWN)
		strcpy(text, "-");
	else
		duration_text(ns, text);
	printf("%*s%s", *pad + 2, "", text);
	*pad = TIME_WIDTH - (int)strlen(text);
	*pad = *pad < 0 ? 0 : *pad;
}

/* "stop 1.32 ms, save 24.3 ms", and why it is not back. */
static void print_parts(const struct record_client *c, int pad)
{
	const char *separator = "";

	if (c->part_count || *c->reason)
		printf("%*s", pad + 2, "");
	for (size_t i = 0; i < c->part_count; i++) {
		size_t length = strlen(c->parts[i].name);
		char text[DURATION_SIZE];

		if (length > 3 && !strcmp(c->parts[i].name + length - 3, "_ns"))
			length -= 3;
		fputs(separator, stdout);
		print_clean(stdout, c->parts[i].name, (int)length);
		printf(" %s", duration_text(c->parts[i].ns, text));
		separator = ", ";
	}
	if (*c->reason) {
		fputs(separator, stdout);
		print_clean(stdout, c->reason, 0);
	}
	putchar('\n');
}

static void print_clients(const struct record *r, const struct timeline *t)
{
	const struct row *rows = t->rows + (t->count - r->client_count);
	int width = 6;

	for (size_t i = 0; i < r->client_count; i++) {
		int length = (int)strlen(r->clients[i].name);

		width = length > width ? length : width;
	}
	width = width > 63 ? 63 : width;
	printf("\n%-*s  %-10s  %-*s  %-*s  %-*s  PARTS\n", width, "CLIENT", "PHASE", TIME_WIDTH,
	       "BLACKOUT", TIME_WIDTH, "PREPARE", TIME_WIDTH, "FREEZE");
	for (size_t i = 0; i < r->client_count; i++) {
		const struct record_client *c = &r->clients[i];
		int pad = 0;

		print_name(c->name, width);
		printf("  ");
		pad = 10 - print_clean(stdout, c->phase, 10);
		print_cell(rows[i].stopped_ns, &pad);
		print_cell(c->prepare_ns, &pad);
		print_cell(c->freeze_ns, &pad);
		print_parts(c, pad);
	}
}

int record_print(const struct record *record)
{
	struct timeline timeline;
	int code = CODE_DONE;

	if (timeline_make(record, &timeline))
		return fail(CODE_FAILED, "not enough memory for the report.");
	print_head(record);
	print_left(record);
	print_stages(record);
	if (record->has_kernel)
		code = report_print_times(&record->kernel);
	if (!code && record->client_count)
		print_clients(record, &timeline);
	timeline_free(&timeline);
	return code;
}

static void print_result(const struct record *r)
{
	int pad = 9 - print_clean(stdout, strcmp(r->result, "dry_run") ? r->result : "dry run", 9);

	print_cell(record_blackout(r), &pad);
	printf("%*s%*zu", pad + 2, "", *r->culprit ? -9 : 0, r->client_count);
	print_clean(stdout, r->culprit, 127);
	putchar('\n');
}

/* One line of the list. */
static void print_line(const struct record *r)
{
	const struct luo_report *head = &r->kernel.head;
	char kernels[2 * LUO_RELEASE_SIZE + 8];
	char text[RECORD_TIME_SIZE];

	snprintf(kernels, sizeof(kernels), "%s%s%s",
		 *head->old_release ? head->old_release : "unknown",
		 *head->new_release ? " -> " : "", head->new_release);
	printf("%-6" PRIu64 "  %-19s  ", r->number, record_time_text(r->started_s, text));
	print_name(kernels, 28);
	printf("  ");
	print_result(r);
}

static struct json_object *line_json(const struct record *r)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "number", json_object_new_uint64(r->number));
	json_add_text(o, "update_id", r->id);
	json_object_object_add(o, "started_s", json_object_new_uint64(r->started_s));
	json_add_text(o, "old_release", r->kernel.head.old_release);
	json_add_text(o, "new_release", r->kernel.head.new_release);
	json_add_text(o, "result", r->result);
	json_add_text(o, "culprit", r->culprit);
	json_add_text(o, "reason", r->reason);
	json_add_time(o, "blackout_ns", record_blackout(r));
	json_object_object_add(o, "clients", json_object_new_uint64(r->client_count));
	return o;
}

/* What cannot be read is said, and does not keep the others from being listed. */
int record_print_list(const struct history *history, bool json)
{
	struct json_object *array = json ? json_object_new_array() : NULL;
	int worst = CODE_DONE;

	if (!history->count && !json)
		puts("No live update is on record.");
	else if (!json)
		puts("NUMBER  BEGUN                KERNELS                       RESULT     BLACKOUT  "
		     "CLIENTS  CULPRIT");
	for (int i = history->count - 1; i >= 0; i--) {
		struct record record;
		char path[PATH_MAX];
		int code;

		history_path(history, i, path);
		code = record_read(path, &record);
		worst = code ? code : worst;
		if (!code && json)
			json_object_array_add(array, line_json(&record));
		else if (!code)
			print_line(&record);
		record_free(&record);
	}
	if (json)
		json_print(array);
	return worst;
}
