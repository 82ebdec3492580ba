// SPDX-License-Identifier: GPL-2.0-or-later
/* What a kernel can do, and the format of memory files. */
#include <errno.h>
#include <string.h>

#include "libluo.h"
#include "mock_sys.h"

#define FORMAT "/sys/module/liveupdate/parameters/memfd_format"

static int no_file(const char *path, int flags)
{
	return -ENOENT;
}

static void the_format_is_read_and_set(void **state)
{
	static const char *const files[] = { FORMAT, "extent", NULL };
	static const char *const others[] = { FORMAT, "other", NULL };

	mock.files = files;
	assert_int_equal(luo_get_memfd_format(), LUO_MEMFD_EXTENT);
	assert_string_equal(luo_memfd_format_name(LUO_MEMFD_EXTENT), "extent");
	assert_string_equal(luo_memfd_format_name(7), "unknown");
	assert_int_equal(luo_set_memfd_format(LUO_MEMFD_STOCK), 0);
	assert_string_equal(mock.written, FORMAT "=stock");
	mock.files = others;
	assert_int_equal(luo_get_memfd_format(), -EPROTO);
}

static void a_format_that_cannot_be_set_is_an_error(void **state)
{
	assert_int_equal(luo_set_memfd_format((enum luo_memfd_format)2), -EINVAL);
	mock.write_error = -ENOENT;
	assert_int_equal(luo_set_memfd_format(LUO_MEMFD_EXTENT), -EOPNOTSUPP);
	mock.write_error = -EACCES;
	assert_int_equal(luo_set_memfd_format(LUO_MEMFD_EXTENT), -EACCES);
	assert_int_equal(luo_get_memfd_format(), -EOPNOTSUPP);
}

static void ours_can_do_everything(void **state)
{
	static const char *const files[] = {
		LUO_SYSFS "/enabled", "1",
		FORMAT, "extent",
		"/sys/module/liveupdate/parameters/avoid_scratch", "N",
		"/proc/sys/kernel/kexec_load_disabled", "0",
		"/sys/kernel/kexec_loaded", "1",
		NULL
	};
	struct luo_capabilities c;

	mock.files = files;
	assert_int_equal(luo_probe(&c), 0);
	assert_int_equal(c.orchestrator, LUO_ORCHESTRATOR_FULL);
	assert_int_equal(c.can, LUO_CAN_STATES | LUO_CAN_LIST | LUO_CAN_CHOOSE_FORMAT |
				LUO_CAN_LOAD | LUO_CAN_AVOID_SCRATCH);
	assert_int_equal(c.is, LUO_IS_LOADED);
	assert_int_equal(c.memfd_format, LUO_MEMFD_EXTENT);
	assert_int_equal(c.memfd_formats, 3);
	assert_true(strlen(c.release) > 0);
}

static int busy(const char *path, int flags)
{
	return -EBUSY;
}

static void a_stock_kernel_that_is_busy_is_told_apart(void **state)
{
	struct luo_capabilities c;

	mock.open = busy;
	assert_int_equal(luo_probe(&c), 0);
	assert_int_equal(c.orchestrator, LUO_ORCHESTRATOR_STOCK);
	assert_int_equal(c.can, 0);
	assert_int_equal(c.is, LUO_IS_BUSY);
	assert_int_equal(c.memfd_formats, 1);
}

static void none_at_all_is_no_error(void **state)
{
	static const char *const files[] = { "/proc/cmdline", "quiet liveupdate=on", NULL };
	struct luo_capabilities c;

	mock.open = no_file;
	assert_int_equal(luo_probe(&c), 0);
	assert_int_equal(c.orchestrator, LUO_ORCHESTRATOR_NONE);
	assert_int_equal(c.memfd_formats, 0);
	assert_int_equal(c.is, 0);
	mock.files = files;
	assert_int_equal(luo_probe(&c), 0);
	assert_int_equal(c.is, LUO_IS_WITHOUT_KHO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mock_test(the_format_is_read_and_set),
		mock_test(a_format_that_cannot_be_set_is_an_error),
		mock_test(ours_can_do_everything),
		mock_test(a_stock_kernel_that_is_busy_is_told_apart),
		mock_test(none_at_all_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
