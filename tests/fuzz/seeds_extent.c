// SPDX-License-Identifier: GPL-2.0-or-later
/* Memfds by extents, as inputs for the fuzzers: valid ones, and some of each kind that are not */
#include "memfd_luo.h"
#include "seeds.h"

/*
 * A file by extents: two blocks of what it had, one of what came since. Its memory are
 * runs of one, two, four, four pages and one.
 */
enum { HEADER, BASE, MORE_BASE, LATE, MEMORY };

/* Page frames of that memory */
enum { FIRST = MEMORY + 1, SECOND = FIRST + 3, THIRD = SECOND + 4, FOURTH = THIRD + 4 };

static struct memfd_extent *extents(unsigned int page)
{
	return ((struct memfd_extent_block *)AT(page))->extents;
}

static void list(unsigned int page, u64 pfn, u64 index, u32 pages)
{
	struct memfd_extent_block *block = AT(page);

	block->extents[block->count++] = (struct memfd_extent) {
		.pfn = pfn, .index = index, .pages = pages,
		.flags = pfn ? FIELD_PREP(MEMFD_EXTENT_ORDER, 2) : MEMFD_EXTENT_RESERVED };
}

/* With nothing in it, but the memory is there. */
static struct memfd_extent_ser *empty(unsigned int order)
{
	static const unsigned int orders[] = { 0, 1, 2, 2, 0 };
	struct memfd_extent_ser *ser = AT(HEADER);

	memset(&handover, 0, sizeof(handover));
	memcpy(&handover.order[MEMORY], orders, sizeof(orders));
	*ser = (struct memfd_extent_ser) {
		.magic = MEMFD_EXTENT_MAGIC, .version = MEMFD_EXTENT_VERSION,
		.length = sizeof(*ser), .size = 16 * PAGE_SIZE - 5, .order = order };
	return ser;
}

static struct memfd_extent_ser *whole(void)
{
	struct memfd_extent_ser *ser = empty(0);

	list(BASE, FIRST, 0, 3);
	list(BASE, SECOND, 3, 4);
	list(MORE_BASE, THIRD, 10, 4);
	list(LATE, FOURTH, 8, 1);
	((struct memfd_extent_block *)AT(BASE))->next = MEMORY_PA(MORE_BASE);
	ser->base = (struct memfd_extent_list) { MEMORY_PA(BASE), 3, 11 };
	ser->late = (struct memfd_extent_list) { MEMORY_PA(LATE), 1, 1 };
	return ser;
}

/* Two huge pages of four pages each, and two places that have one reserved */
static struct memfd_extent_ser *huge(void)
{
	struct memfd_extent_ser *ser = empty(2);

	list(BASE, SECOND, 0, 4);
	list(BASE, THIRD, 8, 4);
	list(LATE, 0, 4, 4);
	list(LATE, 0, 12, 4);
	ser->base = (struct memfd_extent_list) { MEMORY_PA(BASE), 2, 8 };
	ser->late = (struct memfd_extent_list) { MEMORY_PA(LATE), 2, 0 };
	return ser;
}

static void seal(void)
{
	struct memfd_extent_ser *ser = AT(HEADER);

	for (unsigned int page = BASE; page <= LATE; page++) {
		struct memfd_extent_block *block = AT(page);

		if (block->count <= ARRAY_SIZE(block->extents))
			block->checksum = memfd_extent_block_checksum(block);
	}
	if (ser->length >= offsetofend(typeof(*ser), checksum) && ser->length <= PAGE_SIZE)
		ser->checksum = memfd_extent_ser_checksum(ser);
}

/* To be discarded as it is; or retrieved, to the end and not, with checksums made right */
static void put_extents(const char *name)
{
	static const struct {
		const char *suffix;
		struct input input;
	} ways[] = {
		{ "", { .flags = 0 } },
		{ "-taken", { .flags = INPUT_FIX | INPUT_TAKE } },
		{ "-given-up", { .flags = INPUT_FIX | INPUT_TAKE | INPUT_COUNTS, .fail = 3 } },
	};
	struct handover all;
	char text[64];

	seal();
	all = handover;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		handover = all;
		handover.input.flags = ways[i].input.flags;
		handover.input.fail = ways[i].input.fail;
		snprintf(text, sizeof(text), "extent-%s%s", name, ways[i].suffix);
		put(text);
	}
}

static void valid_extents(void)
{
	struct memfd_extent_ser *ser;

	empty(0);
	put_extents("none");
	ser = empty(0);
	/* One extent, of three runs */
	list(BASE, FIRST, 5, 7);
	ser->base = (struct memfd_extent_list) { MEMORY_PA(BASE), 1, 7 };
	put_extents("one");
	whole();
	put_extents("blocks");
	ser = whole();
	ser->base = (struct memfd_extent_list) {};
	put_extents("late-only");
	whole()->length += 64;
	put_extents("of-a-later-version");
	huge();
	put_extents("huge");
	ser = huge();
	handover.repeats[LATE] = sizeof(struct memfd_extent);
	((struct memfd_extent_block *)AT(LATE))->count = 170;
	ser->late.extents = 170;
	put_extents("full-block");
}

static void extents_named_twice(void)
{
	whole();
	extents(LATE)[0].pfn = 1 + HEADER;
	put_extents("claims-header");
	whole();
	extents(LATE)[0].pfn = 1 + LATE;
	put_extents("claims-own-block");
	whole();
	extents(LATE)[0].pfn = 1 + BASE;
	put_extents("claims-block-read");
	whole();
	list(BASE, 1 + LATE, 7, 1);
	((struct memfd_extent_ser *)AT(HEADER))->base.extents++;
	((struct memfd_extent_ser *)AT(HEADER))->base.pages++;
	put_extents("claims-block-to-come");
	whole();
	extents(MORE_BASE)[0].pfn = SECOND;
	put_extents("same-memory-twice");
	/* The second of three runs that are one extent is the first extent. */
	whole();
	extents(BASE)[0] = (struct memfd_extent) { .pfn = FIRST + 1, .index = 0, .pages = 2 };
	extents(BASE)[1] = (struct memfd_extent) { .pfn = FIRST, .index = 3, .pages = 3 };
	((struct memfd_extent_ser *)AT(HEADER))->base.pages = 9;
	put_extents("same-memory-in-part");
	huge();
	extents(BASE)[1].pfn = SECOND;
	put_extents("same-huge-page-twice");
	whole()->late = whole()->base;
	put_extents("same-chain-twice");
	whole();
	extents(LATE)[0].index = 10;
	put_extents("same-place-twice");
}

static void refused_blocks(void)
{
	struct memfd_extent_block *block = AT(MORE_BASE);
	struct memfd_extent_ser *ser;

	whole();
	block->next = MEMORY_PA(BASE);
	put_extents("loop");
	whole();
	((struct memfd_extent_block *)AT(LATE))->next = MEMORY_PA(LATE);
	put_extents("loop-of-late");
	whole()->late.extents = U64_MAX;
	((struct memfd_extent_block *)AT(LATE))->next = MEMORY_PA(LATE);
	put_extents("loop-that-is-said-to-be-long");
	/* Back to what is not the first block */
	ser = whole();
	((struct memfd_extent_block *)AT(BASE))->next = 0;
	((struct memfd_extent_block *)AT(LATE))->next = MEMORY_PA(MORE_BASE);
	block->next = MEMORY_PA(MORE_BASE);
	ser->base = (struct memfd_extent_list) { MEMORY_PA(BASE), 2, 7 };
	ser->late.extents = U64_MAX;
	put_extents("loop-further-on");
	whole()->base.extents++;
	put_extents("count-of-extents");
	whole()->late.pages++;
	put_extents("count-of-pages");
	whole();
	block->next = MEMORY_PA(MEMORY + 1);
	put_extents("block-in-longer-run");
	ser = whole();
	block->count = 171;
	ser->base.extents += 170;
	put_extents("too-many");
	ser = whole();
	block->count = U32_MAX;
	put_extents("far-too-many");
	whole();
	block->count = 0;
	put_extents("empty-block");
	whole()->late.first += 8;
	seal();
	memmove(AT(LATE) + 8, AT(LATE), PAGE_SIZE - 8);
	put("extent-unaligned-block");
	whole()->base.first |= 1ULL << 63;
	put_extents("block-of-nowhere");
}

static void refused_extents(void)
{
	whole();
	extents(BASE)[1].index = 2;
	put_extents("out-of-order");
	whole();
	extents(LATE)[0].index = 16;
	put_extents("beyond-the-file");
	whole();
	extents(LATE)[0].index = U64_MAX;
	put_extents("far-beyond-the-file");
	whole();
	extents(LATE)[0].flags = 2;
	put_extents("flags");
	whole();
	extents(BASE)[1].pages = 2;
	put_extents("part-of-a-run");
	whole();
	extents(LATE)[0].pages = 0;
	put_extents("no-pages");
	whole();
	extents(LATE)[0].pfn = FOURTH + 1;
	put_extents("memory-of-nowhere");
	whole();
	extents(LATE)[0].pfn |= 1ULL << 52;
	put_extents("memory-beyond-addresses");
	huge()->size = BIT(32);
	extents(LATE)[0].pages = BIT(18) + 4;
	put_extents("too-long");
	huge()->order = 0;
	put_extents("reserved-of-plain-file");
	huge()->order = 3;
	put_extents("part-of-a-huge-page");
	huge();
	extents(LATE)[0].pfn = SECOND;
	put_extents("reserved-with-memory");
}

static void refused_headers(void)
{
	whole()->magic++;
	put_extents("magic");
	whole()->version++;
	put_extents("version");
	whole()->length--;
	put_extents("short");
	whole()->length = PAGE_SIZE + 1;
	put_extents("long");
	whole()->seals = 0x40;
	put_extents("seals");
	whole()->size = MAX_LFS_FILESIZE + 1;
	put_extents("size");
	whole()->pos = U64_MAX;
	put_extents("position");
	empty(0)->order = 52;
	put_extents("order");
	whole();
	seal();
	memmove(AT(HEADER) + 8, AT(HEADER), PAGE_SIZE - 8);
	handover.input.size = 8;
	put("extent-unaligned");
	whole();
	memset(handover.order, 0, sizeof(handover.order));
	handover.input.size = SEEDS_PAGES * PAGE_SIZE;
	put_extents("of-nowhere");
	whole();
	seal();
	memcpy(AT(MEMORY + 2), AT(HEADER), PAGE_SIZE);
	handover.input.size = (SECOND - 1) * PAGE_SIZE;
	put("extent-in-longer-run");
	whole();
	seal();
	((struct memfd_extent_ser *)AT(HEADER))->checksum++;
	put("extent-checksum");
	whole();
	seal();
	((struct memfd_extent_block *)AT(MORE_BASE))->checksum++;
	put("extent-checksum-of-block");
}

void extents_of_all_kinds(void)
{
	valid_extents();
	extents_named_twice();
	refused_blocks();
	refused_extents();
	refused_headers();
}
