// SPDX-License-Identifier: GPL-2.0-or-later
#include "clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Below this the rate would be of few digits. */
#define MIN_NS		100000000
/* A jump that takes longer is none: the counter was set in between. */
#define MAX_NS		(3600LL * 1000000000)

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>

/*
 * The kernel no longer offers it as a clock once it has found that it is not reliable.
 * In its first second, until it is sure of the rate, its name is another.
 */
static int is_reliable(void)
{
	static const char path[] =
		"/sys/devices/system/clocksource/clocksource0/available_clocksource";
	char line[256] = "";
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	if (!fgets(line, sizeof(line), f))
		*line = '\0';
	fclose(f);
	for (char *p = strtok(line, " \n"); p; p = strtok(NULL, " \n")) {
		if (!strcmp(p, "tsc") || !strcmp(p, "tsc-early"))
			return 1;
	}
	return 0;
}

static uint64_t read_counter(void)
{
	return __rdtsc();
}
#elif defined(__aarch64__)
static int is_reliable(void)
{
	return 1;
}

static uint64_t read_counter(void)
{
	uint64_t count;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(count));
	return count;
}
#else
static int is_reliable(void)
{
	return 0;
}

static uint64_t read_counter(void)
{
	return 0;
}
#endif

uint64_t clock_stamp(void)
{
	static int reliable = -1;

	if (reliable < 0)
		reliable = is_reliable();
	return reliable ? read_counter() : 0;
}

uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

double clock_rate(uint64_t start_stamp, uint64_t start_ns)
{
	uint64_t ns = clock_ns() - start_ns;

	if (ns < MIN_NS || !start_stamp)
		return 0;
	return (double)(clock_stamp() - start_stamp) / (double)ns;
}

int64_t clock_since(uint64_t stamp, double rate)
{
	uint64_t now = clock_stamp();
	double ns;

	/* A counter that was set back with the jump tells nothing. */
	if (!stamp || !(rate > 0) || now < stamp)
		return -1;
	ns = (double)(now - stamp) / rate;
	return ns < (double)MAX_NS ? (int64_t)ns : -1;
}
