// SPDX-License-Identifier: GPL-2.0-or-later
#include "history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char directory[64];
static struct dirent **names;
static int count;

static int set_up(void **state)
{
	strcpy(directory, "/tmp/luo-history.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	return rmdir(directory);
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void forget_names(void)
{
	while (count > 0)
		free(names[--count]);
	free(names);
	names = NULL;
	count = 0;
}

static void look(void)
{
	forget_names();
	count = scandir(directory, &names, is_file, alphasort);
}

static int tear_down(void **state)
{
	char path[PATH_MAX];

	look();
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]->d_name);
		unlink(path);
	}
	forget_names();
	rmdir(directory);
	return 0;
}

static int add_big(const char *id, int64_t started_s, unsigned int most, size_t size)
{
	struct json_object *record = json_object_new_object();
	char *text = calloc(1, size + 1);
	int ret;

	memset(text, 'x', size);
	json_object_object_add(record, "update_id", json_object_new_string(id));
	json_object_object_add(record, "started_s", json_object_new_int64(started_s));
	json_object_object_add(record, "text", json_object_new_string(text));
	ret = history_add(directory, most, record);
	json_object_put(record);
	free(text);
	return ret;
}

static int add(const char *id, int64_t started_s, unsigned int most)
{
	return add_big(id, started_s, most, 0);
}

static void make(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	close(open(path, O_CREAT | O_WRONLY, 0600));
}

static void a_record_has_its_number_time_and_id(void **state)
{
	char path[PATH_MAX];
	struct json_object *record;

	assert_int_equal(add("ab12", 1795421215, 3), 0);
	look();
	assert_int_equal(count, 1);
	assert_string_equal(names[0]->d_name, "00000001-20261123T080655Z-ab12.json");
	snprintf(path, sizeof(path), "%s/%s", directory, names[0]->d_name);
	record = json_object_from_file(path);
	assert_int_equal(json_object_get_int(json_object_object_get(record, "number")), 1);
	json_object_put(record);
}

static void the_oldest_makes_room(void **state)
{
	for (int i = 1; i <= 10; i++) {
		assert_int_equal(add("ab", 1000 + i, 4), 0);
		look();
		assert_int_equal(count, i < 4 ? i : 4);
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(atoi(names[i]->d_name), 7 + i);
}

static void a_smaller_bound_counts_at_once(void **state)
{
	for (int i = 0; i < 6; i++)
		assert_int_equal(add("ab", i, 6), 0);
	assert_int_equal(add("cd", 0, 2), 0);
	look();
	assert_int_equal(count, 2);
	assert_int_equal(atoi(names[1]->d_name), 7);
}

/* Whatever the clock says, the newest is the last. */
static void a_clock_that_goes_back_does_no_harm(void **state)
{
	assert_int_equal(add("aa", 2000000000, 2), 0);
	assert_int_equal(add("bb", 1000000000, 2), 0);
	assert_int_equal(add("cc", -1, 2), 0);
	assert_int_equal(add("dd", INT64_MAX, 2), 0);
	look();
	assert_int_equal(count, 2);
	assert_non_null(strstr(names[0]->d_name, "-cc.json"));
	assert_non_null(strstr(names[1]->d_name, "00000004-unknown-dd.json"));
}

static void what_is_no_record_stays(void **state)
{
	assert_int_equal(add("aa", 0, 1), 0);
	make("00000000.json");
	make("notes");
	make("9-short.json");
	assert_int_equal(add("bb", 0, 1), 0);
	look();
	assert_int_equal(count, 4);
	assert_string_equal(names[0]->d_name, "00000000.json");
	assert_non_null(strstr(names[1]->d_name, "00000002-"));
}

static void what_was_torn_is_removed(void **state)
{
	assert_int_equal(add("aa", 0, 5), 0);
	make("00000002-19700101T000000Z-bb.json.new");
	assert_int_equal(add("cc", 0, 5), 0);
	look();
	assert_int_equal(count, 2);
}

static void ids_lead_nowhere_else(void **state)
{
	char longest[NAME_MAX];

	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(add("../x", 0, 5), -EINVAL);
	assert_int_equal(add("", 0, 5), -EINVAL);
	assert_int_equal(add(longest, 0, 5), -EINVAL);
	look();
	assert_int_equal(count, 0);
}

static void numbers_come_to_an_end(void **state)
{
	assert_int_equal(add("aa", 0, 5), 0);
	make("99999999-19700101T000000Z-zz.json");
	assert_int_equal(add("bb", 0, 5), -EOVERFLOW);
	look();
	assert_int_equal(count, 2);
}

/* As if the disk were full in the middle of it. */
static void a_full_disk_leaves_what_was_there(void **state)
{
	const struct rlimit small = { 4096, RLIM_INFINITY };
	const struct rlimit whole = { RLIM_INFINITY, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(add("aa", 0, 2), 0);
	assert_int_equal(add("bb", 0, 2), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_true(add_big("cc", 0, 2, 100000) < 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
	look();
	assert_int_equal(count, 2);
	assert_int_equal(atoi(names[0]->d_name), 1);
	assert_int_equal(add("dd", 0, 2), 0);
	look();
	assert_int_equal(count, 2);
	assert_int_equal(atoi(names[1]->d_name), 3);
}

static void a_directory_that_cannot_be_is_an_error(void **state)
{
	struct json_object *record = json_object_new_object();

	json_object_object_add(record, "update_id", json_object_new_string("ab"));
	assert_int_equal(history_add("/nonexistent/history", 5, record), -ENOENT);
	assert_int_equal(history_add("/dev/null", 5, record), -ENOTDIR);
	json_object_put(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_record_has_its_number_time_and_id),
		TEST(the_oldest_makes_room),
		TEST(a_smaller_bound_counts_at_once),
		TEST(a_clock_that_goes_back_does_no_harm),
		TEST(what_is_no_record_stays),
		TEST(what_was_torn_is_removed),
		TEST(ids_lead_nowhere_else),
		TEST(numbers_come_to_an_end),
		TEST(a_full_disk_leaves_what_was_there),
		TEST(a_directory_that_cannot_be_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
