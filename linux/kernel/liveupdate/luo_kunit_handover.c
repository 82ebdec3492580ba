// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO KUnit tests of the handover
 *
 * What is believed of what a previous kernel left. Handovers are made up in
 * pages of the test's own, whose "physical" address is their number.
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
	strscpy_pad(state->release, "7.3.0");
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
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(&state, LUO_STATE_SER_MIN - 1, &luo), -EINVAL);

	luo.liveupdate_num = 4;
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(&state, sizeof(state), &luo), -EINVAL);

	luo_test_state(&state, &luo);
	strscpy_pad(state.compatible, "luo-state-v2");
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(&state, sizeof(state), &luo),
			-EPROTONOSUPPORT);

	luo_test_state(&state, &luo);
	memset(state.release, 'x', sizeof(state.release));
	state.checksum = luo_state_ser_checksum(&state);
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(&state, sizeof(state), &luo), -EINVAL);

	luo_test_state(&state, &luo);
	state.length = LUO_STATE_SER_MIN - 1;
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

static void shorter_own_root_of_an_earlier_version_is_read(struct kunit *test)
{
	struct luo_state_ser state;
	struct luo_ser luo = {};

	luo_test_state(&state, &luo);
	state.length = LUO_STATE_SER_MIN;
	state.checksum = luo_state_ser_checksum(&state);
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(&state, LUO_STATE_SER_MIN, &luo), 0);
	KUNIT_EXPECT_EQ(test, luo_state_ser_check(&state, sizeof(state), &luo), 0);
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

static u32 luo_test_crc(const struct luo_participant_ser *ser, unsigned int n)
{
	u32 crc = ~0;

	for (unsigned int i = 0; i < n; i++)
		crc = luo_participants_checksum(crc, &ser[i]);
	return ~crc;
}

static void table_of_participants_is_checked(struct kunit *test)
{
	struct luo_participant_ser ser[2] = {
		{ .name = "sessions", .prepare_ns = 1 },
		{ .name = "a-b_c.d:e+9", .data = 7, .flags = LUO_PARTICIPANT_SER_SUBSYSTEM },
	};
	u32 crc = luo_test_crc(ser, 2);

	KUNIT_EXPECT_EQ(test, luo_participants_check(ser, 2, crc), 0);
	KUNIT_EXPECT_EQ(test, luo_participants_check(ser, 0, luo_test_crc(ser, 0)), 0);
	KUNIT_EXPECT_EQ(test, luo_participants_check(ser, 1, crc), -EBADMSG);
	for (unsigned int bit = 0; bit < sizeof(ser) * 8; bit++) {
		((u8 *)ser)[bit / 8] ^= 1 << bit % 8;
		KUNIT_EXPECT_EQ_MSG(test, luo_participants_check(ser, 2, crc), -EBADMSG,
				    "bit %u", bit);
		((u8 *)ser)[bit / 8] ^= 1 << bit % 8;
	}

	ser[1].name[1] = '/';
	KUNIT_EXPECT_EQ(test, luo_participants_check(ser, 2, luo_test_crc(ser, 2)), -EINVAL);
	ser[1].name[0] = 0;
	KUNIT_EXPECT_EQ(test, luo_participants_check(ser, 2, luo_test_crc(ser, 2)), -EINVAL);
	memset(ser[1].name, 'x', sizeof(ser[1].name));
	KUNIT_EXPECT_EQ(test, luo_participants_check(ser, 2, luo_test_crc(ser, 2)), -EINVAL);
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
	KUNIT_CASE(chain_of_blocks_is_counted),
	KUNIT_CASE(looping_chain_is_refused),
	KUNIT_CASE(absurd_block_is_refused),
	KUNIT_CASE(block_outside_the_handover_is_refused),
	KUNIT_CASE(string_needs_content_and_end),
	KUNIT_CASE(shared_root_is_checked),
	KUNIT_CASE(own_root_is_checked),
	KUNIT_CASE(every_flipped_bit_is_found),
	KUNIT_CASE(shorter_own_root_of_an_earlier_version_is_read),
	KUNIT_CASE(longer_own_root_of_a_later_version_is_read),
	KUNIT_CASE(table_of_participants_is_checked),
	KUNIT_CASE(table_of_shared_objects_is_checked),
	KUNIT_CASE(ordinary_memory_is_not_taken_for_handed_over),
	{}
};

static struct kunit_suite luo_test_suite = {
	.name		= "liveupdate-handover",
	.init		= luo_test_init,
	.test_cases	= luo_test_cases,
};

kunit_test_suite(luo_test_suite);
