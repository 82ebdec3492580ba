// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "duration.h"
#include "forecast.h"
#include "json.h"

static const struct {
	const char *title;
	const char *key;
} names[FORECAST_COUNT] = {
	[FORECAST_CLIENTS] = { "clients freeze", "clients_freeze" },
	[FORECAST_KERNEL] = { "kernel freezes", "freeze" },
	[FORECAST_SHUTDOWN] = { "shutdown", "shutdown" },
	[FORECAST_JUMP] = { "jump", "jump" },
	[FORECAST_BOOT] = { "boot", "boot" },
	[FORECAST_RETURN] = { "clients return", "clients_return" },
};

static bool counts(const struct forecast *forecast, size_t part)
{
	return forecast->has_clients || (part != FORECAST_CLIENTS && part != FORECAST_RETURN);
}

static void print_part(const struct forecast_part *part, const char *title)
{
	char text[DURATION_SIZE];

	printf("  %-15s %-9s", title, duration_text(part->ns, text));
	if (part->ns == LUO_TIME_UNKNOWN)
		printf(" never measured here\n");
	else if (!part->updates)
		printf(" measured now\n");
	else if (part->updates == 1)
		printf(" in the last update\n");
	else
		printf(" median of the last %u updates\n", part->updates);
}

void forecast_print(const struct forecast *forecast)
{
	char text[DURATION_SIZE];
	bool whole;
	uint64_t sum = forecast_sum(forecast, &whole);

	if (!sum) {
		puts("Blackout to expect: unknown, nothing of it was measured here yet");
		return;
	}
	printf("Blackout to expect: %s%s\n", whole ? "" : "more than ", duration_text(sum, text));
	for (size_t i = 0; i < FORECAST_COUNT; i++) {
		if (counts(forecast, i))
			print_part(&forecast->parts[i], names[i].title);
	}
}

void forecast_print_json(const struct forecast *forecast, const char *update_id)
{
	struct json_object *root = json_object_new_object();
	struct json_object *parts = json_object_new_array();
	bool whole;
	uint64_t sum = forecast_sum(forecast, &whole);

	json_add_text(root, "update_id", update_id);
	json_add_time(root, "blackout_ns", whole ? sum : LUO_TIME_UNKNOWN);
	json_add_time(root, "known_ns", sum);
	for (size_t i = 0; i < FORECAST_COUNT; i++) {
		const struct forecast_part *part = &forecast->parts[i];
		struct json_object *o;

		if (!counts(forecast, i))
			continue;
		o = json_object_new_object();
		json_add_text(o, "name", names[i].key);
		json_add_time(o, "ns", part->ns);
		json_add_text(o, "measured",
			      part->ns == LUO_TIME_UNKNOWN ? "" :
			      part->updates		   ? "earlier" :
							     "now");
		json_object_object_add(o, "updates", json_object_new_int((int)part->updates));
		json_object_array_add(parts, o);
	}
	json_object_object_add(root, "parts", parts);
	json_print(root);
}
