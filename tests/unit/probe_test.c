// SPDX-License-Identifier: GPL-2.0-or-later
/* What a kernel can do, and the format of memory files. */
#include <errno.h>
#include <fcntl.h>
#include <linux/liveupdate.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "libluo.h"
#include "mock_sys.h"

#define PARAMETERS	"/sys/module/liveupdate/parameters"
#define FORMAT		PARAMETERS "/memfd_format"
#define AVOID		PARAMETERS "/avoid_scratch"
#define CMDLINE		"/proc/cmdline"
#define DISABLED	"/proc/sys/kernel/kexec_load_disabled"
#define LIMIT		"/proc/sys/kernel/kexec_load_limit_reboot"
#define LOADED		"/sys/kernel/kexec_loaded"

/* What only ours has in sysfs, where it is on. */
#define OURS \
	LUO_SYSFS "/enabled", "1", LUO_SYSFS "/state", "normal", LUO_SYSFS "/sessions", "0", \
	LUO_SYSFS "/last_update/result", "none", FORMAT, "stock", AVOID, "N"

#define CAN_ALL \
	(LUO_CAN_STATES | LUO_CAN_WAIT | LUO_CAN_LIST | LUO_CAN_REPORT | LUO_CAN_CHOOSE_FORMAT | \
	 LUO_CAN_AVOID_SCRATCH)

static int opened = -1;
static int open_error;

static int note_open(const char *path, int flags)
{
	assert_string_equal(path, LUO_DEVICE);
	assert_int_equal(flags & O_ACCMODE, O_RDONLY);
	opened = open_error ? -1 : mock_fd();
	return open_error ? open_error : opened;
}

/* A call that is there, and is not carried out. */
static int too_small(void *arg)
{
	uint32_t size;

	memcpy(&size, arg, sizeof(size));
	assert_int_equal(size, 0);
	return -EINVAL;
}

static int ours(int fd, unsigned long request, void *arg)
{
	switch (request) {
	case LIVEUPDATE_IOCTL_GET_STATE:
		return 0;
	case LIVEUPDATE_IOCTL_LIST_SESSIONS:
	case LIVEUPDATE_IOCTL_LIST_PARTICIPANTS:
	case LIVEUPDATE_IOCTL_GET_REPORT:
		return too_small(arg);
	}
	fail();
	return -ENOTTY;
}

static int ours_without_reports(int fd, unsigned long request, void *arg)
{
	if (request == LIVEUPDATE_IOCTL_LIST_PARTICIPANTS || request == LIVEUPDATE_IOCTL_GET_REPORT)
		return -ENOTTY;
	return ours(fd, request, arg);
}

static int stock(int fd, unsigned long request, void *arg)
{
	assert_int_equal(request, LIVEUPDATE_IOCTL_GET_STATE);
	return -EINVAL;
}

/* Whatever was in there before is gone, and nothing is left open. */
static struct luo_capabilities probe(int error, const char *const *files)
{
	struct luo_capabilities c;

	memset(&c, 0xff, sizeof(c));
	mock.open = note_open;
	mock.files = files;
	open_error = error;
	assert_int_equal(luo_probe(&c), 0);
	if (opened >= 0)
		assert_int_equal(fcntl(opened, F_GETFD), -1);
	for (size_t i = 0; i < sizeof(c.reserved) / sizeof(c.reserved[0]); i++)
		assert_int_equal(c.reserved[i], 0);
	assert_int_equal(c.device, error);
	assert_string_equal(mock.written, "");
	return c;
}

static void ours_can_do_everything(void **state)
{
	static const char *const files[] = {
		LUO_SYSFS "/enabled", "1", LUO_SYSFS "/state", "normal", FORMAT, "extent",
		AVOID, "Y", DISABLED, "0", LIMIT, "-1", LOADED, "1", NULL
	};
	struct luo_capabilities c;

	mock.ioctl = ours;
	c = probe(0, files);
	assert_int_equal(c.orchestrator, LUO_ORCHESTRATOR_FULL);
	assert_int_equal(c.reason, LUO_REASON_NONE);
	assert_int_equal(c.can, CAN_ALL | LUO_CAN_LOAD);
	assert_int_equal(c.is, LUO_IS_LOADED | LUO_IS_AVOIDING_SCRATCH);
	assert_int_equal(c.memfd_format, LUO_MEMFD_EXTENT);
	assert_int_equal(c.memfd_formats, 1U << LUO_MEMFD_STOCK | 1U << LUO_MEMFD_EXTENT);
}

static void one_that_cannot_be_opened_is_told_of_by_sysfs(void **state)
{
	static const int errors[] = { -EBUSY, -EACCES, -EPERM, -ENOENT, -ENOMEM };
	static const char *const files[] = { OURS, NULL };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct luo_capabilities c = probe(errors[i], files);

		assert_int_equal(c.orchestrator, LUO_ORCHESTRATOR_FULL);
		assert_int_equal(c.can, CAN_ALL);
		assert_int_equal(c.is, 0);
		assert_int_equal(c.memfd_format, LUO_MEMFD_STOCK);
	}
}

static void one_without_sysfs_is_asked_itself(void **state)
{
	struct luo_capabilities c;

	mock.ioctl = ours;
	c = probe(0, NULL);
	assert_int_equal(c.orchestrator, LUO_ORCHESTRATOR_FULL);
	assert_int_equal(c.can, LUO_CAN_STATES | LUO_CAN_LIST | LUO_CAN_REPORT);
	assert_int_equal(c.memfd_format, LUO_MEMFD_STOCK);
	assert_int_equal(c.memfd_formats, 0);
}

static void what_an_older_one_lacks_is_not_there(void **state)
{
	static const char *const files[] = {
		LUO_SYSFS "/enabled", "1", LUO_SYSFS "/state", "normal", LUO_SYSFS "/sessions", "0",
		NULL
	};
	const uint32_t can = LUO_CAN_STATES | LUO_CAN_WAIT | LUO_CAN_LIST;

	mock.ioctl = ours_without_reports;
	assert_int_equal(probe(0, files).can, can);
	assert_int_equal(probe(-EACCES, files).can, can);
}

static void a_stock_one_is_told_apart(void **state)
{
	static const char *const files[] = { DISABLED, "0", LOADED, "0", NULL };
	static const int errors[] = { 0, -EBUSY, -EACCES, -EPERM };

	mock.ioctl = stock;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct luo_capabilities c = probe(errors[i], files);

		assert_int_equal(c.orchestrator, LUO_ORCHESTRATOR_STOCK);
		assert_int_equal(c.reason, LUO_REASON_NONE);
		assert_int_equal(c.can, LUO_CAN_LOAD);
		assert_int_equal(c.is, 0);
		assert_int_equal(c.memfd_format, LUO_MEMFD_STOCK);
		assert_int_equal(c.memfd_formats, 1U << LUO_MEMFD_STOCK);
	}
}

static void one_whose_node_is_missing_is_told_of(void **state)
{
	static const char *const files[] = { "/sys/class/misc/liveupdate/dev", "10:122", NULL };

	assert_int_equal(probe(-ENOENT, files).orchestrator, LUO_ORCHESTRATOR_STOCK);
}

static void why_there_is_none(void **state)
{
	static const struct {
		const char *line;
		unsigned int reason;
	} cases[] = {
		{ "quiet", LUO_REASON_OFF },
		{ "", LUO_REASON_OFF },
		{ "liveupdate=off kho=on", LUO_REASON_OFF },
		{ "liveupdate=on liveupdate=0", LUO_REASON_OFF },
		{ "xliveupdate=on liveupdate.on_restore_failure=warn", LUO_REASON_OFF },
		{ "liveupdate liveupdate= liveupdate=maybe", LUO_REASON_OFF },
		{ "quiet -- liveupdate=on kho=on", LUO_REASON_OFF },
		{ "dyndbg=\"x liveupdate=on\"", LUO_REASON_OFF },
		{ "liveupdate=on", LUO_REASON_NO_KHO },
		{ "liveupdate=Y kho=off", LUO_REASON_NO_KHO },
		{ "kho=on  liveupdate=1 kho=N", LUO_REASON_NO_KHO },
		{ "kho=on liveupdate=on", LUO_REASON_NOT_BUILT },
		{ "liveupdate=off kho=0\tliveupdate=ON kho=\"on\"", LUO_REASON_NOT_BUILT },
		{ "liveupdate=on kho=true liveupdate=what", LUO_REASON_NOT_BUILT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const files[] = { CMDLINE, cases[i].line, NULL };
		struct luo_capabilities c = probe(-ENOENT, files);

		if (c.reason != cases[i].reason)
			fail_msg("'%s': %u", cases[i].line, c.reason);
		assert_int_equal(c.orchestrator, LUO_ORCHESTRATOR_NONE);
		assert_int_equal(c.can, 0);
		assert_int_equal(c.memfd_formats, 0);
	}
	assert_int_equal(probe(-ENOENT, NULL).reason, LUO_REASON_UNKNOWN);
}

/* Ours is in sysfs then, and its parameters are there: they have no effect. */
static void one_that_is_turned_off_is_none(void **state)
{
	static const char *const without_kho[] = {
		LUO_SYSFS "/enabled", "0", LUO_SYSFS "/state", "normal", FORMAT, "extent", AVOID, "Y",
		CMDLINE, "liveupdate=on kho=on", NULL
	};
	static const char *const off[] = {
		LUO_SYSFS "/enabled", "0", CMDLINE, "kho=on", NULL
	};
	struct luo_capabilities c = probe(-ENOENT, without_kho);

	assert_int_equal(c.orchestrator, LUO_ORCHESTRATOR_NONE);
	assert_int_equal(c.reason, LUO_REASON_NO_KHO);
	assert_int_equal(c.can, 0);
	assert_int_equal(c.is, 0);
	assert_int_equal(c.memfd_formats, 0);
	assert_int_equal(probe(-ENOENT, off).reason, LUO_REASON_OFF);
}

static void a_format_that_nobody_knows_is_told_of(void **state)
{
	static const char *const files[] = { LUO_SYSFS "/enabled", "1", FORMAT, "runs", NULL };
	struct luo_capabilities c = probe(-EACCES, files);

	assert_int_equal(c.memfd_format, LUO_MEMFD_UNKNOWN);
	assert_string_equal(luo_memfd_format_name(c.memfd_format), "unknown");
	assert_true(c.can & LUO_CAN_CHOOSE_FORMAT);
}

static uint32_t can_load(const char *disabled, const char *limit)
{
	const char *const files[] = { DISABLED, disabled, LIMIT, limit, NULL };

	return probe(-ENOENT, files).can;
}

static void loading_may_be_forbidden(void **state)
{
	assert_int_equal(can_load("0", "-1"), LUO_CAN_LOAD);
	assert_int_equal(can_load("0", "3"), LUO_CAN_LOAD);
	assert_int_equal(can_load("0", "0"), 0);
	assert_int_equal(can_load("1", "-1"), 0);
	assert_int_equal(probe(-ENOENT, NULL).can, 0);
}

static void the_release_has_a_series(void **state)
{
	struct luo_capabilities c = probe(-ENOENT, NULL);
	struct utsname name;
	char series[32];

	assert_int_equal(uname(&name), 0);
	assert_string_equal(c.release, name.release);
	snprintf(series, sizeof(series), "%u.%u", c.series >> 16, c.series & 0xffff);
	assert_int_equal(strncmp(c.release, series, strlen(series)), 0);
	assert_true(c.series >= LUO_SERIES(3, 0));
	assert_true(LUO_SERIES(6, 19) < LUO_SERIES(7, 2));
}

static void the_format_is_read(void **state)
{
	static const char *const extent[] = { FORMAT, "extent", NULL };
	static const char *const other[] = { FORMAT, "runs", NULL };

	assert_int_equal(luo_get_memfd_format(), -EOPNOTSUPP);
	mock.files = extent;
	assert_int_equal(luo_get_memfd_format(), LUO_MEMFD_EXTENT);
	mock.files = other;
	assert_int_equal(luo_get_memfd_format(), -EPROTO);
	assert_string_equal(luo_memfd_format_name(LUO_MEMFD_STOCK), "stock");
	assert_string_equal(luo_memfd_format_name(LUO_MEMFD_EXTENT), "extent");
	assert_string_equal(luo_memfd_format_name(LUO_MEMFD_EXTENT + 1), "unknown");
}

static void the_format_is_set(void **state)
{
	assert_int_equal(luo_set_memfd_format(LUO_MEMFD_EXTENT), 0);
	assert_string_equal(mock.written, FORMAT "=extent");
	assert_int_equal(luo_set_memfd_format(LUO_MEMFD_STOCK), 0);
	assert_string_equal(mock.written, FORMAT "=stock");
}

static void a_format_that_cannot_be_set_is_an_error(void **state)
{
	assert_int_equal(luo_set_memfd_format((enum luo_memfd_format)2), -EINVAL);
	assert_string_equal(mock.written, "");
	mock.write_error = -ENOENT;
	assert_int_equal(luo_set_memfd_format(LUO_MEMFD_EXTENT), -EOPNOTSUPP);
	mock.write_error = -EACCES;
	assert_int_equal(luo_set_memfd_format(LUO_MEMFD_EXTENT), -EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mock_test(ours_can_do_everything),
		mock_test(one_that_cannot_be_opened_is_told_of_by_sysfs),
		mock_test(one_without_sysfs_is_asked_itself),
		mock_test(what_an_older_one_lacks_is_not_there),
		mock_test(a_stock_one_is_told_apart),
		mock_test(one_whose_node_is_missing_is_told_of),
		mock_test(why_there_is_none),
		mock_test(one_that_is_turned_off_is_none),
		mock_test(a_format_that_nobody_knows_is_told_of),
		mock_test(loading_may_be_forbidden),
		mock_test(the_release_has_a_series),
		mock_test(the_format_is_read),
		mock_test(the_format_is_set),
		mock_test(a_format_that_cannot_be_set_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
