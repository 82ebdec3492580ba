// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index.h"

#define HEAD(count) "luoctl-index 1\0" count "\0"
#define TAIL "end"
#define FILE1(name) "1 5 644 0 0 1700000000 5\0" name "\0"

/* What sizeof counts, the last zero included, is the whole text. */
#define PARSE(index, text) parse(index, text, sizeof(text))

/* A copy of the exact size, so that the sanitizer sees each byte read beyond it. */
static int parse(struct index *index, const char *text, size_t size)
{
	char *exact = malloc(size);
	int ret;

	assert_non_null(exact);
	memcpy(exact, text, size);
	ret = index_parse(index, exact, size);
	free(exact);
	if (ret)
		assert_null(index->entries);
	return ret;
}

static void test_good(void **state)
{
	struct index index;

	assert_int_equal(PARSE(&index, HEAD("0") TAIL), 0);
	assert_int_equal(index.count, 0);
	index_free(&index);

	assert_int_equal(PARSE(&index, HEAD("2") FILE1("a/b") "0 0 4755 7 8 -3 999999999\0"
								"..c\0" TAIL),
			 0);
	assert_int_equal(index.count, 2);
	assert_string_equal(index.entries[0].name, "a/b");
	assert_int_equal(index.entries[0].token, 1);
	assert_int_equal(index.entries[0].size, 5);
	assert_int_equal(index.entries[0].mode, 0644);
	assert_int_equal(index.entries[1].mode, 04755);
	assert_int_equal(index.entries[1].uid, 7);
	assert_int_equal(index.entries[1].gid, 8);
	assert_int_equal(index.entries[1].mtime, -3);
	assert_int_equal(index.entries[1].mtime_nsec, 999999999);
	index_free(&index);
}

static void test_truncated(void **state)
{
	static const char text[] = HEAD("1") FILE1("name") TAIL;
	struct index index;

	for (size_t size = 0; size < sizeof(text); size++)
		assert_int_equal(parse(&index, text, size), -EBADMSG);
	assert_int_equal(parse(&index, text, sizeof(text)), 0);
	index_free(&index);
}

/* No byte of it may be anything else without the parser noticing or staying in bounds. */
static void test_each_byte_changed(void **state)
{
	static const char text[] = HEAD("1") FILE1("name") TAIL;
	char copy[sizeof(text)];
	struct index index;

	for (size_t i = 0; i < sizeof(text); i++) {
		for (int value = 0; value < 256; value++) {
			memcpy(copy, text, sizeof(text));
			copy[i] = (char)value;
			if (parse(&index, copy, sizeof(copy)))
				continue;
			assert_true(index_name_ok(index.entries[0].name));
			index_free(&index);
		}
	}
}

static void test_bad_counts(void **state)
{
	struct index index;

	assert_int_equal(PARSE(&index, HEAD("0") FILE1("a") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("2") FILE1("a") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("18446744073709551615") FILE1("a") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("99999999999999999999") FILE1("a") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("-1") FILE1("a") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("") FILE1("a") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD(" 1") FILE1("a") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("1") FILE1("a") TAIL "\0"), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("1") FILE1("a") "and"), -EBADMSG);
	assert_int_equal(PARSE(&index, "luoctl-index 2\0" "0\0" TAIL), -EBADMSG);
}

static void test_bad_names(void **state)
{
	struct index index;

	assert_int_equal(PARSE(&index, HEAD("1") FILE1("") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("1") FILE1("/etc/passwd") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("1") FILE1("..") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("1") FILE1(".") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("1") FILE1("../x") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("1") FILE1("a/../x") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("1") FILE1("a/..") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("1") FILE1("a/./x") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("1") FILE1("a//x") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("1") FILE1("a/") TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("1") FILE1("a\0b") TAIL), -EBADMSG);
}

static void test_bad_numbers(void **state)
{
	static const char *const numbers[] = {
		"",
		"1",
		"1 5 644 0 0 0",
		"1 5 644 0 0 0 0 ",
		"1 5 644 0 0 0 0 0",
		" 1 5 644 0 0 0 0",
		"1  5 644 0 0 0 0",
		"+1 5 644 0 0 0 0",
		"1 -5 644 0 0 0 0",
		"1 9223372036854775808 644 0 0 0 0",
		"1 5 10000 0 0 0 0",
		"1 5 648 0 0 0 0",
		"1 5 644 4294967295 0 0 0",
		"1 5 644 0 4294967295 0 0",
		"1 5 644 0 0 9223372036854775808 0",
		"1 5 644 0 0 --1 0",
		"1 5 644 0 0 0 1000000000",
		"1 5 644 0 0 0 -1",
		"0 5 644 0 0 0 0",
		"2 5 644 0 0 0 0",
		"1 0 644 0 0 0 0",
	};
	struct index index;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		char text[256];
		int n = snprintf(text, sizeof(text), "luoctl-index 1%c1%c%s%cname%cend", 0, 0,
				 numbers[i], 0, 0);

		if (parse(&index, text, (size_t)n + 1) != -EBADMSG)
			fail_msg("'%s' is taken", numbers[i]);
	}
}

static void test_bad_sets(void **state)
{
	struct index index;

	/* The same name twice, the same token twice, sizes whose sum overflows. */
	assert_int_equal(PARSE(&index, HEAD("2") FILE1("a") "2 5 644 0 0 0 0\0a\0" TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("2") FILE1("a") "1 5 644 0 0 0 0\0b\0" TAIL), -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("2") FILE1("a") "2 9223372036854775807 644 0 0 0 0\0"
								"b\0" TAIL),
			 -EBADMSG);
	assert_int_equal(PARSE(&index, HEAD("2") FILE1("a") "2 5 644 0 0 0 0\0b\0" TAIL), 0);
	index_free(&index);
}

static void test_name_lengths(void **state)
{
	char name[5000];

	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	assert_false(index_name_ok(name));
	name[255] = '\0';
	assert_true(index_name_ok(name));
	memset(name, 'n', sizeof(name));
	for (size_t i = 100; i < sizeof(name); i += 100)
		name[i] = '/';
	name[4096] = '\0';
	assert_false(index_name_ok(name));
	name[4095] = '\0';
	assert_true(index_name_ok(name));
	assert_true(index_name_ok("..."));
	assert_true(index_name_ok(".x"));
}

static void test_round_trip(void **state)
{
	struct index index = { 0 };
	struct index again;
	size_t size;
	char *text;

	for (uint64_t i = 1; i <= 1000; i++) {
		struct index_entry e = {
			.token = i,
			.size = i * 1000,
			.mode = 0640,
			.mtime = -(int64_t)i,
		};

		assert_true(asprintf(&e.name, "dir/\xff\n%d", (int)i) > 0);
		assert_int_equal(index_add(&index, &e), 0);
	}
	text = index_format(&index, &size);
	assert_non_null(text);
	assert_int_equal(parse(&again, text, size), 0);
	assert_int_equal(again.count, 1000);
	assert_string_equal(again.entries[999].name, index.entries[999].name);
	assert_int_equal(again.entries[999].mtime, -1000);
	assert_int_equal(index_total(&again), index_total(&index));
	free(text);
	index_free(&index);
	index_free(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_each_byte_changed),
		cmocka_unit_test(test_bad_counts),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_bad_numbers),
		cmocka_unit_test(test_bad_sets),
		cmocka_unit_test(test_name_lengths),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
