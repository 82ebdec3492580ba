// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "history.h"
#include "luoctl.h"
#include "metrics.h"
#include "timeline.h"

#define NS 1e9

static const char *const results[] = { "done", "cancelled", "dry_run", "failed" };

#define RESULT_COUNT (sizeof(results) / sizeof(results[0]))

/* Guests are told to bear some seconds; what is longer was no good. */
static const double buckets[] = { 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60 };

#define BUCKET_COUNT (sizeof(buckets) / sizeof(buckets[0]))

struct totals {
	unsigned int by_result[RESULT_COUNT];
	unsigned int by_bucket[BUCKET_COUNT];
	unsigned int blackouts;
	double blackout_sum;
	uint64_t newest;
	/* The last that is done. */
	struct record last;
};

static void add_blackout(struct totals *totals, uint64_t ns)
{
	double seconds = (double)ns / NS;

	if (ns == LUO_TIME_UNKNOWN)
		return;
	totals->blackouts++;
	totals->blackout_sum += seconds;
	for (size_t i = 0; i < BUCKET_COUNT; i++)
		totals->by_bucket[i] += seconds <= buckets[i];
}

/* The longest that a client was away, or what is known of the machine. */
static uint64_t blackout_of(const struct record *record)
{
	struct timeline t;
	uint64_t longest = 0;

	if (timeline_make(record, &t))
		return LUO_TIME_UNKNOWN;
	for (size_t i = 0; i < t.count; i++) {
		if (t.rows[i].stopped_ns != LUO_TIME_UNKNOWN && t.rows[i].stopped_ns > longest)
			longest = t.rows[i].stopped_ns;
	}
	timeline_free(&t);
	return longest ? longest : record_blackout(record);
}

/* Takes over @record. */
static void add_record(struct totals *totals, struct record *record)
{
	for (size_t i = 0; i < RESULT_COUNT; i++)
		totals->by_result[i] += !strcmp(record->result, results[i]);
	totals->newest = record->number;
	if (strcmp(record->result, "done")) {
		record_free(record);
		return;
	}
	add_blackout(totals, blackout_of(record));
	record_free(&totals->last);
	totals->last = *record;
}

static void put_totals(FILE *out, const struct totals *totals)
{
	metrics_single(out, "luo_updates_total", "counter",
		       "Live updates that luod has ended on this machine, however that was.",
		       (double)totals->newest);
	metrics_head(out, "luo_history_updates", "gauge",
		     "Live updates on record, by their result.");
	for (size_t i = 0; i < RESULT_COUNT; i++)
		metrics_value(out, "luo_history_updates", "result", results[i],
			      totals->by_result[i]);
	metrics_head(out, "luo_blackout_seconds", "histogram",
		     "Blackout of the live updates on record that are done.");
	for (size_t i = 0; i < BUCKET_COUNT; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%g", buckets[i]);
		metrics_value(out, "luo_blackout_seconds_bucket", "le", text, totals->by_bucket[i]);
	}
	metrics_value(out, "luo_blackout_seconds_bucket", "le", "+Inf", totals->blackouts);
	metrics_value(out, "luo_blackout_seconds_sum", NULL, NULL, totals->blackout_sum);
	metrics_value(out, "luo_blackout_seconds_count", NULL, NULL, totals->blackouts);
}

/* A name is given once, whatever the record says. */
static bool is_first(const struct record *r, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (!strcmp(r->clients[i].name, r->clients[index].name))
			return false;
	}
	return true;
}

static void put_clients(FILE *out, const struct record *r)
{
	const char *name = "luo_last_update_client_blackout_seconds";
	const struct row *rows;
	struct timeline t;

	if (timeline_make(r, &t))
		return;
	rows = t.rows + (t.count - r->client_count);
	if (r->client_count)
		metrics_head(out, name, "gauge",
			     "How long a client could not be used in the last live update.");
	for (size_t i = 0; i < r->client_count; i++) {
		if (rows[i].stopped_ns != LUO_TIME_UNKNOWN && is_first(r, i))
			metrics_value(out, name, "client", r->clients[i].name,
				      (double)rows[i].stopped_ns / NS);
	}
	timeline_free(&t);
}

static void put_last(FILE *out, const struct record *r)
{
	if (r->started_s)
		metrics_single(out, "luo_last_update_timestamp_seconds", "gauge",
			       "When the last live update that is done began, since 1970.",
			       (double)r->started_s);
	if (r->kernel.head.blackout_ns != LUO_TIME_UNKNOWN)
		metrics_single(out, "luo_last_update_kernel_blackout_seconds", "gauge",
			       "Blackout of the kernel in the last live update that is done.",
			       (double)r->kernel.head.blackout_ns / NS);
	put_clients(out, r);
}

int metrics_history(FILE *out)
{
	struct totals totals = { 0 };
	struct history history;
	int code = history_open(&history);

	if (code)
		return code;
	/* One that cannot be read is said, and left out. */
	for (int i = 0; i < history.count; i++) {
		struct record record;
		char path[PATH_MAX];

		history_path(&history, i, path);
		if (!record_read(path, &record))
			add_record(&totals, &record);
	}
	put_totals(out, &totals);
	if (totals.last.root)
		put_last(out, &totals.last);
	record_free(&totals.last);
	history_close(&history);
	return CODE_DONE;
}
