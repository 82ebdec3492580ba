// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/liveupdate.h>
#include <stdlib.h>
#include <string.h>

#include "libluo.h"
#include "mock_sys.h"

/* What the fake kernel has, and how often it was asked. */
static uint32_t existing;
static uint32_t growth;
static int calls;
static int error;

static uint32_t fits(uint32_t count)
{
	return count < existing ? count : existing;
}

static uint32_t grow(void)
{
	uint32_t count = existing;

	existing += growth;
	calls++;
	return count;
}

static int list_participants(struct liveupdate_ioctl_list_participants *args)
{
	struct liveupdate_participant_info *list = (void *)(uintptr_t)args->entries;

	assert_int_equal(args->size, sizeof(*args));
	assert_int_equal(args->entry_size, sizeof(*list));
	assert_int_equal(args->reserved, 0);
	for (uint32_t i = 0; i < fits(args->count); i++) {
		memset(list[i].name, 'n', sizeof(list[i].name));
		list[i].flags = i;
	}
	args->count = grow();
	return 0;
}

static int get_report(struct liveupdate_ioctl_get_report *args)
{
	struct liveupdate_report_entry *list = (void *)(uintptr_t)args->entries;

	assert_int_equal(args->size, sizeof(*args));
	assert_int_equal(args->entry_size, sizeof(*list));
	for (uint32_t i = 0; i < fits(args->count); i++) {
		memset(list[i].name, 'n', sizeof(list[i].name));
		list[i].flags = i;
		list[i].error = -(int)i;
		for (uint32_t j = 0; j < LIVEUPDATE_REPORT_CALLS; j++)
			list[i].ns[j] = j ? i + j : LIVEUPDATE_TIME_UNKNOWN;
	}
	args->count = grow();
	args->result = LIVEUPDATE_RESULT_REFUSED;
	args->callback = LIVEUPDATE_CALL_FREEZE;
	args->error = -EBUSY;
	args->number = 1ULL << 40 | (uint64_t)calls;
	args->prepare_ns = 11;
	args->freeze_ns = 12;
	args->shutdown_ns = 13;
	args->jump_ns = LIVEUPDATE_TIME_UNKNOWN;
	args->blackout_ns = 15;
	args->restore_ns = 16;
	memset(args->old_release, 'o', sizeof(args->old_release));
	memset(args->new_release, 'w', sizeof(args->new_release));
	memset(args->culprit, 'c', sizeof(args->culprit));
	return 0;
}

static int kernel(int fd, unsigned long request, void *arg)
{
	if (error)
		return error;
	switch (request) {
	case LIVEUPDATE_IOCTL_LIST_PARTICIPANTS:
		return list_participants(arg);
	case LIVEUPDATE_IOCTL_GET_REPORT:
		return get_report(arg);
	}
	return -ENOTTY;
}

/* With states, and no call that is asked for here. */
static int first_version(int fd, unsigned long request, void *arg)
{
	return request == LIVEUPDATE_IOCTL_GET_STATE ? 0 : error;
}

static struct luo *start(uint32_t count, uint32_t grows)
{
	struct luo *luo;

	existing = count;
	growth = grows;
	calls = 0;
	error = 0;
	mock.ioctl = kernel;
	assert_int_equal(luo_open(&luo, NULL, 0), 0);
	return luo;
}

static const struct {
	uint32_t existing;
	int calls;
} sizes[] = { { 0, 1 }, { 1, 1 }, { 32, 1 }, { 33, 2 }, { 5000, 2 } };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void test_list_participants(void **state)
{
	for (size_t i = 0; i < SIZES; i++) {
		struct luo *luo = start(sizes[i].existing, 0);
		struct luo_participant_info *list;
		size_t count;

		assert_int_equal(luo_list_participants(luo, &list, &count), 0);
		assert_int_equal(count, sizes[i].existing);
		assert_int_equal(calls, sizes[i].calls);
		assert_non_null(list);
		for (size_t j = 0; j < count; j++) {
			assert_int_equal(strlen(list[j].name), LUO_PARTICIPANT_NAME_SIZE - 1);
			assert_int_equal(list[j].flags, j);
		}
		free(list);
		luo_close(luo);
	}
}

static void check_entry(const struct luo_report_entry *entry, size_t i)
{
	assert_int_equal(strlen(entry->name), LUO_PARTICIPANT_NAME_SIZE - 1);
	assert_int_equal(entry->flags, i);
	assert_int_equal(entry->error, -(int)i);
	assert_true(entry->ns[LUO_CALL_PREPARE] == LUO_TIME_UNKNOWN);
	for (size_t j = 1; j < LUO_REPORT_CALLS; j++)
		assert_int_equal(entry->ns[j], i + j);
}

static void test_report_entries(void **state)
{
	for (size_t i = 0; i < SIZES; i++) {
		struct luo *luo = start(sizes[i].existing, 0);
		struct luo_report_entry *entries;
		struct luo_report report;
		size_t count;

		assert_int_equal(luo_get_report(luo, &report, &entries, &count), 0);
		assert_int_equal(count, sizes[i].existing);
		assert_int_equal(calls, sizes[i].calls);
		assert_non_null(entries);
		for (size_t j = 0; j < count; j++)
			check_entry(&entries[j], j);
		/* The head is that of the call which gave the entries. */
		assert_true(report.number == (1ULL << 40 | (uint64_t)sizes[i].calls));
		free(entries);
		luo_close(luo);
	}
}

static void test_report(void **state)
{
	struct luo *luo = start(0, 0);
	struct luo_report_entry *entries;
	struct luo_report report;
	size_t count;

	memset(&report, 0xff, sizeof(report));
	assert_int_equal(luo_get_report(luo, &report, &entries, &count), 0);
	assert_int_equal(report.result, LUO_RESULT_REFUSED);
	assert_int_equal(report.callback, LUO_CALL_FREEZE);
	assert_int_equal(report.error, -EBUSY);
	assert_int_equal(report.prepare_ns, 11);
	assert_int_equal(report.freeze_ns, 12);
	assert_int_equal(report.shutdown_ns, 13);
	assert_true(report.jump_ns == LUO_TIME_UNKNOWN);
	assert_int_equal(report.blackout_ns, 15);
	assert_int_equal(report.restore_ns, 16);
	assert_int_equal(strspn(report.old_release, "o"), LUO_RELEASE_SIZE - 1);
	assert_int_equal(strspn(report.new_release, "w"), LUO_RELEASE_SIZE - 1);
	assert_int_equal(strspn(report.culprit, "c"), LUO_CULPRIT_SIZE - 1);
	assert_int_equal(strlen(report.old_release), LUO_RELEASE_SIZE - 1);
	assert_int_equal(strlen(report.new_release), LUO_RELEASE_SIZE - 1);
	assert_int_equal(strlen(report.culprit), LUO_CULPRIT_SIZE - 1);
	free(entries);
	luo_close(luo);
}

static void test_lists_that_grow(void **state)
{
	struct luo_participant_info *list;
	struct luo_report_entry *entries;
	struct luo *luo = start(40, 40);
	struct luo_report report;
	size_t count;

	assert_int_equal(luo_list_participants(luo, &list, &count), -EAGAIN);
	existing = 40;
	assert_int_equal(luo_get_report(luo, &report, &entries, &count), -EAGAIN);
	growth = 10;
	existing = 40;
	assert_int_equal(luo_list_participants(luo, &list, &count), 0);
	assert_int_equal(count, 50);
	free(list);
	existing = 40;
	assert_int_equal(luo_get_report(luo, &report, &entries, &count), 0);
	assert_int_equal(count, 50);
	check_entry(&entries[49], 49);
	free(entries);
	luo_close(luo);
}

static void expect_failure(struct luo *luo, int from_kernel, int expected)
{
	struct luo_participant_info *list;
	struct luo_report_entry *entries;
	struct luo_report report;
	size_t count;

	error = from_kernel;
	assert_int_equal(luo_list_participants(luo, &list, &count), expected);
	assert_int_equal(luo_get_report(luo, &report, &entries, &count), expected);
}

static void test_failures(void **state)
{
	struct luo *luo = start(1, 0);

	expect_failure(luo, -ENOTTY, -EOPNOTSUPP);
	expect_failure(luo, -EINVAL, -EOPNOTSUPP);
	expect_failure(luo, -EFAULT, -EFAULT);
	expect_failure(luo, -ENOMEM, -ENOMEM);

	mock.ioctl = first_version;
	expect_failure(luo, -ENOTTY, -EOPNOTSUPP);
	expect_failure(luo, -EINVAL, -EINVAL);
	luo_close(luo);
}

static void test_names(void **state)
{
	assert_string_equal(luo_callback_name(LUO_CALL_PREPARE), "prepare");
	assert_string_equal(luo_callback_name(LUO_CALL_FREEZE), "freeze");
	assert_string_equal(luo_callback_name(LUO_CALL_CANCEL), "cancel");
	assert_string_equal(luo_callback_name(LUO_CALL_BOOT), "boot");
	assert_string_equal(luo_callback_name(LUO_CALL_CAN_FINISH), "can_finish");
	assert_string_equal(luo_callback_name(LUO_CALL_FINISH), "finish");
	assert_string_equal(luo_callback_name(LUO_CALL_FINISH + 1), "unknown");
	assert_string_equal(luo_callback_name(UINT32_MAX), "unknown");
	assert_string_equal(luo_result_name(LUO_RESULT_NONE), "none");
	assert_string_equal(luo_result_name(LUO_RESULT_RUNNING), "running");
	assert_string_equal(luo_result_name(LUO_RESULT_REFUSED), "refused");
	assert_string_equal(luo_result_name(LUO_RESULT_CANCELLED), "cancelled");
	assert_string_equal(luo_result_name(LUO_RESULT_COMPLETED), "completed");
	assert_string_equal(luo_result_name(LUO_RESULT_FAILED), "failed");
	assert_string_equal(luo_result_name(LUO_RESULT_FAILED + 1), "unknown");
	assert_string_equal(luo_result_name(UINT32_MAX), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mock_test(test_list_participants),
		mock_test(test_report_entries),
		mock_test(test_report),
		mock_test(test_lists_that_grow),
		mock_test(test_failures),
		mock_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
