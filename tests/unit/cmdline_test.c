// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cmdline.h"

static void test_flag(void **state)
{
	static const struct {
		const char *line;
		int flag;
	} cases[] = {
		{ "", -1 },
		{ "quiet", -1 },
		{ "liveupdate", -1 },
		{ "liveupdate=", -1 },
		{ "liveupdate=on", 1 },
		{ "liveupdate=ON", 1 },
		{ "liveupdate=1", 1 },
		{ "liveupdate=y", 1 },
		{ "liveupdate=Yes", 1 },
		{ "liveupdate=true", 1 },
		{ "liveupdate=off", 0 },
		{ "liveupdate=0", 0 },
		{ "liveupdate=no", 0 },
		{ "liveupdate=o", -1 },
		{ "liveupdate=maybe", -1 },
		{ "a  liveupdate=on\tb\n", 1 },
		{ "xliveupdate=on", -1 },
		{ "liveupdatex=on", -1 },
		{ "liveupdate.memfd_format=stock", -1 },
		{ "liveupdate=on liveupdate=off", 0 },
		{ "liveupdate=off liveupdate=on", 1 },
		{ "liveupdate=on liveupdate=maybe", 1 },
		{ "-- liveupdate=on", -1 },
		{ "liveupdate=on -- liveupdate=off", 1 },
		{ "--x liveupdate=on", 1 },
		{ "dyndbg=\"file a.c +p; liveupdate=on\"", -1 },
		{ "\"liveupdate=on\"", 1 },
		{ "liveupdate=\"on\"", 1 },
		{ "x=\" liveupdate=on", -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cmdline_flag(cases[i].line, "liveupdate") != cases[i].flag)
			fail_msg("'%s' is %d", cases[i].line,
				 cmdline_flag(cases[i].line, "liveupdate"));
	}
}

static void test_strip_loader(void **state)
{
	static const struct {
		const char *before;
		const char *after;
	} cases[] = {
		{ "", "" },
		{ "root=/dev/vda quiet", "root=/dev/vda quiet" },
		{ "BOOT_IMAGE=/vmlinuz root=/dev/vda", "root=/dev/vda" },
		{ "a BOOT_IMAGE=/x b", "a b" },
		{ "BOOT_IMAGE=/x", "" },
		{ "BOOT_IMAGE=\"/x y\" b BOOT_IMAGE=z", "b " },
		{ "XBOOT_IMAGE=/x", "XBOOT_IMAGE=/x" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[128];

		snprintf(line, sizeof(line), "%s", cases[i].before);
		cmdline_strip_loader(line);
		assert_string_equal(line, cases[i].after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flag),
		cmocka_unit_test(test_strip_loader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
