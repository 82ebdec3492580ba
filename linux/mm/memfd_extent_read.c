// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memfd extents, read
 *
 * What the previous kernel left of a file in the format of extents. All of it is checked
 * before any of it is acted on: the header and each block by their checksums, then what
 * they say against each other, and each run of pages against what KHO kept. So a table
 * that was damaged is refused as a whole.
 *
 * What a check cannot see, that two runs share pages, is found when these are taken over:
 * nothing can be twice. The blocks are taken over as well before they are read, and given
 * back as they have been: reading takes no memory.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/liveupdate.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/pgalloc_tag.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include "memfd_luo.h"

/* No more pages than this are in use and not counted. */
#define MEMFD_EXTENT_UNMANAGED	SZ_1K

/* KHO splits a run into parts that are as large as their alignment lets them be. */
static int memfd_extent_part(unsigned long pfn, unsigned long pages)
{
	return min_t(int, __ffs(pfn), ilog2(pages));
}

/* Whether all of a run was handed over as such, and nobody has it yet */
static bool memfd_extent_handed_over(u64 pfn, u64 pages)
{
	/* Beyond what an address can be */
	if (!pfn || pfn >> (BITS_PER_LONG - PAGE_SHIFT))
		return false;
	while (pages) {
		int order = memfd_extent_part(pfn, pages);

		if (liveupdate_run_order(PFN_PHYS(pfn)) != order)
			return false;
		pfn += 1UL << order;
		pages -= 1UL << order;
	}
	return true;
}

static int memfd_extent_check_one(const struct memfd_extent *e, const struct memfd_extent_ser *ser)
{
	u64 file = DIV_ROUND_UP_ULL(ser->size, PAGE_SIZE);
	u64 mask = (1UL << ser->order) - 1;

	if (e->flags & ~(MEMFD_EXTENT_RESERVED | MEMFD_EXTENT_ORDER))
		return -EPROTONOSUPPORT;
	if (!e->pages || e->pages > MEMFD_EXTENT_MAX_PAGES ||
	    e->index > file || e->pages > file - e->index)
		return -EINVAL;
	/* A file of huge pages has no parts of them. */
	if ((e->pfn | e->index | e->pages) & mask)
		return -EINVAL;
	if (e->flags & MEMFD_EXTENT_RESERVED)
		return ser->order && !e->pfn ? 0 : -EINVAL;
	return memfd_extent_handed_over(e->pfn, e->pages) ? 0 : -EINVAL;
}

/*
 * The extents of a block; @end is where the one before ended, in a chain that is in
 * order.
 */
static int memfd_extent_check_block(const struct memfd_extent_block *block,
				    const struct memfd_extent_ser *ser,
				    struct memfd_extent_list *seen, u64 *end)
{
	if (!block->count || block->count > ARRAY_SIZE(block->extents))
		return -EINVAL;
	if (block->checksum != memfd_extent_block_checksum(block))
		return -EBADMSG;
	for (unsigned int i = 0; i < block->count; i++) {
		const struct memfd_extent *e = &block->extents[i];
		int err = memfd_extent_check_one(e, ser);

		if (err)
			return err;
		if (end && e->index < *end)
			return -EINVAL;
		if (end)
			*end = e->index + e->pages;
		seen->extents++;
		if (e->pfn)
			seen->pages += e->pages;
	}
	return 0;
}

/*
 * Whether a chain has been at a block before: @mark is one of those behind, moved on each
 * time that their number has doubled. What a chain is said to have can be any number.
 */
static bool memfd_extent_loops(u64 pa, u64 *mark, u64 blocks)
{
	if (pa == *mark)
		return true;
	if (is_power_of_2(blocks))
		*mark = pa;
	return false;
}

static int memfd_extent_check_chain(const struct memfd_extent_list *list,
				    const struct memfd_extent_ser *ser, bool ordered)
{
	struct memfd_extent_list seen = {};
	u64 pa = list->first;
	u64 blocks = 0;
	u64 mark = 0;
	u64 end = 0;

	while (pa) {
		const struct memfd_extent_block *block;
		int err;

		if (pa >> PAGE_SHIFT << PAGE_SHIFT != pa ||
		    !memfd_extent_handed_over(pa >> PAGE_SHIFT, 1) ||
		    memfd_extent_loops(pa, &mark, ++blocks))
			return -EINVAL;
		block = phys_to_virt(pa);
		err = memfd_extent_check_block(block, ser, &seen, ordered ? &end : NULL);
		if (err)
			return err;
		if (seen.extents > list->extents)
			return -EINVAL;
		pa = block->next;
		cond_resched();
	}
	return seen.extents == list->extents && seen.pages == list->pages ? 0 : -EINVAL;
}

static int memfd_extent_check_ser(const struct memfd_extent_ser *ser)
{
	if (ser->magic != MEMFD_EXTENT_MAGIC)
		return -EINVAL;
	if (ser->version != MEMFD_EXTENT_VERSION)
		return -EPROTONOSUPPORT;
	if (ser->length < sizeof(*ser) || ser->length > PAGE_SIZE)
		return -EINVAL;
	if (ser->checksum != memfd_extent_ser_checksum(ser))
		return -EBADMSG;
	if (ser->seals & ~MEMFD_LUO_ALL_SEALS)
		return -EPROTONOSUPPORT;
	if (ser->size > MAX_LFS_FILESIZE || ser->pos > MAX_LFS_FILESIZE ||
	    ser->order >= BITS_PER_LONG - PAGE_SHIFT)
		return -EINVAL;
	return 0;
}

/**
 * memfd_extent_check - check what the previous kernel says of a file
 * @data: the word that it left, unchecked
 * @ser: set to what it leads to
 *
 * Takes nothing over yet.
 *
 * Return: 0; -EINVAL where it cannot be believed; -EBADMSG where a checksum is wrong;
 * -EPROTONOSUPPORT where it says more than this version knows.
 */
int memfd_extent_check(u64 data, struct memfd_extent_ser *ser)
{
	const struct memfd_extent_ser *from;
	int err;

	if (data >> PAGE_SHIFT << PAGE_SHIFT != data ||
	    !memfd_extent_handed_over(data >> PAGE_SHIFT, 1))
		return -EINVAL;
	from = phys_to_virt(data);
	err = memfd_extent_check_ser(from);
	if (err)
		return err;
	memcpy(ser, from, sizeof(*ser));
	err = memfd_extent_check_chain(&ser->base, ser, true);
	if (!err)
		err = memfd_extent_check_chain(&ser->late, ser, false);
	return err;
}

/**
 * memfd_extent_read - begin to read the extents of a file
 * @r: the reader
 * @ser: the file, checked
 *
 * To be read to its end, which is what gives the blocks back.
 */
void memfd_extent_read(struct memfd_extent_reader *r, const struct memfd_extent_ser *ser)
{
	*r = (struct memfd_extent_reader) { .list = { ser->base, ser->late } };
}

/**
 * memfd_extent_manage - let the page allocator know what was claimed
 * @r: the reader
 *
 * Done for many extents at once, since all watermarks are calculated anew each time.
 */
void memfd_extent_manage(struct memfd_extent_reader *r)
{
	if (r->unmanaged)
		adjust_managed_page_count(r->claimed, r->unmanaged);
	r->unmanaged = 0;
}

/* Returns whether there is another block. */
static bool memfd_extent_next_read(struct memfd_extent_reader *r)
{
	struct memfd_extent_list *list = r->list[0].first ? &r->list[0] : &r->list[1];

	memfd_extent_manage(r);
	if (r->block)
		__free_page(virt_to_page(r->block));
	r->block = NULL;
	r->slot = 0;
	if (!list->first || !memfd_extent_handed_over(list->first >> PAGE_SHIFT, 1) ||
	    !kho_restore_pages(list->first, 1))
		return false;
	r->block = phys_to_virt(list->first);
	list->first = r->block->next;
	return true;
}

/**
 * memfd_extent_read_next - the next extent of the file
 * @r: the reader
 *
 * Return: the extent, valid until the next call; NULL at the end, where .extents of
 * &memfd_extent_reader.list tell whether something was missing.
 */
const struct memfd_extent *memfd_extent_read_next(struct memfd_extent_reader *r)
{
	struct memfd_extent_list *list;

	if (!r->block || r->slot == r->block->count) {
		if (!memfd_extent_next_read(r))
			return NULL;
	}
	list = r->list[0].extents ? &r->list[0] : &r->list[1];
	list->extents--;
	return &r->block->extents[r->slot++];
}

/*
 * All of it or nothing: what overlaps with another run was claimed with that. The parts of
 * one extent cannot overlap, so that only the first one can be missing once all were there.
 */
static struct page *memfd_extent_claim_parts(struct memfd_extent_reader *r,
					     const struct memfd_extent *e)
{
	struct page *first = pfn_to_page(e->pfn);
	unsigned long pages = e->pages;
	unsigned long pfn = e->pfn;

	if (pages > 1 && !memfd_extent_handed_over(pfn, pages))
		return NULL;
	while (pages) {
		int order = memfd_extent_part(pfn, pages);

		if (!liveupdate_claim_run(PFN_PHYS(pfn), order))
			return NULL;
		pfn += 1UL << order;
		pages -= 1UL << order;
	}
	if (r->unmanaged && page_zone(first) != page_zone(r->claimed))
		memfd_extent_manage(r);
	r->claimed = first;
	r->unmanaged += e->pages;
	if (r->unmanaged >= MEMFD_EXTENT_UNMANAGED)
		memfd_extent_manage(r);
	return first;
}

/**
 * memfd_extent_claim - take the memory of an extent over
 * @r: the reader that it is from
 * @e: the extent, one with memory
 *
 * Return: its first page, all of them single ones with a reference each; NULL where
 * some of it was taken over before.
 */
struct page *memfd_extent_claim(struct memfd_extent_reader *r, const struct memfd_extent *e)
{
	struct page *first = memfd_extent_claim_parts(r, e);

	for (unsigned long i = 0; first && i < e->pages; i++) {
		set_page_count(first + i, 1);
		clear_page_tag_ref(first + i);
	}
	return first;
}

/**
 * memfd_extent_claim_huge - take the memory of an extent of huge pages over
 * @r: the reader that it is from
 * @e: the extent, one with memory
 *
 * Return: its first page, none of them set up; NULL where some of it was taken over
 * before.
 */
struct page *memfd_extent_claim_huge(struct memfd_extent_reader *r, const struct memfd_extent *e)
{
	return memfd_extent_claim_parts(r, e);
}

static bool memfd_extent_discard(struct memfd_extent_reader *r, const struct memfd_extent *e)
{
	struct page *page;

	if (e->flags & MEMFD_EXTENT_RESERVED)
		return true;
	page = memfd_extent_claim(r, e);
	if (!page)
		return false;
	for (unsigned long i = 0; i < e->pages; i++) {
		__free_page(page + i);
		if (!(i % SZ_1K))
			cond_resched();
	}
	return true;
}

/**
 * memfd_extent_discard_all - give back what is left of a file, and of its tables
 * @r: the reader
 *
 * Return: whether all of it was there.
 */
bool memfd_extent_discard_all(struct memfd_extent_reader *r)
{
	const struct memfd_extent *e;
	bool complete = true;

	while ((e = memfd_extent_read_next(r)))
		complete &= memfd_extent_discard(r, e);
	return complete && !r->list[0].extents && !r->list[1].extents;
}
