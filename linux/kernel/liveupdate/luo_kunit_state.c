// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO KUnit tests of states and participants
 *
 * Where events lead, in which order participants are asked, and what becomes of
 * it all when one of them refuses. Those that refuse are made up; some of them
 * take part in the live updates of the very kernel that runs the tests.
 */
#include <kunit/test.h>
#include <linux/list.h>
#include <linux/string.h>
#include "luo_internal.h"

/* Every event in every state, as the documentation has it */
static void events_lead_where_the_table_says(struct kunit *test)
{
	static const int next[][4] = {
		/* PREPARE, FREEZE, FINISH, CANCEL */
		[LIVEUPDATE_STATE_UNDEFINED] = { -EINVAL, -EINVAL, -EINVAL, -EINVAL },
		[LIVEUPDATE_STATE_NORMAL] = {
			LIVEUPDATE_STATE_PREPARED, -EINVAL, -EINVAL, -EINVAL },
		[LIVEUPDATE_STATE_PREPARED] = {
			-EINVAL, LIVEUPDATE_STATE_FROZEN, -EINVAL, LIVEUPDATE_STATE_NORMAL },
		[LIVEUPDATE_STATE_FROZEN] = {
			-EINVAL, -EINVAL, -EINVAL, LIVEUPDATE_STATE_NORMAL },
		[LIVEUPDATE_STATE_UPDATED] = {
			-EINVAL, -EINVAL, LIVEUPDATE_STATE_NORMAL, -EINVAL },
	};

	for (unsigned int state = 0; state < ARRAY_SIZE(next); state++) {
		for (u32 event = 0; event < 4; event++)
			KUNIT_EXPECT_EQ_MSG(test, luo_state_next(state, event),
					    next[state][event], "state %u event %u",
					    state, event);
		KUNIT_EXPECT_EQ(test, luo_state_next(state, 4), -EOPNOTSUPP);
		KUNIT_EXPECT_EQ(test, luo_state_next(state, U32_MAX), -EOPNOTSUPP);
	}
}

static void states_have_names(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, luo_state_name(LIVEUPDATE_STATE_NORMAL), "normal");
	KUNIT_EXPECT_STREQ(test, luo_state_name(LIVEUPDATE_STATE_PREPARED), "prepared");
	KUNIT_EXPECT_STREQ(test, luo_state_name(LIVEUPDATE_STATE_FROZEN), "frozen");
	KUNIT_EXPECT_STREQ(test, luo_state_name(LIVEUPDATE_STATE_UPDATED), "updated");
	KUNIT_EXPECT_STREQ(test, luo_state_name(77), "?");
}

static void first_blame_stays(struct kunit *test)
{
	struct luo_blame blame = {};

	luo_blame(&blame, "token %d", 7);
	luo_blame(&blame, "somebody else");
	KUNIT_EXPECT_STREQ(test, blame.text, "token 7");
}

static void long_blame_is_cut(struct kunit *test)
{
	struct luo_blame blame = {};

	luo_blame(&blame, "%0200d", 1);
	KUNIT_EXPECT_EQ(test, strlen(blame.text), sizeof(blame.text) - 1);
}

/* Participants that write down what they are asked, and refuse when told to */
struct luo_test_participant {
	struct luo_participant p;
	char letter;
	char refuses;
};

static char luo_test_log[64];

static int luo_test_call(struct luo_participant *p, char what)
{
	struct luo_test_participant *t = container_of(p, struct luo_test_participant, p);
	size_t len = strlen(luo_test_log);

	if (len + 3 < sizeof(luo_test_log))
		snprintf(luo_test_log + len, sizeof(luo_test_log) - len, "%c%c", what, t->letter);
	return t->refuses == what ? -EPERM : 0;
}

static int luo_test_prepare(struct luo_participant *p, struct luo_blame *blame)
{
	return luo_test_call(p, 'p');
}

static int luo_test_freeze(struct luo_participant *p, struct luo_blame *blame)
{
	return luo_test_call(p, 'f');
}

static void luo_test_cancel(struct luo_participant *p)
{
	luo_test_call(p, p->phase == LUO_PHASE_FROZEN ? 'C' : 'c');
}

static int luo_test_can_finish(struct luo_participant *p, struct luo_blame *blame)
{
	return luo_test_call(p, '?');
}

static void luo_test_finish(struct luo_participant *p)
{
	luo_test_call(p, '!');
}

static const struct luo_participant_ops luo_test_ops = {
	.prepare	= luo_test_prepare,
	.freeze		= luo_test_freeze,
	.cancel		= luo_test_cancel,
	.can_finish	= luo_test_can_finish,
	.finish		= luo_test_finish,
};

static const struct luo_participant_ops luo_test_no_ops = {};

static struct luo_test_participant luo_test_list_of[4];

/* a, b and d take part in everything; what c does not care about it has no op for. */
static struct list_head *luo_test_participants(void)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	static LIST_HEAD(list);

	INIT_LIST_HEAD(&list);
	memset(luo_test_log, 0, sizeof(luo_test_log));
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		luo_test_list_of[i] = (struct luo_test_participant) {
			.p.name = names[i],
			.p.ops = i == 2 ? &luo_test_no_ops : &luo_test_ops,
			.letter = names[i][0],
		};
		list_add_tail(&luo_test_list_of[i].p.list, &list);
	}
	return &list;
}

static void all_go_forwards_in_order_and_back_in_reverse(struct kunit *test)
{
	struct list_head *list = luo_test_participants();
	struct luo_blame blame = {};

	KUNIT_EXPECT_EQ(test, luo_participants_prepare(list, &blame), 0);
	luo_participants_cancel(list);
	KUNIT_EXPECT_EQ(test, luo_participants_prepare(list, &blame), 0);
	KUNIT_EXPECT_EQ(test, luo_participants_freeze(list, &blame), 0);
	luo_participants_cancel(list);
	luo_participants_cancel(list);
	KUNIT_EXPECT_STREQ(test, luo_test_log, "papbpdcdcbcapapbpdfafbfdCdCbCa");
	KUNIT_EXPECT_STREQ(test, blame.text, "");
}

static void refused_prepare_cancels_those_before_it(struct kunit *test)
{
	struct list_head *list = luo_test_participants();
	struct luo_blame blame = {};

	luo_test_list_of[3].refuses = 'p';
	KUNIT_EXPECT_EQ(test, luo_participants_prepare(list, &blame), -EPERM);
	KUNIT_EXPECT_STREQ(test, luo_test_log, "papbpdcbca");
	KUNIT_EXPECT_STREQ(test, blame.text, "d");
	for (unsigned int i = 0; i < ARRAY_SIZE(luo_test_list_of); i++)
		KUNIT_EXPECT_EQ(test, luo_test_list_of[i].p.phase, LUO_PHASE_IDLE);
}

static void refused_freeze_cancels_everybody(struct kunit *test)
{
	struct list_head *list = luo_test_participants();
	struct luo_blame blame = {};

	luo_test_list_of[1].refuses = 'f';
	KUNIT_EXPECT_EQ(test, luo_participants_prepare(list, &blame), 0);
	KUNIT_EXPECT_EQ(test, luo_participants_freeze(list, &blame), -EPERM);
	KUNIT_EXPECT_STREQ(test, luo_test_log, "papbpdfafbcdcbCa");
	KUNIT_EXPECT_STREQ(test, blame.text, "b");
	for (unsigned int i = 0; i < ARRAY_SIZE(luo_test_list_of); i++)
		KUNIT_EXPECT_EQ(test, luo_test_list_of[i].p.phase, LUO_PHASE_IDLE);
}

static void vetoed_finish_tears_nothing_down(struct kunit *test)
{
	struct list_head *list = luo_test_participants();
	struct luo_blame blame = {};

	luo_test_list_of[1].refuses = '?';
	KUNIT_EXPECT_EQ(test, luo_participants_can_finish(list, &blame), -EPERM);
	KUNIT_EXPECT_STREQ(test, luo_test_log, "?a?b");
	KUNIT_EXPECT_STREQ(test, blame.text, "b");

	list = luo_test_participants();
	KUNIT_EXPECT_EQ(test, luo_participants_can_finish(list, &blame), 0);
	luo_participants_finish(list);
	KUNIT_EXPECT_STREQ(test, luo_test_log, "?a?b?d!d!b!a");
}

/* One more participant in this very kernel, which refuses one thing */
static struct luo_test_participant *luo_test_refusing(struct kunit *test, char what)
{
	struct luo_test_participant *t = &luo_test_list_of[0];
	struct luo_blame blame = {};

	if (!liveupdate_enabled())
		kunit_skip(test, "live update is off");
	luo_test_participants();
	t->refuses = what;
	t->p.name = "somebody";
	KUNIT_ASSERT_EQ(test, luo_state_write_enter(), 0);
	KUNIT_EXPECT_EQ(test, luo_participant_add(&t->p, &blame), 0);
	luo_state_write_exit();
	return t;
}

static int luo_test_remove(struct luo_test_participant *t)
{
	int err = luo_state_write_enter();

	if (err)
		return err;
	err = luo_participant_remove(&t->p);
	luo_state_write_exit();
	return err;
}

static void refused_event_leaves_the_machine_in_normal(struct kunit *test)
{
	struct luo_test_participant *t = luo_test_refusing(test, 'p');
	struct luo_blame blame = {}, again = {};

	KUNIT_EXPECT_EQ(test, luo_state_event(LIVEUPDATE_PREPARE, &blame), -EPERM);
	KUNIT_EXPECT_EQ(test, liveupdate_get_state(), LIVEUPDATE_STATE_NORMAL);
	KUNIT_EXPECT_STREQ(test, blame.text, "somebody");

	t->refuses = 'f';
	KUNIT_EXPECT_EQ(test, luo_state_event(LIVEUPDATE_PREPARE, &again), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_get_state(), LIVEUPDATE_STATE_PREPARED);
	KUNIT_EXPECT_EQ(test, luo_test_remove(t), -EBUSY);
	KUNIT_EXPECT_EQ(test, luo_state_event(LIVEUPDATE_FREEZE, &again), -EPERM);
	KUNIT_EXPECT_EQ(test, liveupdate_get_state(), LIVEUPDATE_STATE_NORMAL);
	KUNIT_EXPECT_STREQ(test, again.text, "somebody");
	KUNIT_EXPECT_STREQ(test, luo_test_log, "papafaca");
	KUNIT_EXPECT_EQ(test, luo_test_remove(t), 0);
}

static void refusal_stops_the_kexec(struct kunit *test)
{
	struct luo_test_participant *t = luo_test_refusing(test, 'f');
	struct luo_blame blame = {}, again = {};

	KUNIT_EXPECT_EQ(test, luo_state_reboot(true, &blame), -EPERM);
	KUNIT_EXPECT_EQ(test, liveupdate_get_state(), LIVEUPDATE_STATE_NORMAL);
	KUNIT_EXPECT_STREQ(test, blame.text, "somebody");
	t->refuses = 'p';
	KUNIT_EXPECT_EQ(test, luo_state_reboot(true, &again), -EPERM);
	KUNIT_EXPECT_EQ(test, liveupdate_get_state(), LIVEUPDATE_STATE_NORMAL);
	KUNIT_EXPECT_STREQ(test, luo_test_log, "pafacapa");

	/* Nothing of it stays: the next events work. */
	t->refuses = 0;
	KUNIT_EXPECT_EQ(test, luo_state_event(LIVEUPDATE_PREPARE, &again), 0);
	KUNIT_EXPECT_EQ(test, luo_state_event(LIVEUPDATE_FREEZE, &again), 0);
	KUNIT_EXPECT_EQ(test, luo_state_event(LIVEUPDATE_CANCEL, &again), 0);
	KUNIT_EXPECT_EQ(test, liveupdate_get_state(), LIVEUPDATE_STATE_NORMAL);
	KUNIT_EXPECT_EQ(test, luo_test_remove(t), 0);
}

static struct kunit_case luo_test_cases[] = {
	KUNIT_CASE(events_lead_where_the_table_says),
	KUNIT_CASE(states_have_names),
	KUNIT_CASE(first_blame_stays),
	KUNIT_CASE(long_blame_is_cut),
	KUNIT_CASE(all_go_forwards_in_order_and_back_in_reverse),
	KUNIT_CASE(refused_prepare_cancels_those_before_it),
	KUNIT_CASE(refused_freeze_cancels_everybody),
	KUNIT_CASE(vetoed_finish_tears_nothing_down),
	KUNIT_CASE(refused_event_leaves_the_machine_in_normal),
	KUNIT_CASE(refusal_stops_the_kexec),
	{}
};

static struct kunit_suite luo_test_suite = {
	.name		= "liveupdate-state",
	.test_cases	= luo_test_cases,
};

kunit_test_suite(luo_test_suite);
