// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO KUnit tests
 *
 * The parts of the orchestrator that need no second kernel: where events lead,
 * and what is believed of a handover. Handovers are made up in pages of the
 * test's own, whose "physical" address is their number.
 */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kho/abi/luo_state.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "luo_internal.h"

#define LUO_TEST_PAGES	4
#define LUO_TEST_PA(i)	(((i) + 1) * (u64)PAGE_SIZE)

static void *luo_test_page[LUO_TEST_PAGES];

static void *luo_test_map(u64 pa, size_t size)
{
	u64 i = pa / PAGE_SIZE - 1;

	if (pa % PAGE_SIZE || i >= LUO_TEST_PAGES || size > PAGE_SIZE)
		return NULL;
	return luo_test_page[i];
}

static struct kho_block_header_ser *luo_test_block(unsigned int i, u64 next, u64 count)
{
	struct kho_block_header_ser *block = luo_test_page[i];

	block->next = next;
	block->count = count;
	return block;
}

static int luo_test_init(struct kunit *test)
{
	for (unsigned int i = 0; i < LUO_TEST_PAGES; i++) {
		luo_test_page[i] = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, luo_test_page[i]);
	}
	return 0;
}

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
	KUNIT_EXPECT_EQ(test, luo_participants_finish(list, &blame), -EPERM);
	KUNIT_EXPECT_STREQ(test, luo_test_log, "?a?b");
	KUNIT_EXPECT_STREQ(test, blame.text, "b");

	list = luo_test_participants();
	KUNIT_EXPECT_EQ(test, luo_participants_finish(list, &blame), 0);
	KUNIT_EXPECT_STREQ(test, luo_test_log, "?a?b?d!d!b!a");
}

/* One more participant in this very kernel, which refuses one thing */
static struct luo_test_participant *luo_test_refusing(struct kunit *test, char what)
{
	struct luo_test_participant *t = &luo_test_list_of[0];

	if (!liveupdate_enabled())
		kunit_skip(test, "live update is off");
	luo_test_participants();
	t->refuses = what;
	t->p.name = "somebody";
	luo_participant_add(&t->p);
	return t;
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
	KUNIT_EXPECT_EQ(test, luo_participant_remove(&t->p), -EBUSY);
	KUNIT_EXPECT_EQ(test, luo_state_event(LIVEUPDATE_FREEZE, &again), -EPERM);
	KUNIT_EXPECT_EQ(test, liveupdate_get_state(), LIVEUPDATE_STATE_NORMAL);
	KUNIT_EXPECT_STREQ(test, again.text, "somebody");
	KUNIT_EXPECT_STREQ(test, luo_test_log, "papafaca");
	KUNIT_EXPECT_EQ(test, luo_participant_remove(&t->p), 0);
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
	KUNIT_EXPECT_EQ(test, luo_participant_remove(&t->p), 0);
}

static void chain_of_blocks_is_counted(struct kunit *test)
{
	u64 entries;

	KUNIT_EXPECT_EQ(test, luo_blocks_check(0, 64, luo_test_map, &entries), 0);
	KUNIT_EXPECT_EQ(test, entries, 0);

	luo_test_block(0, LUO_TEST_PA(2), 63);
	luo_test_block(2, LUO_TEST_PA(1), 63);
	luo_test_block(1, 0, 1);
	KUNIT_EXPECT_EQ(test, luo_blocks_check(LUO_TEST_PA(0), 64, luo_test_map, &entries), 0);
	KUNIT_EXPECT_EQ(test, entries, 127);
}

static void looping_chain_is_refused(struct kunit *test)
{
	u64 entries;

	luo_test_block(0, LUO_TEST_PA(0), 1);
	KUNIT_EXPECT_EQ(test, luo_blocks_check(LUO_TEST_PA(0), 64, luo_test_map, &entries),
			-EINVAL);

	luo_test_block(0, LUO_TEST_PA(1), 1);
	luo_test_block(1, LUO_TEST_PA(2), 1);
	luo_test_block(2, LUO_TEST_PA(1), 1);
	KUNIT_EXPECT_EQ(test, luo_blocks_check(LUO_TEST_PA(0), 64, luo_test_map, &entries),
			-EINVAL);
}

static void absurd_block_is_refused(struct kunit *test)
{
	static const u64 counts[] = { 0, 64, U32_MAX, U64_MAX };
	u64 entries;

	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		luo_test_block(0, 0, counts[i]);
		KUNIT_EXPECT_EQ_MSG(test,
				    luo_blocks_check(LUO_TEST_PA(0), 64, luo_test_map, &entries),
				    -EINVAL, "count %llu", counts[i]);
	}
}

static void block_outside_the_handover_is_refused(struct kunit *test)
{
	static const u64 outside[] = { 1, PAGE_SIZE + 8, 99 * PAGE_SIZE, U64_MAX };
	u64 entries;

	for (unsigned int i = 0; i < ARRAY_SIZE(outside); i++) {
		KUNIT_EXPECT_EQ(test, luo_blocks_check(outside[i], 64, luo_test_map, &entries),
				-EINVAL);
		luo_test_block(0, outside[i], 1);
		KUNIT_EXPECT_EQ(test,
				luo_blocks_check(LUO_TEST_PA(0), 64, luo_test_map, &entries),
				-EINVAL);
	}
}

static void string_needs_content_and_end(struct kunit *test)
{
	char s[8];

	KUNIT_EXPECT_EQ(test, luo_string_check("name", 8), 0);
	KUNIT_EXPECT_EQ(test, luo_string_check("", 8), -EINVAL);
	memset(s, 'x', sizeof(s));
	KUNIT_EXPECT_EQ(test, luo_string_check(s, sizeof(s)), -EINVAL);
	s[7] = 0;
	KUNIT_EXPECT_EQ(test, luo_string_check(s, sizeof(s)), 0);
}

static void shared_root_is_checked(struct kunit *test)
{
	struct luo_ser ser = {};

	strscpy_pad(ser.compatible, LUO_ABI_COMPATIBLE);
	KUNIT_EXPECT_EQ(test, luo_ser_check(&ser, sizeof(ser)), 0);
	KUNIT_EXPECT_EQ(test, luo_ser_check(&ser, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, luo_ser_check(&ser, sizeof(ser) - 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, luo_ser_check(&ser, 0), -EINVAL);
	strscpy_pad(ser.compatible, "luo-v4");
	KUNIT_EXPECT_EQ(test, luo_ser_check(&ser, sizeof(ser)), -EPROTONOSUPPORT);
	strscpy_pad(ser.compatible, "luo-v55");
	KUNIT_EXPECT_EQ(test, luo_ser_check(&ser, sizeof(ser)), -EPROTONOSUPPORT);
	memset(ser.compatible, 'l', sizeof(ser.compatible));
	KUNIT_EXPECT_EQ(test, luo_ser_check(&ser, sizeof(ser)), -EPROTONOSUPPORT);
}

static void luo_test_state(struct luo_state_ser *state, struct luo_ser *luo)
{
	memset(state, 0, sizeof(*state));
	strscpy_pad(state->compatible, LUO_STATE_COMPATIBLE);
	state->length = sizeof(*state);
	state->number = 3;
	state->sessions = 5;
	state->flags = LUO_STATE_SER_FROZEN;
	state->checksum = luo_state_ser_checksum(state);
	luo->liveupdate_num = 3;
}

static void own_root_is_checked(struct kunit *test)
{
	struct luo_state_ser state;
	struct luo_ser luo = {};

	luo_test_state(&state, &luo);
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(&state, sizeof(state), &luo), 0);
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(&state, sizeof(state) - 1, &luo), -EINVAL);

	luo.liveupdate_num = 4;
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(&state, sizeof(state), &luo), -EINVAL);

	luo_test_state(&state, &luo);
	strscpy_pad(state.compatible, "luo-state-v2");
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(&state, sizeof(state), &luo),
			-EPROTONOSUPPORT);

	luo_test_state(&state, &luo);
	state.length = sizeof(state) - 8;
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(&state, sizeof(state), &luo), -EINVAL);
	state.length = U32_MAX;
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(&state, sizeof(state), &luo), -EINVAL);
}

static void every_flipped_bit_is_found(struct kunit *test)
{
	struct luo_state_ser state;
	struct luo_ser luo = {};

	for (unsigned int bit = 0; bit < sizeof(state) * 8; bit++) {
		luo_test_state(&state, &luo);
		((u8 *)&state)[bit / 8] ^= 1 << bit % 8;
		KUNIT_EXPECT_NE_MSG(test, luo_state_ser_check(&state, sizeof(state), &luo), 0,
				    "bit %u", bit);
	}
}

static void longer_own_root_of_a_later_version_is_read(struct kunit *test)
{
	struct luo_state_ser *state = luo_test_page[0];
	struct luo_ser luo = {};

	luo_test_state(state, &luo);
	state->length = sizeof(*state) + 16;
	((u8 *)(state + 1))[3] = 0x5a;
	state->checksum = luo_state_ser_checksum(state);
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(state, sizeof(*state) + 16, &luo), 0);
	((u8 *)(state + 1))[3] = 0;
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(state, sizeof(*state) + 16, &luo), -EBADMSG);
}

static void table_of_shared_objects_is_checked(struct kunit *test)
{
	struct luo_flb_header_ser *header = luo_test_page[0];
	struct luo_flb_ser *ser = (void *)(header + 1);

	KUNIT_EXPECT_EQ(test, luo_flb_table_check(header, PAGE_SIZE), 0);
	header->count = 1;
	KUNIT_EXPECT_EQ(test, luo_flb_table_check(header, PAGE_SIZE), -EINVAL);
	strscpy_pad(ser->name, "object-v1");
	KUNIT_EXPECT_EQ(test, luo_flb_table_check(header, PAGE_SIZE), 0);
	memset(ser->name, 'x', sizeof(ser->name));
	KUNIT_EXPECT_EQ(test, luo_flb_table_check(header, PAGE_SIZE), -EINVAL);
	header->count = PAGE_SIZE / sizeof(*ser);
	KUNIT_EXPECT_EQ(test, luo_flb_table_check(header, PAGE_SIZE), -EINVAL);
	header->count = U64_MAX;
	KUNIT_EXPECT_EQ(test, luo_flb_table_check(header, PAGE_SIZE), -EINVAL);
	header->count = 0;
	KUNIT_EXPECT_EQ(test, luo_flb_table_check(header, 8), -EINVAL);
}

static void ordinary_memory_is_not_taken_for_handed_over(struct kunit *test)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);
	phys_addr_t pa;

	KUNIT_ASSERT_NOT_NULL(test, page);
	pa = virt_to_phys(page);
	KUNIT_EXPECT_FALSE(test, liveupdate_handed_over(pa, PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, liveupdate_handed_over(pa + 8, 8));
	KUNIT_EXPECT_FALSE(test, liveupdate_handed_over(0, PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, liveupdate_handed_over(1ULL << 51, PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, liveupdate_handed_over(PAGE_MASK, PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, luo_map(pa, PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, luo_map(0, PAGE_SIZE));
	free_page((unsigned long)page);
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
	KUNIT_CASE(chain_of_blocks_is_counted),
	KUNIT_CASE(looping_chain_is_refused),
	KUNIT_CASE(absurd_block_is_refused),
	KUNIT_CASE(block_outside_the_handover_is_refused),
	KUNIT_CASE(string_needs_content_and_end),
	KUNIT_CASE(shared_root_is_checked),
	KUNIT_CASE(own_root_is_checked),
	KUNIT_CASE(every_flipped_bit_is_found),
	KUNIT_CASE(longer_own_root_of_a_later_version_is_read),
	KUNIT_CASE(table_of_shared_objects_is_checked),
	KUNIT_CASE(ordinary_memory_is_not_taken_for_handed_over),
	{}
};

static struct kunit_suite luo_test_suite = {
	.name		= "liveupdate",
	.init		= luo_test_init,
	.test_cases	= luo_test_cases,
};

kunit_test_suite(luo_test_suite);
