// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO handover checks
 *
 * The previous kernel may have been of another version, may have had a bug, or
 * may have been hit by a stray DMA while it went down. So each address that it
 * left is followed only once it is known to lie in memory that KHO kept, and
 * each count, length and string is checked before it is used. Memory that was
 * given back already is no longer marked as kept: claiming it twice is found
 * in the same way.
 *
 * What is here has no state and touches no list, so that tests can feed it
 * with anything. Addresses become pointers through a function that the caller
 * names.
 */
#include <linux/build_bug.h>
#include <linux/crc32.h>
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/kho/abi/luo_state.h>
#include <linux/liveupdate.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "luo_internal.h"

/*
 * While a run of pages waits to be claimed, KHO marks its first page in
 * page->private with this magic in the upper and the order in the lower half.
 */
#define LUO_KHO_MAGIC	0x4b484f50U

/**
 * liveupdate_run_order - how long a run of pages is that the previous kernel kept
 * @phys: physical address of its first byte, as found in a handover
 *
 * Tells whether @phys begins a run of pages that the previous kernel preserved and
 * nobody has claimed since. The pages of one call of kho_preserve_pages() are more than
 * one run where their number or alignment is not a power of two.
 *
 * Context: any, once the page allocator is up.
 * Return: the order of the run, or -ENOENT where there is none.
 */
int liveupdate_run_order(phys_addr_t phys)
{
	struct page *page;
	u64 mark;
	u32 order;

	if (!PAGE_ALIGNED(phys))
		return -ENOENT;
	page = pfn_to_online_page(PHYS_PFN(phys));
	if (!page)
		return -ENOENT;

	mark = page_private(page);
	order = lower_32_bits(mark);
	return upper_32_bits(mark) == LUO_KHO_MAGIC && order < 32 ? order : -ENOENT;
}
EXPORT_SYMBOL_GPL(liveupdate_run_order);

/**
 * liveupdate_claim_run - take a run of pages over, and leave setting them up to the caller
 * @phys: where it begins, as found in a handover
 * @order: of the run that it must be, as liveupdate_run_order() tells it
 *
 * For memory of which there is much: kho_restore_pages() and kho_restore_folio() set up
 * each page of a run, and have the zones' watermarks calculated anew for each run. Here
 * no page is touched but the first; all have yet to get their reference counts. And the
 * caller says adjust_managed_page_count(), once for many runs of a zone.
 *
 * Context: any, once the page allocator is up.
 * Return: true; false where there is no such run, or somebody has claimed it.
 */
bool liveupdate_claim_run(phys_addr_t phys, unsigned int order)
{
	if (liveupdate_run_order(phys) != (int)order)
		return false;
	set_page_private(pfn_to_page(PHYS_PFN(phys)), 0);
	return true;
}
EXPORT_SYMBOL_GPL(liveupdate_claim_run);

/**
 * liveupdate_handed_over - whether memory was kept by the previous kernel
 * @phys: physical address of its first byte, as found in a handover
 * @size: bytes
 *
 * Tells whether @phys begins a run of pages that the previous kernel preserved
 * and nobody has claimed since, and that is at least @size long. Ask it before
 * you look at, or restore, anything that an address from the previous kernel
 * points to: kho_restore_folio() and its kin warn about addresses that are not.
 *
 * Context: any, once the page allocator is up.
 * Return: true if the memory may be read, and be restored.
 */
bool liveupdate_handed_over(phys_addr_t phys, size_t size)
{
	int order = liveupdate_run_order(phys);

	return order >= 0 && size && size <= PAGE_SIZE << order;
}
EXPORT_SYMBOL_GPL(liveupdate_handed_over);

/**
 * luo_map - the pointer for an address that the previous kernel left
 * @pa: physical address
 * @size: bytes that are going to be looked at
 *
 * Return: the pointer, or NULL where no such memory was handed over.
 */
void *luo_map(u64 pa, size_t size)
{
	if (!pa || !liveupdate_handed_over(pa, size))
		return NULL;
	return phys_to_virt(pa);
}

/**
 * luo_blocks_check - check a chain of KHO blocks before it is walked
 * @head_pa: first block, or 0 for none
 * @entry_size: bytes an entry
 * @map: makes pointers from addresses
 * @entries: set to how many entries all blocks hold together
 *
 * A chain that loops is found by its length.
 *
 * Return: 0, or -EINVAL where a block lies outside what was handed over, holds
 * no entry or more than fit, or the chain is longer than any can be.
 */
int luo_blocks_check(u64 head_pa, size_t entry_size, luo_map_fn map, u64 *entries)
{
	u64 room = (KHO_BLOCK_SIZE - sizeof(struct kho_block_header_ser)) / entry_size;
	unsigned int blocks = 0;
	u64 pa = head_pa;

	*entries = 0;
	while (pa) {
		const struct kho_block_header_ser *block = map(pa, KHO_BLOCK_SIZE);

		if (!block || ++blocks > LUO_MAX_BLOCKS)
			return -EINVAL;
		if (!block->count || block->count > room)
			return -EINVAL;
		*entries += block->count;
		pa = block->next;
	}
	return 0;
}

/**
 * luo_string_check - check a string of fixed room before it is used as one
 * @s: the string
 * @size: its room
 *
 * Return: 0, or -EINVAL where it is empty or not terminated.
 */
int luo_string_check(const char *s, size_t size)
{
	size_t len = strnlen(s, size);

	return len && len < size ? 0 : -EINVAL;
}

/**
 * luo_ser_check - check the root of the shared part
 * @ser: the root
 * @size: bytes that KHO says it has
 *
 * Return: 0; -EINVAL where it is too short; -EPROTONOSUPPORT where it is of
 * another version.
 */
int luo_ser_check(const struct luo_ser *ser, size_t size)
{
	if (size < sizeof(*ser))
		return -EINVAL;
	if (strncmp(ser->compatible, LUO_ABI_COMPATIBLE, sizeof(ser->compatible)))
		return -EPROTONOSUPPORT;
	return 0;
}

/**
 * luo_state_ser_checksum - checksum over the root of our own part
 * @ser: the root; its length is within bounds
 *
 * Return: what &luo_state_ser.checksum has to be.
 */
u32 luo_state_ser_checksum(const struct luo_state_ser *ser)
{
	const size_t at = offsetof(struct luo_state_ser, checksum);
	const size_t after = offsetofend(struct luo_state_ser, checksum);
	const u32 zero = 0;
	u32 crc;

	crc = crc32_le(~0, (const u8 *)ser, at);
	crc = crc32_le(crc, (const u8 *)&zero, sizeof(zero));
	return ~crc32_le(crc, (const u8 *)ser + after, ser->length - after);
}

/**
 * luo_state_ser_check - check the root of our own part
 * @ser: the root
 * @size: bytes that KHO says it has
 * @luo: the root of the shared part, checked
 *
 * Return: 0; -EINVAL where a length is off or the two do not belong together;
 * -EPROTONOSUPPORT where it is of another version; -EBADMSG where the checksum
 * is wrong.
 */
int luo_state_ser_check(const struct luo_state_ser *ser, size_t size, const struct luo_ser *luo)
{
	if (size < LUO_STATE_SER_MIN)
		return -EINVAL;
	if (strncmp(ser->compatible, LUO_STATE_COMPATIBLE, sizeof(ser->compatible)))
		return -EPROTONOSUPPORT;
	if (ser->length < LUO_STATE_SER_MIN || ser->length > size)
		return -EINVAL;
	if (ser->checksum != luo_state_ser_checksum(ser))
		return -EBADMSG;
	if (ser->number != luo->liveupdate_num)
		return -EINVAL;
	if (ser->length >= sizeof(*ser) && luo_string_check(ser->release, sizeof(ser->release)))
		return -EINVAL;
	return 0;
}

/**
 * luo_participant_name_ok - whether a participant can be called that
 * @name: the name
 *
 * Return: true where it is not empty, fits, and can be a file's.
 */
bool luo_participant_name_ok(const char *name)
{
	size_t len = strnlen(name, LIVEUPDATE_PARTICIPANT_NAME_LENGTH);

	if (!len || len == LIVEUPDATE_PARTICIPANT_NAME_LENGTH || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isascii(name[i]) || (!isalnum(name[i]) && !strchr("-_.:+", name[i])))
			return false;
	}
	return true;
}

/**
 * luo_participants_checksum - checksum over the table of participants, by entry
 * @crc: ~0, or what the entry before gave; inverted after the last
 * @ser: the entry
 *
 * Return: the checksum as far as that.
 */
u32 luo_participants_checksum(u32 crc, const struct luo_participant_ser *ser)
{
	return crc32_le(crc, (const u8 *)ser, sizeof(*ser));
}

/**
 * luo_participants_check - check the table of participants
 * @ser: its entries
 * @count: how many
 * @checksum: what the root says
 *
 * Return: 0; -EBADMSG where the checksum is wrong; -EINVAL where a name is none.
 */
int luo_participants_check(const struct luo_participant_ser *ser, u64 count, u32 checksum)
{
	u32 crc = ~0;

	for (u64 i = 0; i < count; i++)
		crc = luo_participants_checksum(crc, &ser[i]);
	if (~crc != checksum)
		return -EBADMSG;
	for (u64 i = 0; i < count; i++) {
		if (!luo_participant_name_ok(ser[i].name))
			return -EINVAL;
	}
	return 0;
}

/**
 * luo_flb_table_check - check the table of FLB objects
 * @header: its header
 * @size: bytes that are known to be readable there
 *
 * Return: 0, or -EINVAL where it is longer than its memory or a name is not a
 * string.
 */
int luo_flb_table_check(const struct luo_flb_header_ser *header, size_t size)
{
	const struct luo_flb_ser *ser = (const void *)(header + 1);

	if (size < sizeof(*header) || header->count > (size - sizeof(*header)) / sizeof(*ser))
		return -EINVAL;
	for (u64 i = 0; i < header->count; i++) {
		if (luo_string_check(ser[i].name, sizeof(ser[i].name)))
			return -EINVAL;
	}
	return 0;
}
