// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "copy.h"
#include "interrupt.h"

static int new_file(void)
{
	int fd = memfd_create("copy", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void test_copy(void **state)
{
	/* Larger than one step, and not a multiple of anything. */
	size_t size = (9UL << 20) + 123;
	char *text = malloc(size);
	char *copy = calloc(1, size);
	int from = new_file();
	int to = new_file();

	assert_non_null(text);
	assert_non_null(copy);
	for (size_t i = 0; i < size; i++)
		text[i] = (char)(i * 7 + i / 4096);
	assert_int_equal(write_all(from, text, size), 0);
	assert_int_equal(copy_contents(from, to, (off_t)size), 0);
	assert_int_equal(read_all(to, copy, size), 0);
	assert_memory_equal(text, copy, size);
	free(text);
	free(copy);
	close(from);
	close(to);
}

static void test_copy_holes(void **state)
{
	off_t size = 64 << 20;
	int from = new_file();
	int to = new_file();
	struct stat st;
	char c = 0;

	assert_int_equal(ftruncate(from, size), 0);
	assert_int_equal(pwrite(from, "x", 1, 5 << 20), 1);
	assert_int_equal(copy_contents(from, to, size), 0);
	assert_int_equal(fstat(to, &st), 0);
	assert_int_equal(st.st_size, size);
	assert_true(st.st_blocks * 512 < 8 << 20);
	assert_int_equal(pread(to, &c, 1, 5 << 20), 1);
	assert_int_equal(c, 'x');
	close(from);
	close(to);
}

static void test_copy_into_append_only_descriptor(void **state)
{
	char path[] = "/tmp/luoctl-test-XXXXXX";
	char text[8];
	int from = new_file();
	int to = mkstemp(path);

	/* sendfile(2) refuses such a descriptor, reading and writing does not. */
	assert_true(to >= 0);
	unlink(path);
	assert_int_equal(fcntl(to, F_SETFL, O_APPEND), 0);
	assert_int_equal(write_all(from, "content", 7), 0);
	assert_int_equal(copy_contents(from, to, 7), 0);
	assert_true(pread(to, text, sizeof(text), 0) >= 7);
	close(from);
	close(to);
}

static void test_copy_short(void **state)
{
	int from = new_file();
	int to = new_file();
	char buf[16];

	assert_int_equal(write_all(from, "short", 5), 0);
	assert_int_equal(copy_contents(from, to, 0), 0);
	assert_int_equal(read_all(from, buf, 6), -ESTALE);
	assert_int_equal(read_all(-1, buf, 6), -EBADF);
	assert_int_equal(write_all(-1, buf, 6), -EBADF);
	assert_int_equal(copy_contents(from, -1, 5), -EBADF);
	close(from);
	close(to);
}

static void test_copy_interrupted(void **state)
{
	int from = new_file();
	int to = new_file();

	catch_interrupts();
	assert_int_equal(write_all(from, "text", 4), 0);
	raise(SIGTERM);
	assert_true(was_interrupted());
	assert_int_equal(copy_contents(from, to, 4), -EINTR);
	close(from);
	close(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_copy_holes),
		cmocka_unit_test(test_copy_into_append_only_descriptor),
		cmocka_unit_test(test_copy_short),
		cmocka_unit_test(test_copy_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
