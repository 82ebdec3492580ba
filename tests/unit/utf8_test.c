// SPDX-License-Identifier: GPL-2.0-or-later
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* By the definition, to compare the table of forms with. */
static size_t encode(uint32_t code, char text[5])
{
	if (code < 0x80)
		return (size_t)snprintf(text, 5, "%c", (int)code);
	if (code < 0x800)
		return (size_t)snprintf(text, 5, "%c%c", 0xc0 | (code >> 6), 0x80 | (code & 0x3f));
	if (code < 0x10000)
		return (size_t)snprintf(text, 5, "%c%c%c", 0xe0 | (code >> 12),
					0x80 | (code >> 6 & 0x3f), 0x80 | (code & 0x3f));
	return (size_t)snprintf(text, 5, "%c%c%c%c", 0xf0 | (code >> 18),
				0x80 | (code >> 12 & 0x3f), 0x80 | (code >> 6 & 0x3f),
				0x80 | (code & 0x3f));
}

static void test_every_character(void **state)
{
	char text[5];

	for (uint32_t code = 1; code < 0x200000; code++) {
		size_t length = encode(code, text);
		bool valid = code < 0xd800 || (code > 0xdfff && code < 0x110000);

		if (utf8_length(text) != (valid ? length : 0))
			fail_msg("U+%04X", code);
	}
	assert_int_equal(utf8_length(""), 0);
}

static void test_no_character(void **state)
{
	static const char *const texts[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2x", "\xe0\x80\x80",
		"\xe0\x9f\xbf", "\xe2\x82", "\xe2\x82x", "\xed\xa0\x80", "\xf0\x80\x80\x80",
		"\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "\xff",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(utf8_length(texts[i]), 0);
}

static void test_controls(void **state)
{
	char text[5];

	for (uint32_t code = 1; code < 0x300; code++) {
		size_t length = encode(code, text);

		assert_int_equal(utf8_is_control(text, length),
				 code < 0x20 || (code >= 0x7f && code < 0xa0));
	}
	assert_false(utf8_is_control("\xe2\x82\xac", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_character),
		cmocka_unit_test(test_no_character),
		cmocka_unit_test(test_controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
