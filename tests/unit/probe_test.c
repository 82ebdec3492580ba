// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiting for a state, formats, and what a kernel can do. */
#include <errno.h>
#include <linux/kexec.h>
#include <string.h>
#include <time.h>

#include "libluo.h"
#include "mock_sys.h"

#define FORMAT "/sys/module/liveupdate/parameters/memfd_format"

static int waits;

static int change_comes(int timeout_ms)
{
	waits++;
	return 1;
}

static int nothing_comes(int timeout_ms)
{
	const struct timespec pause = { .tv_nsec = timeout_ms * 1000000L };

	waits++;
	nanosleep(&pause, NULL);
	return 0;
}

static int signal_comes(int timeout_ms)
{
	return -EINTR;
}

static int no_file(const char *path, int flags)
{
	return -ENOENT;
}

static void waiting_ends_in_the_state_that_was_asked_for(void **state)
{
	static const char *const texts[] = { "normal", "prepared", "frozen", "normal", NULL };

	mock.texts = texts;
	mock.wait = change_comes;
	waits = 0;
	assert_int_equal(luo_wait_state(LUO_STATE_BIT(LUO_STATE_FROZEN), 1000), LUO_STATE_FROZEN);
	assert_int_equal(waits, 2);
}

static void a_state_that_is_there_is_not_waited_for(void **state)
{
	static const char *const texts[] = { "updated", NULL };

	mock.texts = texts;
	waits = 0;
	mock.wait = change_comes;
	assert_int_equal(luo_wait_state(LUO_STATE_BIT(LUO_STATE_NORMAL) |
					LUO_STATE_BIT(LUO_STATE_UPDATED), 0), LUO_STATE_UPDATED);
	assert_int_equal(waits, 0);
}

static void waiting_ends_when_the_time_is_over(void **state)
{
	static const char *const texts[] = { "normal", NULL };

	mock.texts = texts;
	mock.wait = nothing_comes;
	assert_int_equal(luo_wait_state(LUO_STATE_BIT(LUO_STATE_FROZEN), 20), -ETIMEDOUT);
}

static void waiting_fails_where_there_are_no_states(void **state)
{
	mock.open = no_file;
	assert_int_equal(luo_wait_state(LUO_STATE_BIT(LUO_STATE_FROZEN), 20), -EOPNOTSUPP);
}

static void a_signal_ends_waiting(void **state)
{
	static const char *const texts[] = { "normal", NULL };

	mock.texts = texts;
	mock.wait = signal_comes;
	assert_int_equal(luo_wait_state(LUO_STATE_BIT(LUO_STATE_FROZEN), -1), -EINTR);
}

static void a_state_that_nobody_knows_is_an_error(void **state)
{
	static const char *const texts[] = { "molten", NULL };

	mock.texts = texts;
	assert_int_equal(luo_wait_state(LUO_STATE_BIT(LUO_STATE_FROZEN), 20), -EPROTO);
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

static unsigned long load_flags;

static int note_load(int kernel, int initrd, const char *command_line, unsigned long flags)
{
	load_flags = flags;
	return kernel == 5 && !strcmp(command_line, "quiet") ? 0 : -EINVAL;
}

static int refuse(void)
{
	return -EBUSY;
}

static void a_kernel_is_loaded_from_descriptors(void **state)
{
	mock.load = note_load;
	assert_int_equal(luo_kexec_load_fd(5, -1, "quiet"), 0);
	assert_int_equal(load_flags, KEXEC_FILE_NO_INITRAMFS);
	assert_int_equal(luo_kexec_load_fd(5, 6, "quiet"), 0);
	assert_int_equal(load_flags, 0);
	mock.reboot = refuse;
	assert_int_equal(luo_kexec_jump_now(), -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mock_test(waiting_ends_in_the_state_that_was_asked_for),
		mock_test(a_state_that_is_there_is_not_waited_for),
		mock_test(waiting_ends_when_the_time_is_over),
		mock_test(waiting_fails_where_there_are_no_states),
		mock_test(a_signal_ends_waiting),
		mock_test(a_state_that_nobody_knows_is_an_error),
		mock_test(the_format_is_read_and_set),
		mock_test(a_format_that_cannot_be_set_is_an_error),
		mock_test(ours_can_do_everything),
		mock_test(a_stock_kernel_that_is_busy_is_told_apart),
		mock_test(none_at_all_is_no_error),
		mock_test(a_kernel_is_loaded_from_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
