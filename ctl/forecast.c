// SPDX-License-Identifier: GPL-2.0-or-later
#include "forecast.h"

#include <stdlib.h>
#include <string.h>

#include "luoctl.h"

/* Of how many updates at most: kernels and guests change. */
#define UPDATES_MAX 5

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t median(uint64_t *ns, size_t count)
{
	qsort(ns, count, sizeof(*ns), compare);
	return count % 2 ? ns[count / 2] : (ns[count / 2 - 1] + ns[count / 2]) / 2;
}

/* From when the new kernel was there until the last client was back. */
static uint64_t return_ns(const struct record *record)
{
	uint64_t last = LUO_TIME_UNKNOWN;

	for (size_t i = 0; i < record->client_count; i++) {
		uint64_t ns = record->clients[i].back_ns;

		if (ns != LUO_TIME_UNKNOWN && (last == LUO_TIME_UNKNOWN || ns > last))
			last = ns;
	}
	return last;
}

static void parts_of(const struct record *record, uint64_t ns[FORECAST_COUNT])
{
	struct phase phases[PHASE_COUNT];

	report_phases(&record->kernel.head, phases);
	ns[FORECAST_CLIENTS] = record->freeze_ns;
	ns[FORECAST_KERNEL] = record->has_kernel ? phases[PHASE_FREEZE].ns : LUO_TIME_UNKNOWN;
	ns[FORECAST_SHUTDOWN] = record->has_kernel ? phases[PHASE_SHUTDOWN].ns : LUO_TIME_UNKNOWN;
	ns[FORECAST_JUMP] = record->has_kernel ? phases[PHASE_JUMP].ns : LUO_TIME_UNKNOWN;
	ns[FORECAST_BOOT] = record->has_kernel ? phases[PHASE_BOOT].ns : LUO_TIME_UNKNOWN;
	ns[FORECAST_RETURN] = return_ns(record);
}

/* Records of an older or later luod, or damaged ones, count as much as those not there. */
static bool read_done(const struct history *history, int index, struct record *record)
{
	char path[PATH_MAX];

	history_path(history, index, path);
	if (record_try(path, record))
		return false;
	if (!strcmp(record->result, "done"))
		return true;
	record_free(record);
	return false;
}

void forecast_make(const struct record *now, const struct history *history,
		   struct forecast *forecast)
{
	uint64_t earlier[FORECAST_COUNT][UPDATES_MAX];
	size_t counts[FORECAST_COUNT] = { 0 };
	uint64_t ns[FORECAST_COUNT];
	struct record record;
	size_t updates = 0;

	for (int i = history->count - 1; i >= 0 && updates < UPDATES_MAX; i--) {
		if (!read_done(history, i, &record))
			continue;
		updates++;
		parts_of(&record, ns);
		for (size_t part = 0; part < FORECAST_COUNT; part++) {
			if (ns[part] != LUO_TIME_UNKNOWN)
				earlier[part][counts[part]++] = ns[part];
		}
		record_free(&record);
	}
	forecast->has_clients = now->client_count > 0;
	parts_of(now, ns);
	for (size_t part = 0; part < FORECAST_COUNT; part++) {
		struct forecast_part *p = &forecast->parts[part];

		*p = (struct forecast_part){ .ns = ns[part] };
		if (part <= FORECAST_KERNEL || !counts[part])
			continue;
		p->ns = median(earlier[part], counts[part]);
		p->updates = (unsigned int)counts[part];
	}
}

uint64_t forecast_sum(const struct forecast *forecast, bool *whole)
{
	uint64_t sum = 0;

	*whole = true;
	for (size_t part = 0; part < FORECAST_COUNT; part++) {
		bool is_clients = part == FORECAST_CLIENTS || part == FORECAST_RETURN;
		uint64_t ns = forecast->parts[part].ns;

		if (is_clients && !forecast->has_clients)
			continue;
		if (ns == LUO_TIME_UNKNOWN)
			*whole = false;
		else
			sum += ns;
	}
	return sum;
}

static void show(const struct record *now, const struct history *history, bool json)
{
	struct forecast forecast;

	forecast_make(now, history, &forecast);
	if (json)
		forecast_print_json(&forecast, now->id);
	else
		forecast_print(&forecast);
}

void forecast_of_luod(const char *update_id, bool json)
{
	struct history history;
	struct record now;
	bool found;

	if (history_open(&history))
		return;
	if (!history_last(&history, &now, &found) && found && !strcmp(now.id, update_id))
		show(&now, &history, json);
	else
		message("luod has no record of the dry run: what it has measured is not known.");
	record_free(&now);
	history_close(&history);
}

void forecast_of_kernel(struct luo *luo, bool json)
{
	struct history history;
	struct report report;
	struct record now;

	if (luo_get_report(luo, &report.head, &report.entries, &report.count))
		return;
	/* Of whatever else, it is not of what is just over. */
	if (report.head.result != LUO_RESULT_CANCELLED)
		report.head.freeze_ns = LUO_TIME_UNKNOWN;
	record_from_kernel(&report, &now);
	if (!history_open(&history)) {
		show(&now, &history, json);
		history_close(&history);
	}
	record_free(&now);
}
