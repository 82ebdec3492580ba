// SPDX-License-Identifier: GPL-2.0-or-later
#include "preserved.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "libluo.h"
#include "sys.h"

#define GIB (1ULL << 30)
#define MIB (1ULL << 20)

static uint64_t read_number(const char *path)
{
	char text[32];

	return luo_sys_read_text(path, text, sizeof(text)) ? 0 : strtoull(text, NULL, 10);
}

uint64_t preserved_bytes(void)
{
	return read_number(LUO_SYSFS "/preserved_bytes");
}

bool preserved_part(double *part)
{
	uint64_t todo = read_number(LUO_SYSFS "/preserving_bytes");
	uint64_t done;

	if (!todo)
		return false;
	done = preserved_bytes();
	*part = (double)done / ((double)done + (double)todo);
	return true;
}

bool preserved_text(char *text, size_t size)
{
	uint64_t todo = read_number(LUO_SYSFS "/preserving_bytes");
	uint64_t done;
	uint64_t unit;

	if (!todo)
		return false;
	done = preserved_bytes();
	unit = done + todo < GIB ? MIB : GIB;
	snprintf(text, size, "%.1f of %.1f %s", (double)done / (double)unit,
		 (double)(done + todo) / (double)unit, unit == GIB ? "GiB" : "MiB");
	return true;
}
