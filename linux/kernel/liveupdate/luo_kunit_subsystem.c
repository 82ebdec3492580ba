// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO KUnit tests of subsystems
 *
 * Registering and unregistering at each moment of a live update of the kernel
 * that runs the tests, up to what comes before the jump.
 */
#include <kunit/test.h>
#include <linux/liveupdate.h>
#include <linux/string.h>
#include "luo_internal.h"

/* What the subsystems were called for, each call two letters */
static char luo_test_calls[64];

struct luo_test_subsystem {
	struct liveupdate_subsystem s;
	char letter;
	char refuses;
	u64 seen;
	struct liveupdate_subsystem *other;
	int inner_register;
	int inner_unregister;
	int inner_work;
};

static struct luo_test_subsystem *to_test(struct liveupdate_subsystem *s)
{
	return container_of(s, struct luo_test_subsystem, s);
}

static int luo_test_call(struct liveupdate_subsystem *s, char what)
{
	struct luo_test_subsystem *t = to_test(s);
	size_t len = strlen(luo_test_calls);

	if (len + 3 < sizeof(luo_test_calls))
		snprintf(luo_test_calls + len, sizeof(luo_test_calls) - len, "%c%c", what,
			 t->letter);
	return t->refuses == what ? -EPERM : 0;
}

static int luo_test_prepare(struct liveupdate_subsystem *s, u64 *data)
{
	struct luo_test_subsystem *t = to_test(s);

	if (t->other) {
		t->inner_register = liveupdate_register_subsystem(t->other);
		t->inner_unregister = liveupdate_unregister_subsystem(s);
		t->inner_work = liveupdate_work_begin(s);
	}
	*data = t->letter;
	return luo_test_call(s, 'p');
}

static int luo_test_freeze(struct liveupdate_subsystem *s, u64 *data)
{
	to_test(s)->seen = *data;
	*data += 1;
	return luo_test_call(s, 'f');
}

static void luo_test_cancel(struct liveupdate_subsystem *s, u64 data)
{
	to_test(s)->seen = data;
	luo_test_call(s, 'c');
}

static int luo_test_boot(struct liveupdate_subsystem *s, u64 data)
{
	return luo_test_call(s, 'b');
}

static const struct liveupdate_subsystem_ops luo_test_ops = {
	.prepare	= luo_test_prepare,
	.freeze		= luo_test_freeze,
	.cancel		= luo_test_cancel,
	.boot		= luo_test_boot,
};

static const struct liveupdate_subsystem_ops luo_test_no_ops = {};

static struct luo_test_subsystem luo_test_a, luo_test_b;

static int luo_test_init(struct kunit *test)
{
	if (!liveupdate_enabled())
		kunit_skip(test, "live update is off");
	luo_test_a = (struct luo_test_subsystem) {
		.s = { .name = "kunit-a", .ops = &luo_test_ops }, .letter = 'a' };
	luo_test_b = (struct luo_test_subsystem) {
		.s = { .name = "kunit-b", .ops = &luo_test_ops }, .letter = 'b' };
	luo_test_calls[0] = 0;
	return 0;
}

static int luo_test_event(u32 event)
{
	struct luo_blame blame = {};

	return luo_state_event(event, &blame);
}

static void names_and_operations_are_checked(struct kunit *test)
{
	static char longest[LIVEUPDATE_PARTICIPANT_NAME_LENGTH + 1];
	static const char *const bad[] = {
		"", ".", "..", "a/b", "a b", "a\n", "\xc3\xa4", longest };
	struct liveupdate_subsystem s = { .ops = &luo_test_no_ops };

	memset(longest, 'x', sizeof(longest) - 1);
	KUNIT_EXPECT_EQ(test, liveupdate_register_subsystem(&s), -EINVAL);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		s.name = bad[i];
		KUNIT_EXPECT_EQ_MSG(test, liveupdate_register_subsystem(&s), -EINVAL, "%u", i);
	}
	s.name = "kunit";
	s.ops = NULL;
	KUNIT_EXPECT_EQ(test, liveupdate_register_subsystem(&s), -EINVAL);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&s), -ENOENT);

	longest[LIVEUPDATE_PARTICIPANT_NAME_LENGTH - 1] = 0;
	s.name = longest;
	s.ops = &luo_test_no_ops;
	KUNIT_EXPECT_EQ(test, liveupdate_register_subsystem(&s), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&s), 0);
}

static void name_is_taken_once(struct kunit *test)
{
	struct luo_test_subsystem other = luo_test_a;
	struct liveupdate_subsystem core = { .name = "sessions", .ops = &luo_test_no_ops };

	KUNIT_ASSERT_EQ(test, liveupdate_register_subsystem(&luo_test_a.s), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_register_subsystem(&luo_test_a.s), -EEXIST);
	KUNIT_EXPECT_EQ(test, liveupdate_register_subsystem(&other.s), -EEXIST);
	KUNIT_EXPECT_EQ(test, liveupdate_register_subsystem(&core), -EEXIST);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&other.s), -ENOENT);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&luo_test_a.s), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&luo_test_a.s), -ENOENT);
}

static void order_of_registration_and_its_reverse(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, liveupdate_register_subsystem(&luo_test_b.s), 0);
	KUNIT_ASSERT_EQ(test, liveupdate_register_subsystem(&luo_test_a.s), 0);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_PREPARE), 0);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_FREEZE), 0);
	KUNIT_EXPECT_EQ(test, luo_test_a.seen, 'a');
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_CANCEL), 0);
	KUNIT_EXPECT_EQ(test, luo_test_a.seen, 'a' + 1);
	KUNIT_EXPECT_STREQ(test, luo_test_calls, "pbpafbfacacb");
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&luo_test_a.s), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&luo_test_b.s), 0);
}

static void veto_cancels_those_before_it(struct kunit *test)
{
	luo_test_b.refuses = 'p';
	KUNIT_ASSERT_EQ(test, liveupdate_register_subsystem(&luo_test_a.s), 0);
	KUNIT_ASSERT_EQ(test, liveupdate_register_subsystem(&luo_test_b.s), 0);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_PREPARE), -EPERM);
	KUNIT_EXPECT_EQ(test, liveupdate_get_state(), LIVEUPDATE_STATE_NORMAL);
	KUNIT_EXPECT_STREQ(test, luo_test_calls, "papbca");
	luo_test_b.refuses = 'f';
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_PREPARE), 0);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_FREEZE), -EPERM);
	KUNIT_EXPECT_EQ(test, liveupdate_get_state(), LIVEUPDATE_STATE_NORMAL);
	KUNIT_EXPECT_STREQ(test, luo_test_calls, "papbcapapbfafbcbca");
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&luo_test_a.s), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&luo_test_b.s), 0);
}

static void subsystem_with_something_saved_stays(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, liveupdate_register_subsystem(&luo_test_a.s), 0);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_PREPARE), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&luo_test_a.s), -EBUSY);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_FREEZE), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&luo_test_a.s), -EBUSY);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_CANCEL), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&luo_test_a.s), 0);
}

static void who_joins_in_prepared_is_prepared_at_once(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_PREPARE), 0);
	luo_test_a.refuses = 'p';
	KUNIT_EXPECT_EQ(test, liveupdate_register_subsystem(&luo_test_a.s), -EPERM);
	KUNIT_EXPECT_EQ(test, liveupdate_get_state(), LIVEUPDATE_STATE_PREPARED);
	luo_test_a.refuses = 0;
	KUNIT_EXPECT_EQ(test, liveupdate_register_subsystem(&luo_test_a.s), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_work_begin(&luo_test_a.s), -EBUSY);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_FREEZE), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_register_subsystem(&luo_test_b.s), -EBUSY);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_CANCEL), 0);
	KUNIT_EXPECT_STREQ(test, luo_test_calls, "papafaca");
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&luo_test_a.s), 0);
}

static void callback_may_not_register(struct kunit *test)
{
	luo_test_a.other = &luo_test_b.s;
	KUNIT_ASSERT_EQ(test, liveupdate_register_subsystem(&luo_test_a.s), 0);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_PREPARE), 0);
	KUNIT_EXPECT_EQ(test, luo_test_a.inner_register, -EDEADLK);
	KUNIT_EXPECT_EQ(test, luo_test_a.inner_unregister, -EDEADLK);
	KUNIT_EXPECT_EQ(test, luo_test_a.inner_work, -EBUSY);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_CANCEL), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&luo_test_a.s), 0);
}

static void operations_are_optional(struct kunit *test)
{
	struct liveupdate_subsystem s = { .name = "kunit", .ops = &luo_test_no_ops };
	u64 data;

	KUNIT_ASSERT_EQ(test, liveupdate_register_subsystem(&s), 0);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_PREPARE), 0);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_FREEZE), 0);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_CANCEL), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_get_subsystem_data(&s, &data), -ENOENT);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&s), 0);
}

static void work_is_refused_once_prepare_began(struct kunit *test)
{
	int cookie;

	KUNIT_ASSERT_EQ(test, liveupdate_register_subsystem(&luo_test_a.s), 0);
	cookie = liveupdate_work_begin(&luo_test_a.s);
	KUNIT_ASSERT_GE(test, cookie, 0);
	liveupdate_work_end(&luo_test_a.s, cookie);

	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_PREPARE), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_work_begin(&luo_test_a.s), -EBUSY);
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_CANCEL), 0);

	cookie = liveupdate_work_begin(&luo_test_a.s);
	KUNIT_ASSERT_GE(test, cookie, 0);
	liveupdate_work_end(&luo_test_a.s, cookie);
	KUNIT_EXPECT_EQ(test, liveupdate_unregister_subsystem(&luo_test_a.s), 0);
}

static void keys_follow_the_state(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, liveupdate_state_normal());
	KUNIT_EXPECT_FALSE(test, liveupdate_state_updated());
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_PREPARE), 0);
	KUNIT_EXPECT_FALSE(test, liveupdate_state_normal());
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_FREEZE), 0);
	KUNIT_EXPECT_FALSE(test, liveupdate_state_normal());
	KUNIT_EXPECT_FALSE(test, liveupdate_state_updated());
	KUNIT_EXPECT_EQ(test, luo_test_event(LIVEUPDATE_CANCEL), 0);
	KUNIT_EXPECT_TRUE(test, liveupdate_state_normal());
}

static struct kunit_case luo_test_subsystem_cases[] = {
	KUNIT_CASE(names_and_operations_are_checked),
	KUNIT_CASE(name_is_taken_once),
	KUNIT_CASE(order_of_registration_and_its_reverse),
	KUNIT_CASE(veto_cancels_those_before_it),
	KUNIT_CASE(subsystem_with_something_saved_stays),
	KUNIT_CASE(who_joins_in_prepared_is_prepared_at_once),
	KUNIT_CASE(callback_may_not_register),
	KUNIT_CASE(operations_are_optional),
	KUNIT_CASE(work_is_refused_once_prepare_began),
	KUNIT_CASE(keys_follow_the_state),
	{}
};

static struct kunit_suite luo_test_subsystem_suite = {
	.name		= "liveupdate-subsystem",
	.init		= luo_test_init,
	.test_cases	= luo_test_subsystem_cases,
};

kunit_test_suite(luo_test_subsystem_suite);
