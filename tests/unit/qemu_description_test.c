// SPDX-License-Identifier: GPL-2.0-or-later
/* What one agent writes the next one reads; and nothing else. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "blob.h"
#include "description.h"

#define MEMORY_SIZE	(1 << 20)
#define STATE_SIZE	(1 << 16)
#define SAVED		5000
/* Of a blob. */
#define LENGTH_AT	16
#define HEADER_SIZE	24

static char **copy_of(const char *const *list, size_t count)
{
	char **copy = calloc(count + 1, sizeof(*copy));

	for (size_t i = 0; i < count; i++)
		copy[i] = strdup(list[i]);
	return copy;
}

static int file_of(size_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static void make(struct guest *guest)
{
	static const char *const argv[] = {
		"qemu-system-x86_64", "-M", "pc", "-name", "a\"b\\\n\xc3\xa4",
	};
	char state[SAVED];

	guest_init(guest);
	strcpy(guest->name, "vm");
	guest->argv = copy_of(argv, 5);
	guest->directory = strdup("/");
	guest->machine = strdup("pc-i440fx-7.2");
	guest->version = strdup("7.2.22");
	guest->memory_size = MEMORY_SIZE;
	guest->state_size = STATE_SIZE;
	guest->memory = file_of(MEMORY_SIZE);
	guest->state = file_of(STATE_SIZE);
	guest->description = blob_create("test", DESCRIPTION_SIZE);
	assert_true(guest->description >= 0);
	memset(state, 'x', sizeof(state));
	assert_int_equal(pwrite(guest->state, state, SAVED, 0), SAVED);
	guest->saved = true;
	guest->saved_length = SAVED;
	guest->ran = true;
	guest->stopped = UINT64_MAX / 2;
	guest->rate = 2.5;
	guest->parts = json_object_new_object();
	json_object_object_add(guest->parts, "stop_ns", json_object_new_int(7));
}

static void drop(struct guest *guest)
{
	guest_drop_machine(guest);
	guest_drop_update(guest);
	json_object_put(guest->parts);
	close(guest->memory);
}

/* The next agent, with what the one before has left. */
static void make_next(struct guest *next, const struct guest *guest)
{
	guest_init(next);
	strcpy(next->name, "vm");
	next->memory = dup(guest->memory);
	next->state = dup(guest->state);
	next->description = dup(guest->description);
}

static int read_next(const struct guest *guest)
{
	struct guest next;
	int ret;

	make_next(&next, guest);
	ret = description_read(&next);
	drop(&next);
	return ret;
}

static void test_there_and_back(void **state)
{
	struct guest guest, next;

	make(&guest);
	assert_int_equal(description_write(&guest), 0);
	make_next(&next, &guest);
	assert_int_equal(description_read(&next), 0);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(next.argv[i], guest.argv[i]);
	assert_null(next.argv[5]);
	assert_string_equal(next.directory, "/");
	assert_string_equal(next.machine, "pc-i440fx-7.2");
	assert_string_equal(next.version, "7.2.22");
	assert_int_equal(next.memory_size, MEMORY_SIZE);
	assert_int_equal(next.state_size, STATE_SIZE);
	assert_int_equal(next.saved_length, SAVED);
	assert_int_equal(next.stopped, guest.stopped);
	assert_true(next.ran);
	assert_true(next.rate == 2.5);
	assert_int_equal(json_object_get_int(json_object_object_get(next.parts, "stop_ns")), 7);
	drop(&next);
	drop(&guest);
}

static void test_void(void **state)
{
	struct guest guest;

	make(&guest);
	assert_int_equal(read_next(&guest), -ENODATA);
	assert_int_equal(description_write(&guest), 0);
	assert_int_equal(read_next(&guest), 0);
	assert_int_equal(description_void(&guest), 0);
	assert_int_equal(read_next(&guest), -ENODATA);
	guest.saved = false;
	assert_int_equal(description_write(&guest), 0);
	assert_int_equal(read_next(&guest), -ENODATA);
	drop(&guest);
}

static void test_files(void **state)
{
	struct guest guest;

	make(&guest);
	assert_int_equal(description_write(&guest), 0);
	assert_int_equal(pwrite(guest.state, "y", 1, SAVED - 1), 1);
	assert_int_equal(read_next(&guest), -EBADMSG);
	assert_int_equal(pwrite(guest.state, "x", 1, SAVED - 1), 1);
	assert_int_equal(pwrite(guest.state, "y", 1, SAVED), 1);
	assert_int_equal(read_next(&guest), 0);
	assert_int_equal(ftruncate(guest.state, SAVED - 1), 0);
	assert_int_equal(read_next(&guest), -EBADMSG);
	assert_int_equal(ftruncate(guest.state, STATE_SIZE), 0);
	assert_int_equal(ftruncate(guest.memory, MEMORY_SIZE / 2), 0);
	assert_int_equal(read_next(&guest), -EBADMSG);
	drop(&guest);
}

/* Each bit of the text and of what leads it. */
static void test_damage(void **state)
{
	struct guest guest;
	unsigned char byte;
	uint64_t length;

	make(&guest);
	assert_int_equal(description_write(&guest), 0);
	assert_int_equal(pread(guest.description, &length, sizeof(length), LENGTH_AT), 8);
	for (off_t at = 0; at < HEADER_SIZE + (off_t)length; at++) {
		for (int bit = 0; bit < 8; bit++) {
			unsigned char other;

			assert_int_equal(pread(guest.description, &byte, 1, at), 1);
			other = byte ^ (1 << bit);
			assert_int_equal(pwrite(guest.description, &other, 1, at), 1);
			if (!read_next(&guest))
				fail_msg("byte %d, bit %d: not seen", (int)at, bit);
			assert_int_equal(pwrite(guest.description, &byte, 1, at), 1);
		}
	}
	assert_int_equal(read_next(&guest), 0);
	drop(&guest);
}

/* Whole, with a checksum that is right, and still nothing to build a machine from. */
static void check_member(const char *key, const char *json, int expected)
{
	struct json_object *o;
	struct guest guest;
	int ret;

	make(&guest);
	assert_int_equal(description_write(&guest), 0);
	assert_int_equal(blob_read(guest.description, &o), 0);
	json_object_object_del(o, key);
	if (json)
		json_object_object_add(o, key, json_tokener_parse(json));
	assert_int_equal(blob_write(guest.description, o), 0);
	json_object_put(o);
	ret = read_next(&guest);
	if (ret != expected)
		fail_msg("%s %s: %d, not %d", key, json ? json : "missing", ret, expected);
	drop(&guest);
}

static void test_members(void **state)
{
	static const struct {
		const char *key;
		const char *json;
		int expected;
	} cases[] = {
		{ "version", NULL, -EPROTONOSUPPORT },
		{ "version", "2", -EPROTONOSUPPORT },
		{ "version", "\"1\"", -EPROTONOSUPPORT },
		{ "name", NULL, -EBADMSG },
		{ "name", "\"other\"", -EBADMSG },
		{ "name", "\"../vm\"", -EBADMSG },
		{ "name", "[]", -EBADMSG },
		{ "argv", NULL, -EBADMSG },
		{ "argv", "[]", -EBADMSG },
		{ "argv", "\"qemu\"", -EBADMSG },
		{ "argv", "[\"\"]", -EBADMSG },
		{ "argv", "[\"qemu\",7]", -EBADMSG },
		{ "argv", "[\"qemu\",null]", -EBADMSG },
		{ "argv", "[\"qemu\",\"a\\u0000b\"]", -EBADMSG },
		{ "argv", "[\"qemu\",\"-S\"]", -EBADMSG },
		{ "argv", "[\"qemu\",\"-object\",\"memory-backend-ram,id=x\"]", -EBADMSG },
		{ "argv", "[\"qemu\"]", 0 },
		{ "directory", NULL, -EBADMSG },
		{ "directory", "7", -EBADMSG },
		{ "directory", "\"/\\u0000\"", -EBADMSG },
		{ "machine", NULL, 0 },
		{ "machine", "\"pc,kernel=a\"", -EBADMSG },
		{ "machine", "\"\"", -EBADMSG },
		{ "qemu", NULL, 0 },
		{ "qemu", "{}", 0 },
		{ "memory_size", NULL, -EBADMSG },
		{ "memory_size", "0", -EBADMSG },
		{ "memory_size", "-1", -EBADMSG },
		{ "memory_size", "1e300", -EBADMSG },
		{ "memory_size", "\"1048576\"", -EBADMSG },
		{ "memory_size", "18446744073709551615", -EBADMSG },
		{ "memory_size", "1048577", -EBADMSG },
		{ "state_size", "0", -EBADMSG },
		{ "saved", NULL, -ENODATA },
		{ "saved", "-5", -ENODATA },
		{ "saved", "65537", -EBADMSG },
		{ "saved", "18446744073709551615", -EBADMSG },
		{ "saved", "4999", -EBADMSG },
		{ "crc", NULL, -EBADMSG },
		{ "crc", "-1", -EBADMSG },
		{ "crc", "\"x\"", -EBADMSG },
		{ "rate", "0", 0 },
		{ "rate", "\"x\"", 0 },
		{ "rate", "1e308", 0 },
		{ "rate", "-1.5", 0 },
		{ "stopped", "[]", 0 },
		{ "parts", "7", 0 },
		{ "parts", NULL, 0 },
		{ "ran", "7", 0 },
		{ "more", "{\"a\":[]}", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_member(cases[i].key, cases[i].json, cases[i].expected);
}

static void test_too_long(void **state)
{
	struct guest guest;

	make(&guest);
	free(guest.argv[4]);
	guest.argv[4] = malloc(DESCRIPTION_SIZE + 1);
	memset(guest.argv[4], 'a', DESCRIPTION_SIZE);
	guest.argv[4][DESCRIPTION_SIZE] = '\0';
	assert_int_equal(description_write(&guest), -EFBIG);
	drop(&guest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_void),
		cmocka_unit_test(test_files),	       cmocka_unit_test(test_damage),
		cmocka_unit_test(test_members),	       cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
