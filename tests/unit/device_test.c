// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/liveupdate.h>
#include <stdio.h>
#include <string.h>

#include "libluo.h"
#include "mock_sys.h"

static char opened_path[64];
static int opened_flags;

static int note_open(const char *path, int flags)
{
	snprintf(opened_path, sizeof(opened_path), "%s", path);
	opened_flags = flags;
	return mock_fd();
}

static int busy_open(const char *path, int flags)
{
	return -EBUSY;
}

static void test_open_modes(void **state)
{
	struct luo *luo;

	mock.open = note_open;
	assert_int_equal(luo_open(&luo, NULL, 0), 0);
	assert_string_equal(opened_path, LUO_DEVICE);
	assert_int_equal(opened_flags & O_ACCMODE, O_RDONLY);
	assert_true(luo_fd(luo) >= 0);
	luo_close(luo);

	assert_int_equal(luo_open(&luo, "/other", LUO_OPEN_WRITE), 0);
	assert_string_equal(opened_path, "/other");
	assert_int_equal(opened_flags & O_ACCMODE, O_RDWR);
	luo_close(luo);
}

static void test_open_failures(void **state)
{
	struct luo *luo = (struct luo *)1;

	assert_int_equal(luo_open(&luo, NULL, ~LUO_OPEN_WRITE), -EINVAL);
	assert_null(luo);
	mock.open = busy_open;
	assert_int_equal(luo_open(&luo, NULL, LUO_OPEN_WRITE), -EBUSY);
	assert_null(luo);
	luo_close(NULL);
}

static int ours(int fd, unsigned long request, void *arg)
{
	struct liveupdate_ioctl_get_state *args = arg;

	if (request != LIVEUPDATE_IOCTL_GET_STATE)
		return -EINVAL;
	assert_int_equal(args->size, sizeof(*args));
	args->state = LIVEUPDATE_STATE_UPDATED;
	args->flags = LIVEUPDATE_STATE_FLAG_EXPLICIT;
	args->number = 1ULL << 40;
	return 0;
}

static int stock(int fd, unsigned long request, void *arg)
{
	return -EINVAL;
}

static int broken(int fd, unsigned long request, void *arg)
{
	return -EIO;
}

static struct luo *opened(int (*ioctl)(int, unsigned long, void *))
{
	struct luo *luo;

	mock.ioctl = ioctl;
	assert_int_equal(luo_open(&luo, NULL, LUO_OPEN_WRITE), 0);
	return luo;
}

static void test_status(void **state)
{
	struct luo *luo = opened(ours);
	struct luo_status status;

	assert_int_equal(luo_get_status(luo, &status), 0);
	assert_int_equal(status.state, LUO_STATE_UPDATED);
	assert_int_equal(status.flags, LUO_STATUS_EXPLICIT);
	assert_true(status.number == 1ULL << 40);
	assert_int_equal(luo_has_states(luo), 1);
	luo_close(luo);
}

static void test_status_without_states(void **state)
{
	struct luo *luo = opened(stock);
	struct luo_status status;

	assert_int_equal(luo_get_status(luo, &status), -EOPNOTSUPP);
	assert_int_equal(luo_has_states(luo), 0);
	mock.ioctl = NULL;
	assert_int_equal(luo_get_status(luo, &status), -EOPNOTSUPP);
	mock.ioctl = broken;
	assert_int_equal(luo_get_status(luo, &status), -EIO);
	assert_int_equal(luo_has_states(luo), -EIO);
	luo_close(luo);
}

static void test_status_from_sysfs(void **state)
{
	static const char *const good[] = { LUO_SYSFS "/state", "frozen", LUO_SYSFS "/number", "7",
					    NULL };
	static const char *const odd[] = { LUO_SYSFS "/state", "thawed", NULL };
	struct luo_status status;

	assert_int_equal(luo_get_status(NULL, &status), -EOPNOTSUPP);
	mock.files = good;
	assert_int_equal(luo_get_status(NULL, &status), 0);
	assert_int_equal(status.state, LUO_STATE_FROZEN);
	assert_int_equal(status.number, 7);
	mock.files = odd;
	assert_int_equal(luo_get_status(NULL, &status), -EPROTO);
}

static int refusing(int fd, unsigned long request, void *arg)
{
	struct liveupdate_ioctl_set_event *args = arg;

	if (request == LIVEUPDATE_IOCTL_GET_STATE)
		return ours(fd, request, arg);
	assert_int_equal(args->size, sizeof(*args));
	assert_int_equal(args->event, LIVEUPDATE_PREPARE);
	memset(args->culprit, 'x', sizeof(args->culprit));
	return -EBUSY;
}

static int wrong_state(int fd, unsigned long request, void *arg)
{
	return request == LIVEUPDATE_IOCTL_GET_STATE ? ours(fd, request, arg) : -EINVAL;
}

static int obedient(int fd, unsigned long request, void *arg)
{
	return 0;
}

static void test_set_event(void **state)
{
	struct luo *luo = opened(obedient);
	char culprit[LUO_CULPRIT_SIZE] = "x";

	assert_int_equal(luo_set_event(luo, LUO_EVENT_FREEZE, culprit), 0);
	assert_string_equal(culprit, "");
	assert_int_equal(luo_set_event(luo, LUO_EVENT_FREEZE, NULL), 0);

	mock.ioctl = refusing;
	assert_int_equal(luo_set_event(luo, LUO_EVENT_PREPARE, culprit), -EBUSY);
	assert_int_equal(strlen(culprit), LUO_CULPRIT_SIZE - 1);

	mock.ioctl = wrong_state;
	assert_int_equal(luo_set_event(luo, LUO_EVENT_CANCEL, culprit), -EINVAL);
	mock.ioctl = stock;
	assert_int_equal(luo_set_event(luo, LUO_EVENT_CANCEL, culprit), -EOPNOTSUPP);
	mock.ioctl = NULL;
	assert_int_equal(luo_set_event(luo, LUO_EVENT_CANCEL, culprit), -EOPNOTSUPP);
	luo_close(luo);
}

static void test_names(void **state)
{
	for (unsigned int i = LUO_STATE_UNDEFINED; i <= LUO_STATE_UPDATED; i++)
		assert_int_equal(luo_state_from_name(luo_state_name(i)), (int)i);
	assert_string_equal(luo_state_name(99), "unknown");
	assert_int_equal(luo_state_from_name("unknown"), -EINVAL);
	assert_string_equal(luo_event_name(LUO_EVENT_CANCEL), "cancel");
	assert_string_equal(luo_event_name(4), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mock_test(test_open_modes),
		mock_test(test_open_failures),
		mock_test(test_status),
		mock_test(test_status_without_states),
		mock_test(test_status_from_sysfs),
		mock_test(test_set_event),
		mock_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
