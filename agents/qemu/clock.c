// SPDX-License-Identifier: GPL-2.0-or-later
#include "clock.h"

#include <time.h>

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>

uint64_t clock_stamp(void)
{
	return __rdtsc();
}
#else
uint64_t clock_stamp(void)
{
	return 0;
}
#endif

/* Below this the rate would be of few digits. */
#define MIN_NS 100000000

uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

double clock_rate(uint64_t start_stamp, uint64_t start_ns)
{
	uint64_t ns = clock_ns() - start_ns;

	return ns < MIN_NS ? 0 : (double)(clock_stamp() - start_stamp) / (double)ns;
}

int64_t clock_since(uint64_t stamp, double rate)
{
	uint64_t now = clock_stamp();

	/* A counter that was set back with the jump tells nothing. */
	if (!stamp || !(rate > 0) || now < stamp)
		return -1;
	return (int64_t)((double)(now - stamp) / rate);
}
