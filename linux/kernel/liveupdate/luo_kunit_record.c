// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO KUnit tests of the record
 *
 * Times that span a jump are told only where the counter can be believed, and
 * what an update leaves behind says what became of it.
 */
#include <kunit/test.h>
#include <linux/string.h>
#include <linux/time64.h>
#include "luo_internal.h"

#define UNKNOWN	LIVEUPDATE_TIME_UNKNOWN

static void spans_are_told_in_ns(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, luo_clock_span(1, 1, 1000, 1000), 0);
	KUNIT_EXPECT_EQ(test, luo_clock_span(1, 1001, 1000, 1000), 1000 * NSEC_PER_USEC);
	KUNIT_EXPECT_EQ(test, luo_clock_span(1000, 3001000, 3000000, 3000000), NSEC_PER_MSEC);
	KUNIT_EXPECT_EQ(test, luo_clock_span(U64_MAX - 3000000, U64_MAX, 3000000, 3000000),
			NSEC_PER_MSEC);
}

static void rates_agree_within_a_percent(struct kunit *test)
{
	KUNIT_EXPECT_NE(test, luo_clock_span(1, 1001, 2000000, 2010000), UNKNOWN);
	KUNIT_EXPECT_NE(test, luo_clock_span(1, 1001, 2010000, 2000000), UNKNOWN);
	KUNIT_EXPECT_EQ(test, luo_clock_span(1, 1001, 2000000, 2030000), UNKNOWN);
	KUNIT_EXPECT_EQ(test, luo_clock_span(1, 1001, 2030000, 2000000), UNKNOWN);
	KUNIT_EXPECT_EQ(test, luo_clock_span(1, 1001, U32_MAX, 1), UNKNOWN);
}

static void counter_that_cannot_be_believed_tells_nothing(struct kunit *test)
{
	/* No counter, one that was not read, one that went backwards */
	KUNIT_EXPECT_EQ(test, luo_clock_span(1, 2, 0, 1000), UNKNOWN);
	KUNIT_EXPECT_EQ(test, luo_clock_span(1, 2, 1000, 0), UNKNOWN);
	KUNIT_EXPECT_EQ(test, luo_clock_span(0, 2, 1000, 1000), UNKNOWN);
	KUNIT_EXPECT_EQ(test, luo_clock_span(2, 0, 1000, 1000), UNKNOWN);
	KUNIT_EXPECT_EQ(test, luo_clock_span(3, 2, 1000, 1000), UNKNOWN);
	/* Longer than any jump, up to what would overflow */
	KUNIT_EXPECT_NE(test, luo_clock_span(1, 1 + 3600ULL * 1000000, 1000, 1000), UNKNOWN);
	KUNIT_EXPECT_EQ(test, luo_clock_span(1, 2 + 3600ULL * 1000000, 1000, 1000), UNKNOWN);
	KUNIT_EXPECT_EQ(test, luo_clock_span(1, U64_MAX, 1, 1), UNKNOWN);
	KUNIT_EXPECT_EQ(test, luo_clock_span(1, U64_MAX, U32_MAX, U32_MAX), UNKNOWN);
}

static void cancelled_update_leaves_a_record(struct kunit *test)
{
	struct luo_record record;
	struct luo_blame blame = {};

	if (!liveupdate_enabled())
		kunit_skip(test, "live update is off");
	KUNIT_ASSERT_EQ(test, luo_state_event(LIVEUPDATE_PREPARE, &blame), 0);
	luo_record_get(&record);
	KUNIT_EXPECT_EQ(test, record.result, LIVEUPDATE_RESULT_RUNNING);
	KUNIT_EXPECT_EQ(test, record.number, luo_number() + 1);
	KUNIT_EXPECT_NE(test, record.ns[LUO_SPAN_PREPARE], UNKNOWN);
	KUNIT_EXPECT_EQ(test, record.ns[LUO_SPAN_FREEZE], UNKNOWN);

	KUNIT_ASSERT_EQ(test, luo_state_event(LIVEUPDATE_FREEZE, &blame), 0);
	KUNIT_ASSERT_EQ(test, luo_state_event(LIVEUPDATE_CANCEL, &blame), 0);
	luo_record_get(&record);
	KUNIT_EXPECT_EQ(test, record.result, LIVEUPDATE_RESULT_CANCELLED);
	KUNIT_EXPECT_NE(test, record.ns[LUO_SPAN_FREEZE], UNKNOWN);
	KUNIT_EXPECT_EQ(test, record.ns[LUO_SPAN_JUMP], UNKNOWN);
	KUNIT_EXPECT_STREQ(test, record.culprit, "");
	KUNIT_EXPECT_STREQ(test, record.new_release, "");
	KUNIT_EXPECT_NE(test, strlen(record.old_release), 0);
}

static struct kunit_case luo_test_record_cases[] = {
	KUNIT_CASE(spans_are_told_in_ns),
	KUNIT_CASE(rates_agree_within_a_percent),
	KUNIT_CASE(counter_that_cannot_be_believed_tells_nothing),
	KUNIT_CASE(cancelled_update_leaves_a_record),
	{}
};

static struct kunit_suite luo_test_record_suite = {
	.name		= "liveupdate-record",
	.test_cases	= luo_test_record_cases,
};

kunit_test_suite(luo_test_record_suite);
