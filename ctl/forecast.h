/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long an update would stand still, by what was measured: what comes before the jump by
 * the dry run that is just over, what comes after it by the updates before this one.
 */
#ifndef LUOCTL_FORECAST_H
#define LUOCTL_FORECAST_H

#include <stdbool.h>

#include "history.h"

enum {
	/* Measured by the dry run. */
	FORECAST_CLIENTS,
	FORECAST_KERNEL,
	/* By earlier updates. */
	FORECAST_SHUTDOWN,
	FORECAST_JUMP,
	FORECAST_BOOT,
	FORECAST_RETURN,
	FORECAST_COUNT,
};

struct forecast_part {
	/* LUO_TIME_UNKNOWN if nobody has measured it. */
	uint64_t ns;
	/* How many updates it is the median of; 0: it is of the dry run. */
	unsigned int updates;
};

struct forecast {
	struct forecast_part parts[FORECAST_COUNT];
	/* There were none, so that they have no part in it. */
	bool has_clients;
};

/* By @now, of the dry run, and the last updates that are complete. */
void forecast_make(const struct record *now, const struct history *history,
		   struct forecast *forecast);
/* What is known of it; *@whole if that is all. */
uint64_t forecast_sum(const struct forecast *forecast, bool *whole);

void forecast_print(const struct forecast *forecast);
void forecast_print_json(const struct forecast *forecast, const char *update_id);

/* After a dry run by luod, which has it on record; or by the kernel alone. */
void forecast_of_luod(const char *update_id, bool json);
void forecast_of_kernel(struct luo *luo, bool json);

#endif /* LUOCTL_FORECAST_H */
