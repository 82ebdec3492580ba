// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiting for a state. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "libluo.h"
#include "mock_sys.h"

#define FROZEN		LUO_STATE_BIT(LUO_STATE_FROZEN)
#define MS		1000000L

static const char *const normal[] = { "normal", NULL };

static int opened;
static int waits;
static int shortest;
static int longest;
static int64_t end;

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 * MS + now.tv_nsec;
}

static int note_open(const char *path, int flags)
{
	assert_string_equal(path, LUO_SYSFS "/state");
	assert_int_equal(flags & O_ACCMODE, O_RDONLY);
	opened = mock_fd();
	return opened;
}

static int note_wait(int timeout_ms)
{
	/* No wait ends before the time is over, if there is a limit that a test watches. */
	if (end)
		assert_true(now_ns() + timeout_ms * MS >= end);
	if (!waits++) {
		shortest = timeout_ms;
		longest = timeout_ms;
	}
	shortest = timeout_ms < shortest ? timeout_ms : shortest;
	longest = timeout_ms > longest ? timeout_ms : longest;
	return 1;
}

static int pass(long ns)
{
	const struct timespec pause = { .tv_nsec = ns };

	return nanosleep(&pause, NULL);
}

static int nothing_comes(int timeout_ms)
{
	note_wait(timeout_ms);
	pass(timeout_ms * MS);
	return 0;
}

/* Somebody else's, in the middle of a millisecond. */
static int changes_come(int timeout_ms)
{
	note_wait(timeout_ms);
	pass(MS * 7 / 10);
	return 1;
}

static int signal_comes(int timeout_ms)
{
	note_wait(timeout_ms);
	return -EINTR;
}

static int no_file(const char *path, int flags)
{
	return -ENOENT;
}

static int no_right(const char *path, int flags)
{
	return -EACCES;
}

static int never(const char *path, int flags)
{
	fail();
	return -EIO;
}

static int start(void **state)
{
	mock_reset(state);
	mock.open = note_open;
	mock.wait = note_wait;
	waits = 0;
	end = 0;
	opened = -1;
	return 0;
}

/* Nothing that a call has opened stays open. */
static int wait_state(unsigned int states, int timeout_ms)
{
	int ret = luo_wait_state(states, timeout_ms);

	if (opened >= 0)
		assert_int_equal(fcntl(opened, F_GETFD), -1);
	return ret;
}

static void it_ends_in_the_state_that_was_asked_for(void **state)
{
	static const char *const texts[] = { "normal", "prepared", "frozen", "normal", NULL };

	mock.texts = texts;
	assert_int_equal(wait_state(FROZEN, 1000), LUO_STATE_FROZEN);
	assert_int_equal(waits, 2);
	assert_true(longest <= 1000 && shortest > 0);
}

static void it_ends_in_the_first_of_several_states(void **state)
{
	static const char *const texts[] = { "prepared", "normal", "prepared", "frozen", NULL };

	mock.texts = texts;
	assert_int_equal(wait_state(FROZEN | LUO_STATE_BIT(LUO_STATE_NORMAL), 1000),
			 LUO_STATE_NORMAL);
	assert_int_equal(waits, 1);
}

static void a_state_that_is_there_is_not_waited_for(void **state)
{
	static const char *const texts[] = { "updated", NULL };

	mock.texts = texts;
	assert_int_equal(wait_state(LUO_STATE_BIT(LUO_STATE_NORMAL) |
				    LUO_STATE_BIT(LUO_STATE_UPDATED), 0), LUO_STATE_UPDATED);
	assert_int_equal(waits, 0);
}

static void no_time_is_one_look(void **state)
{
	mock.texts = normal;
	assert_int_equal(wait_state(FROZEN, 0), -ETIMEDOUT);
	assert_int_equal(waits, 0);
}

static void it_ends_when_the_time_is_over(void **state)
{
	mock.texts = normal;
	mock.wait = nothing_comes;
	end = now_ns() + 20 * MS;
	assert_int_equal(wait_state(FROZEN, 20), -ETIMEDOUT);
	assert_true(now_ns() >= end);
	assert_true(shortest > 0 && longest <= 20);
}

static void changes_of_other_kinds_neither_shorten_nor_prolong_it(void **state)
{
	mock.texts = normal;
	mock.wait = changes_come;
	end = now_ns() + 20 * MS;
	assert_int_equal(wait_state(FROZEN, 20), -ETIMEDOUT);
	assert_true(now_ns() >= end);
	assert_true(shortest > 0 && longest <= 20);
}

/* Looked at again before giving up: the change may have come with the last tick. */
static int comes_late(int timeout_ms)
{
	static const char *const frozen[] = { "frozen", NULL };

	nothing_comes(timeout_ms);
	mock.texts = frozen;
	return 0;
}

static void what_comes_at_the_last_moment_counts(void **state)
{
	mock.texts = normal;
	mock.wait = comes_late;
	assert_int_equal(wait_state(FROZEN, 5), LUO_STATE_FROZEN);
}

static void without_a_limit_it_waits_until_it_is_woken(void **state)
{
	static const char *const texts[] = { "normal", "prepared", "frozen", NULL };

	mock.texts = texts;
	assert_int_equal(wait_state(FROZEN, INT_MIN), LUO_STATE_FROZEN);
	assert_int_equal(waits, 2);
	assert_int_equal(shortest, -1);
	assert_int_equal(longest, -1);
}

static void the_longest_limit_is_no_overflow(void **state)
{
	static const char *const texts[] = { "normal", "frozen", NULL };

	mock.texts = texts;
	assert_int_equal(wait_state(FROZEN, INT_MAX), LUO_STATE_FROZEN);
	assert_true(shortest > INT_MAX - 60000);
}

static void states_that_never_come_are_not_waited_for(void **state)
{
	mock.open = never;
	assert_int_equal(luo_wait_state(0, -1), -EINVAL);
	assert_int_equal(luo_wait_state(LUO_STATE_BIT(LUO_STATE_UNDEFINED), -1), -EINVAL);
	assert_int_equal(luo_wait_state(FROZEN | LUO_STATE_BIT(LUO_STATE_UPDATED + 1), -1),
			 -EINVAL);
}

static void it_fails_where_there_are_no_states(void **state)
{
	mock.open = no_file;
	assert_int_equal(luo_wait_state(FROZEN, 20), -EOPNOTSUPP);
	assert_int_equal(luo_state_open(), -EOPNOTSUPP);
	mock.open = no_right;
	assert_int_equal(luo_wait_state(FROZEN, 20), -EACCES);
	assert_int_equal(luo_state_open(), -EACCES);
}

static void a_signal_ends_it(void **state)
{
	mock.texts = normal;
	mock.wait = signal_comes;
	assert_int_equal(wait_state(FROZEN, -1), -EINTR);
	assert_int_equal(waits, 1);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	static const char *const texts[] = { "normal", "molten", NULL };

	assert_int_equal(wait_state(FROZEN, 20), -EIO);
	mock.texts = texts;
	assert_int_equal(wait_state(FROZEN, 20), -EPROTO);
}

static void an_event_loop_reads_what_it_polls(void **state)
{
	static const char *const texts[] = { "normal", "prepared", "frozen", "updated", "", NULL };
	int fd = luo_state_open();

	mock.texts = texts;
	assert_int_equal(fd, opened);
	assert_int_equal(luo_state_read(fd), LUO_STATE_NORMAL);
	assert_int_equal(luo_state_read(fd), LUO_STATE_PREPARED);
	assert_int_equal(luo_state_read(fd), LUO_STATE_FROZEN);
	assert_int_equal(luo_state_read(fd), LUO_STATE_UPDATED);
	assert_int_equal(luo_state_read(fd), -EPROTO);
	mock.texts = NULL;
	assert_int_equal(luo_state_read(fd), -EIO);
	assert_int_equal(waits, 0);
	close(fd);
}

#define wait_test(function) cmocka_unit_test_setup(function, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		wait_test(it_ends_in_the_state_that_was_asked_for),
		wait_test(it_ends_in_the_first_of_several_states),
		wait_test(a_state_that_is_there_is_not_waited_for),
		wait_test(no_time_is_one_look),
		wait_test(it_ends_when_the_time_is_over),
		wait_test(changes_of_other_kinds_neither_shorten_nor_prolong_it),
		wait_test(what_comes_at_the_last_moment_counts),
		wait_test(without_a_limit_it_waits_until_it_is_woken),
		wait_test(the_longest_limit_is_no_overflow),
		wait_test(states_that_never_come_are_not_waited_for),
		wait_test(it_fails_where_there_are_no_states),
		wait_test(a_signal_ends_it),
		wait_test(what_cannot_be_read_is_an_error),
		wait_test(an_event_loop_reads_what_it_polls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
