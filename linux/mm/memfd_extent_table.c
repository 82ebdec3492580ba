// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memfd extent table
 *
 * Lists the memory of a file as runs of pages, in blocks of a page each that are chained
 * by their addresses, as the next kernel finds them.
 *
 * Life cycle: while pages are found, they are added, under a lock that does not let us
 * sleep: so a block is kept spare. When all are there, KHO is told of them, of whole runs
 * at once, and the checksums are made. A file that is not going to travel has all of this
 * undone in the same order.
 *
 * Locking: a chain belongs to whoever preserves or freezes the file.
 */
#include <linux/bitfield.h>
#include <linux/crc32.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include "memfd_luo.h"

/**
 * memfd_extent_block_checksum - checksum over a block
 * @block: the block; its count is within bounds
 *
 * Return: what &memfd_extent_block.checksum has to be.
 */
u32 memfd_extent_block_checksum(const struct memfd_extent_block *block)
{
	u32 crc = crc32_le(~0, (const u8 *)&block->count, sizeof(block->count));

	return ~crc32_le(crc, (const u8 *)block->extents,
			 block->count * sizeof(block->extents[0]));
}

/**
 * memfd_extent_ser_checksum - checksum over the header of a file
 * @ser: the header; its length is within its page
 *
 * Return: what &memfd_extent_ser.checksum has to be.
 */
u32 memfd_extent_ser_checksum(const struct memfd_extent_ser *ser)
{
	const size_t at = offsetof(struct memfd_extent_ser, checksum);
	const size_t after = offsetofend(struct memfd_extent_ser, checksum);
	const u32 zero = 0;
	u32 crc;

	crc = crc32_le(~0, (const u8 *)ser, at);
	crc = crc32_le(crc, (const u8 *)&zero, sizeof(zero));
	return ~crc32_le(crc, (const u8 *)ser + after, ser->length - after);
}

/**
 * memfd_extent_next_block - the block after one that this kernel has made
 * @block: the block
 *
 * Return: the next one, or NULL.
 */
struct memfd_extent_block *memfd_extent_next_block(const struct memfd_extent_block *block)
{
	return block->next ? phys_to_virt(block->next) : NULL;
}

/**
 * memfd_extent_make_room - see to it that extents can be added without sleeping
 * @chain: what they will be added to
 *
 * Return: 0, and at least as many can be added as a block has; or -ENOMEM.
 */
int memfd_extent_make_room(struct memfd_extent_chain *chain)
{
	if (!chain->spare)
		chain->spare = (void *)get_zeroed_page(GFP_KERNEL);
	return chain->spare ? 0 : -ENOMEM;
}

/* One run goes on where the other ends, and both are of the same kind and zone. */
static bool memfd_extent_continues(const struct memfd_extent *e, unsigned long pfn,
				   pgoff_t index, unsigned long pages, u32 flags)
{
	if (e->index + e->pages != index || e->pages + pages > MEMFD_EXTENT_MAX_PAGES ||
	    e->flags != flags)
		return false;
	if (!pfn)
		return true;
	if (e->pfn + e->pages != pfn)
		return false;
	/* No zone ends elsewhere than at the end of a pageblock. */
	return pfn % pageblock_nr_pages ||
		page_zone(pfn_to_page(pfn)) == page_zone(pfn_to_page(pfn - 1));
}

/**
 * memfd_extent_add - add pages to the table
 * @chain: the table
 * @pfn: the first page frame; 0 for pages that are reserved only
 * @index: its place in the file
 * @pages: how many, at most MEMFD_EXTENT_MAX_PAGES
 * @order: of the folio or folios that they are
 *
 * Context: any; memfd_extent_make_room() was called.
 * Return: true; false where no room is left.
 */
bool memfd_extent_add(struct memfd_extent_chain *chain, unsigned long pfn, pgoff_t index,
		      unsigned long pages, unsigned int order)
{
	u32 flags = pfn ? FIELD_PREP(MEMFD_EXTENT_ORDER, order) : MEMFD_EXTENT_RESERVED;
	struct memfd_extent_block *block = chain->last;
	struct memfd_extent *e;

	e = block ? &block->extents[block->count - 1] : NULL;
	if (e && memfd_extent_continues(e, pfn, index, pages, flags)) {
		e->pages += pages;
		chain->pages += pfn ? pages : 0;
		return true;
	}
	if (!block || block->count == ARRAY_SIZE(block->extents)) {
		if (!chain->spare)
			return false;
		if (block)
			block->next = virt_to_phys(chain->spare);
		else
			chain->first = chain->spare;
		block = chain->spare;
		chain->last = block;
		chain->spare = NULL;
	}
	e = &block->extents[block->count++];
	e->pfn = pfn;
	e->index = index;
	e->pages = pages;
	e->flags = flags;
	chain->extents++;
	chain->pages += pfn ? pages : 0;
	return true;
}

static int memfd_extent_keep_block(struct memfd_extent_chain *chain,
				   struct memfd_extent_block *block)
{
	int err = kho_preserve_pages(virt_to_page(block), 1);

	if (err)
		return err;
	chain->kept_blocks++;
	for (unsigned int i = 0; i < block->count; i++) {
		const struct memfd_extent *e = &block->extents[i];

		if (e->pfn) {
			err = kho_preserve_pages(pfn_to_page(e->pfn), e->pages);
			if (err)
				return err;
		}
		chain->kept++;
	}
	return 0;
}

/**
 * memfd_extent_keep - have KHO keep all memory of the table, and the table itself
 * @chain: the table
 *
 * Not before all of it is pinned: KHO takes pages for this, and if these lay between
 * those of the file, its runs would be shorter.
 *
 * Return: 0; -ENOMEM; -EINTR where the process is to die. What was kept until then stays
 * so until memfd_extent_free().
 */
int memfd_extent_keep(struct memfd_extent_chain *chain)
{
	struct memfd_extent_block *block;

	for (block = chain->first; block; block = memfd_extent_next_block(block)) {
		int err = memfd_extent_keep_block(chain, block);

		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/**
 * memfd_extent_seal - have the table ready for the next kernel
 * @chain: the table, kept
 * @list: set to what leads to it
 */
void memfd_extent_seal(struct memfd_extent_chain *chain, struct memfd_extent_list *list)
{
	struct memfd_extent_block *block;

	for (block = chain->first; block; block = memfd_extent_next_block(block)) {
		block->checksum = memfd_extent_block_checksum(block);
		cond_resched();
	}
	list->first = chain->first ? virt_to_phys(chain->first) : 0;
	list->extents = chain->extents;
	list->pages = chain->pages;
}

static void memfd_extent_free_block(struct memfd_extent_chain *chain,
				    struct memfd_extent_block *block)
{
	for (unsigned int i = 0; i < block->count && chain->kept; i++, chain->kept--) {
		const struct memfd_extent *e = &block->extents[i];

		if (e->pfn)
			kho_unpreserve_pages(pfn_to_page(e->pfn), e->pages);
	}
	if (chain->kept_blocks) {
		kho_unpreserve_pages(virt_to_page(block), 1);
		chain->kept_blocks--;
	}
	free_page((unsigned long)block);
}

/**
 * memfd_extent_free - undo what was made of a table
 * @chain: the table; empty afterwards
 *
 * The pages that it lists are no longer kept. They still are pinned, where they were.
 */
void memfd_extent_free(struct memfd_extent_chain *chain)
{
	struct memfd_extent_block *block = chain->first;

	while (block) {
		struct memfd_extent_block *next = memfd_extent_next_block(block);

		memfd_extent_free_block(chain, block);
		block = next;
		cond_resched();
	}
	if (chain->spare)
		free_page((unsigned long)chain->spare);
	*chain = (struct memfd_extent_chain) {};
}
