// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What luo_handover.c lets through is what can be read: each table is checked,
 * and then read to its last byte as the kernel does it. One function a table.
 */
#include "memory.h"

/* What a check let through */
static void need(bool condition)
{
	if (!condition)
		abort();
}

static void read_string(const char *s, size_t size)
{
	if (!luo_string_check(s, size))
		need(strlen(s) > 0 && strlen(s) < size);
}

static void read_chain(u64 pa, size_t entry_size, void (*read)(const void *entry));

static void read_file(const void *entry)
{
	const struct luo_file_ser *ser = entry;

	read_string(ser->compatible, sizeof(ser->compatible));
	memory_read(ser, sizeof(*ser));
}

static void read_session(const void *entry)
{
	const struct luo_session_ser *ser = entry;

	read_string(ser->name, sizeof(ser->name));
	memory_read(ser, sizeof(*ser));
	read_chain(ser->file_set_ser.files, sizeof(struct luo_file_ser), read_file);
}

/* A chain of blocks, entry by entry */
static void read_chain(u64 pa, size_t entry_size, void (*read)(const void *entry))
{
	u64 entries, seen = 0;

	if (luo_blocks_check(pa, entry_size, luo_map, &entries))
		return;
	for (; pa; pa = ((struct kho_block_header_ser *)phys_to_virt(pa))->next) {
		const struct kho_block_header_ser *block = phys_to_virt(pa);
		const u8 *entry = (const u8 *)(block + 1);

		for (u64 i = 0; i < block->count; i++, seen++)
			read(entry + i * entry_size);
	}
	need(seen == entries);
}

static void sessions(const struct luo_ser *luo, const struct luo_state_ser *state)
{
	(void)state;
	read_chain(luo->sessions_pa, sizeof(struct luo_session_ser), read_session);
}

static void shared_objects(const struct luo_ser *luo, const struct luo_state_ser *state)
{
	const struct luo_flb_header_ser *header = luo_map(luo->flbs_pa, PAGE_SIZE);
	const struct luo_flb_ser *ser;

	(void)state;
	if (!header || luo_flb_table_check(header, PAGE_SIZE))
		return;
	ser = (const void *)(header + 1);
	for (u64 i = 0; i < header->count; i++) {
		need(!luo_string_check(ser[i].name, sizeof(ser[i].name)));
		memory_read(&ser[i], sizeof(ser[i]));
	}
}

static u32 checksum_of(const struct luo_participant_ser *ser, u64 count)
{
	u32 crc = ~0;

	for (u64 i = 0; i < count; i++)
		crc = luo_participants_checksum(crc, &ser[i]);
	return ~crc;
}

/* Checked as a whole, once they are copied */
static struct luo_participant_ser *copied;
static u64 copies;

static void copy_participant(const void *entry)
{
	copied[copies++] = *(const struct luo_participant_ser *)entry;
}

static void participants(const struct luo_ser *luo, const struct luo_state_ser *state)
{
	u32 checksum = state->participants_checksum;
	u64 count;

	(void)luo;
	if (luo_blocks_check(state->participants, sizeof(*copied), luo_map, &count))
		return;
	copied = calloc(count ?: 1, sizeof(*copied));
	copies = 0;
	read_chain(state->participants, sizeof(*copied), copy_participant);
	if (memory_input()->flags & INPUT_FIX)
		checksum = checksum_of(copied, count);
	if (!luo_participants_check(copied, count, checksum)) {
		need(checksum == checksum_of(copied, count));
		for (u64 i = 0; i < count; i++)
			need(!luo_string_check(copied[i].name, sizeof(copied[i].name)) &&
			     !strpbrk(copied[i].name, "/ \n"));
	}
	free(copied);
}

/* What is not there of our own part reads as zero. */
static void (*const tables[])(const struct luo_ser *luo, const struct luo_state_ser *state) = {
	sessions,
	shared_objects,
	participants,
};

static void make_right(struct luo_state_ser *state, size_t size, const struct luo_ser *luo)
{
	if (size < LUO_STATE_SER_MIN)
		return;
	if (state->length < LUO_STATE_SER_MIN || state->length > size)
		state->length = size;
	state->number = luo->liveupdate_num;
	state->checksum = luo_state_ser_checksum(state);
}

/* Our own part, which may be longer, or shorter, than this version of it */
static void own_part(const struct luo_ser *luo, struct luo_state_ser *known)
{
	size_t size = memory_input()->state_size;
	struct luo_state_ser *state = memory_root(1, size);

	if (!state)
		return;
	if (memory_input()->flags & INPUT_FIX)
		make_right(state, size, luo);
	if (!luo_state_ser_check(state, size, luo)) {
		need(state->length <= size && state->number == luo->liveupdate_num);
		memory_read(state, state->length);
		memcpy(known, state, min((size_t)state->length, sizeof(*known)));
		need(strnlen(known->release, sizeof(known->release)) < sizeof(known->release));
	}
	free(state);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct luo_state_ser state = {};
	struct luo_ser *luo;

	if (!memory_begin(data, size))
		return 0;
	luo = memory_root(0, memory_input()->size);
	if (luo && !luo_ser_check(luo, memory_input()->size)) {
		own_part(luo, &state);
		for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
			tables[i](luo, &state);
	}
	free(luo);
	memory_end();
	return 0;
}
