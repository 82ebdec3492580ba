// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_SECONDS 1

static struct {
	bool on;
	bool shown;
	uint64_t total;
	uint64_t done;
	time_t last;
} progress;

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

void progress_start(uint64_t total)
{
	progress.on = total && isatty(STDERR_FILENO);
	progress.shown = false;
	progress.total = total;
	progress.done = 0;
	progress.last = now();
}

void progress_add(uint64_t bytes)
{
	progress.done += bytes;
	if (!progress.on || now() - progress.last <= INTERVAL_SECONDS)
		return;
	progress.last = now();
	progress.shown = true;
	fprintf(stderr, "\r%3.0f%% of %" PRIu64 " MiB ",
		100.0 * (double)progress.done / (double)progress.total, progress.total >> 20);
}

void progress_end(void)
{
	if (progress.shown)
		fputs("\r\033[K", stderr);
	progress.on = false;
	progress.shown = false;
}
