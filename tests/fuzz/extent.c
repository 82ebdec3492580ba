// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the previous kernel left of a memfd by extents, the header in the first run of
 * pages. What is refused has taken nothing over. What is not is as a retrieve and a
 * finish rely on it to be: they give back each page that it names and no other, and
 * find out where one is named twice.
 */
#include "memfd_luo.h"
#include "memory.h"

static bool kept[MEMORY_FRAMES];
static unsigned int named[MEMORY_FRAMES];

/* What a check let through */
static void need(bool condition)
{
	if (!condition)
		abort();
}

static bool is_kept(unsigned int frame)
{
	return memory_is_kept(PHYS_PFN(MEMORY_PA((u64)frame)));
}

/* From what the input says: what it does not lead to is left as it is. */
static void fix_chain(struct memfd_extent_list *list)
{
	struct memfd_extent_list seen = { .first = list->first };
	struct memfd_extent_block *block;
	u64 pa = list->first;

	for (unsigned int n = 0; n < MEMORY_PAGES; n++, pa = block->next) {
		block = luo_map(pa, sizeof(*block));
		if (!block || block->count > ARRAY_SIZE(block->extents))
			break;
		for (unsigned int i = 0; i < block->count; i++)
			seen.pages += block->extents[i].pfn ? block->extents[i].pages : 0;
		seen.extents += block->count;
		block->checksum = memfd_extent_block_checksum(block);
	}
	if (memory_input()->flags & INPUT_COUNTS)
		*list = seen;
}

static void fix(u64 data)
{
	struct memfd_extent_ser *ser = luo_map(data, sizeof(*ser));

	if (!ser || ser->length < offsetofend(typeof(*ser), checksum) || ser->length > PAGE_SIZE)
		return;
	fix_chain(&ser->base);
	fix_chain(&ser->late);
	ser->checksum = memfd_extent_ser_checksum(ser);
}

static void name(u64 pfn, u64 pages)
{
	need(pfn < BIT(BITS_PER_LONG - PAGE_SHIFT));
	for (u64 frame = MEMORY_FRAME(PFN_PHYS(pfn)); pages; frame++, pages--) {
		need(frame < MEMORY_FRAMES && kept[frame]);
		named[frame]++;
	}
}

static void walk_extent(const struct memfd_extent *e, const struct memfd_extent_ser *ser)
{
	u64 file = DIV_ROUND_UP_ULL(ser->size, PAGE_SIZE);

	need(e->pages && e->pages <= MEMFD_EXTENT_MAX_PAGES);
	need(e->index <= file && e->pages <= file - e->index);
	need((e->pfn | e->index | e->pages) % (1UL << ser->order) == 0);
	need(!(e->flags & ~(MEMFD_EXTENT_RESERVED | MEMFD_EXTENT_ORDER)));
	if (e->flags & MEMFD_EXTENT_RESERVED)
		need(ser->order && !e->pfn);
	else
		name(e->pfn, e->pages);
}

static void walk(const struct memfd_extent_list *list, const struct memfd_extent_ser *ser,
		 bool ordered)
{
	struct memfd_extent_list seen = {};
	const struct memfd_extent_block *block;
	u64 end = 0;

	for (u64 pa = list->first; pa; pa = block->next) {
		block = phys_to_virt(pa);
		name(PHYS_PFN(pa), 1);
		need(block->count && block->count <= ARRAY_SIZE(block->extents));
		need(block->checksum == memfd_extent_block_checksum(block));
		for (unsigned int i = 0; i < block->count; i++) {
			const struct memfd_extent *e = &block->extents[i];

			walk_extent(e, ser);
			need(!ordered || e->index >= end);
			end = e->index + e->pages;
			seen.pages += e->flags & MEMFD_EXTENT_RESERVED ? 0 : e->pages;
		}
		seen.extents += block->count;
		need(seen.extents <= list->extents);
	}
	need(seen.extents == list->extents && seen.pages == list->pages);
}

/* All that was let through, and what it names */
static void walk_all(u64 data, const struct memfd_extent_ser *ser)
{
	const struct memfd_extent_ser *from = phys_to_virt(data);

	need(ser->magic == MEMFD_EXTENT_MAGIC && ser->version == MEMFD_EXTENT_VERSION);
	need(ser->length >= sizeof(*ser) && ser->length <= PAGE_SIZE);
	need(ser->checksum == memfd_extent_ser_checksum(from));
	need(ser->size <= MAX_LFS_FILESIZE && ser->pos <= MAX_LFS_FILESIZE);
	need(ser->order < BITS_PER_LONG - PAGE_SHIFT && !(ser->seals & ~MEMFD_LUO_ALL_SEALS));
	name(PHYS_PFN(data), 1);
	walk(&ser->base, ser, true);
	walk(&ser->late, ser, false);
}

/* Huge pages are not set up when they are claimed. */
static void release(struct page *page, u64 pages, bool huge)
{
	for (u64 i = 0; i < pages; i++) {
		need(page[i].references == !huge);
		page[i].references = 1;
		__free_page(page + i);
	}
}

/* Returns whether everything was there that was asked for. */
static bool take_over(struct memfd_extent_reader *reader, const struct memfd_extent_ser *ser)
{
	u8 left = memory_input()->fail;
	const struct memfd_extent *e;

	while (--left && (e = memfd_extent_read_next(reader))) {
		struct page *page;

		if (e->flags & MEMFD_EXTENT_RESERVED)
			continue;
		page = ser->order ? memfd_extent_claim_huge(reader, e) :
				    memfd_extent_claim(reader, e);
		if (!page)
			return false;
		release(page, e->pages, ser->order);
	}
	return true;
}

static void use(u64 data, const struct memfd_extent_ser *ser)
{
	struct memfd_extent_reader reader;
	bool complete = true, once = true;

	kho_restore_free(phys_to_virt(data));
	memfd_extent_read(&reader, ser);
	if (memory_input()->flags & INPUT_TAKE)
		complete = take_over(&reader, ser);
	complete &= memfd_extent_discard_all(&reader);
	need(!memfd_extent_read_next(&reader));

	for (unsigned int i = 0; i < MEMORY_FRAMES; i++)
		once &= named[i] <= 1;
	need(complete == once);
	for (unsigned int i = 0; i < MEMORY_FRAMES; i++)
		need(named[i] ? !once || !is_kept(i) : is_kept(i) == kept[i]);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct memfd_extent_ser ser;
	u64 word;

	if (!memory_begin(data, size))
		return 0;
	word = MEMORY_PA(0) + memory_input()->size;
	if (memory_input()->flags & INPUT_FIX)
		fix(word);
	for (unsigned int i = 0; i < MEMORY_FRAMES; i++) {
		kept[i] = is_kept(i);
		named[i] = 0;
	}
	if (!memfd_extent_check(word, &ser)) {
		walk_all(word, &ser);
		use(word, &ser);
	} else {
		for (unsigned int i = 0; i < MEMORY_FRAMES; i++)
			need(is_kept(i) == kept[i]);
	}
	memory_end();
	return 0;
}
