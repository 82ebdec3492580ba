// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>

#include "libluo.h"
#include "mock_sys.h"

static char given_line[LUO_COMMAND_LINE_MAX + 1];
static unsigned long given_flags;
static int given_kernel;
static int given_initrd;
static int result;

static int load(int kernel, int initrd, const char *command_line, unsigned long flags)
{
	assert_int_equal(kernel < 0, !!(flags & KEXEC_FILE_UNLOAD));
	given_kernel = kernel;
	given_initrd = initrd;
	given_flags = flags;
	snprintf(given_line, sizeof(given_line), "%s", command_line ? command_line : "");
	return result;
}

static int open_kernel_only(const char *path, int flags)
{
	return strcmp(path, "/kernel") ? -ENOENT : mock_fd();
}

static void test_load(void **state)
{
	mock.load = load;
	result = 0;
	assert_int_equal(luo_kexec_load("/kernel", NULL, "a=b"), 0);
	assert_int_equal(given_flags, KEXEC_FILE_NO_INITRAMFS);
	assert_int_equal(given_initrd, -1);
	assert_string_equal(given_line, "a=b");

	assert_int_equal(luo_kexec_load("/kernel", "/initrd", ""), 0);
	assert_int_equal(given_flags, 0);
	assert_true(given_initrd >= 0);

	result = -ENOEXEC;
	assert_int_equal(luo_kexec_load("/kernel", "/initrd", ""), -ENOEXEC);
}

static void test_load_missing_files(void **state)
{
	mock.load = load;
	mock.open = open_kernel_only;
	assert_int_equal(luo_kexec_load("/other", NULL, ""), -ENOENT);
	assert_int_equal(luo_kexec_load("/kernel", "/initrd", ""), -ENOENT);
}

static void test_command_line_limit(void **state)
{
	char line[LUO_COMMAND_LINE_MAX + 2];

	mock.load = load;
	result = 0;
	memset(line, 'x', sizeof(line));
	line[LUO_COMMAND_LINE_MAX + 1] = '\0';
	assert_int_equal(luo_kexec_load("/kernel", NULL, line), -E2BIG);
	line[LUO_COMMAND_LINE_MAX] = '\0';
	assert_int_equal(luo_kexec_load("/kernel", NULL, line), 0);
	assert_int_equal(strlen(given_line), LUO_COMMAND_LINE_MAX);
}

static void test_load_from_descriptors(void **state)
{
	char line[LUO_COMMAND_LINE_MAX + 2];

	mock.load = load;
	mock.open = open_kernel_only;
	result = 0;
	assert_int_equal(luo_kexec_load_fd(5, -1, "a=b"), 0);
	assert_int_equal(given_flags, KEXEC_FILE_NO_INITRAMFS);
	assert_int_equal(given_kernel, 5);
	assert_int_equal(given_initrd, -1);
	assert_string_equal(given_line, "a=b");

	assert_int_equal(luo_kexec_load_fd(5, 0, ""), 0);
	assert_int_equal(given_flags, 0);
	assert_int_equal(given_initrd, 0);

	result = -EBADF;
	assert_int_equal(luo_kexec_load_fd(5, 6, ""), -EBADF);
	memset(line, 'x', sizeof(line));
	line[LUO_COMMAND_LINE_MAX + 1] = '\0';
	assert_int_equal(luo_kexec_load_fd(5, 6, line), -E2BIG);
}

static void test_unload(void **state)
{
	mock.load = load;
	result = 0;
	assert_int_equal(luo_kexec_unload(), 0);
	assert_int_equal(given_flags, KEXEC_FILE_UNLOAD);
}

static void test_loaded(void **state)
{
	static const char *const yes[] = { "/sys/kernel/kexec_loaded", "1", NULL };
	static const char *const no[] = { "/sys/kernel/kexec_loaded", "0", NULL };

	assert_int_equal(luo_kexec_loaded(), -ENOENT);
	mock.files = yes;
	assert_int_equal(luo_kexec_loaded(), 1);
	mock.files = no;
	assert_int_equal(luo_kexec_loaded(), 0);
}

static int syncs_before;

static int refuse_reboot(void)
{
	syncs_before = mock.syncs;
	return -EBUSY;
}

static void test_jump_refused(void **state)
{
	mock.reboot = refuse_reboot;
	assert_int_equal(luo_kexec_jump(), -EBUSY);
	assert_int_equal(syncs_before, 1);
}

static void test_jump_without_sync(void **state)
{
	mock.reboot = refuse_reboot;
	assert_int_equal(luo_kexec_jump_now(), -EBUSY);
	assert_int_equal(mock.syncs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mock_test(test_load),
		mock_test(test_load_missing_files),
		mock_test(test_command_line_limit),
		mock_test(test_load_from_descriptors),
		mock_test(test_unload),
		mock_test(test_loaded),
		mock_test(test_jump_refused),
		mock_test(test_jump_without_sync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
