// SPDX-License-Identifier: GPL-2.0-or-later
#include "duration.h"

#include <inttypes.h>
#include <stdio.h>

#include "libluo.h"

static const struct {
	const char *name;
	uint64_t ns;
} units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };

#define LAST_UNIT (sizeof(units) / sizeof(units[0]) - 1)

/* How many steps that is, half of one or more counting as one. */
static uint64_t rounded(uint64_t ns, uint64_t step)
{
	return ns / step + (ns % step > (step - 1) / 2);
}

const char *duration_text(uint64_t ns, char text[DURATION_SIZE])
{
	size_t i = 0;
	uint64_t n;

	if (ns == LUO_TIME_UNKNOWN) {
		snprintf(text, DURATION_SIZE, "unknown");
		return text;
	}
	while (i < LAST_UNIT && rounded(ns, units[i].ns) >= 1000)
		i++;

	if (i && (n = rounded(ns, units[i].ns / 100)) < 1000)
		snprintf(text, DURATION_SIZE, "%" PRIu64 ".%02" PRIu64 " %s", n / 100, n % 100,
			 units[i].name);
	else if (i && (n = rounded(ns, units[i].ns / 10)) < 1000)
		snprintf(text, DURATION_SIZE, "%" PRIu64 ".%" PRIu64 " %s", n / 10, n % 10,
			 units[i].name);
	else
		snprintf(text, DURATION_SIZE, "%" PRIu64 " %s", rounded(ns, units[i].ns),
			 units[i].name);
	return text;
}
