/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_KHO_ABI_MEMFD_EXTENT_H
#define _LINUX_KHO_ABI_MEMFD_EXTENT_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

/**
 * DOC: memfd handover by extents, "luo-memfd-extent-v1"
 *
 * What a memfd is made of are runs of pages that lie one after the other both in the
 * file and in memory, not single pages. The data word of a preserved memfd is the
 * physical address of a page that begins with a &struct memfd_extent_ser, from which
 * chains of &struct memfd_extent_block lead on, a page each. A place of the file that
 * no extent covers is a hole.
 *
 * KHO is told each extent as one run of order-0 pages, from its first to its last; each
 * block, and the page of the header, as a run of one page.
 *
 * What the previous kernel listed while the file was preserved stands in the chain
 * @base, in the order of the file. What was written into holes from then on is listed
 * when it freezes, in @late, in any order: nothing of @base changes in the blackout.
 */

#define MEMFD_EXTENT_FH_COMPATIBLE	"luo-memfd-extent-v1"

#define MEMFD_EXTENT_MAGIC		0x78656d4cU	/* "Lmex" */
#define MEMFD_EXTENT_VERSION		1

/* The longest extent, 1 GiB in 4 KiB pages: a longer run is more than one. */
#define MEMFD_EXTENT_MAX_PAGES		BIT(18)

/**
 * struct memfd_extent - a run of pages
 * @pfn: its first page frame
 * @index: the place of that in the file, in pages
 * @pages: how many
 * @flags: MEMFD_EXTENT_*
 */
struct memfd_extent {
	u64 pfn;
	u64 index;
	u32 pages;
	u32 flags;
};

/*
 * No memory, @pfn is 0: a part of a file of huge pages that has pages reserved for it
 * and none yet.
 */
#define MEMFD_EXTENT_RESERVED		BIT(0)
/* The order of the folios that the run was: they had better be as large again. */
#define MEMFD_EXTENT_ORDER		GENMASK(15, 8)

/**
 * struct memfd_extent_block - a page of extents
 * @next: physical address of the next block, 0 at the end
 * @count: how many are in use; none but the last has room left
 * @checksum: crc32_le() of @count and of these
 * @extents: they
 */
struct memfd_extent_block {
	u64 next;
	u32 count;
	u32 checksum;
	struct memfd_extent extents[170];
};

static_assert(sizeof(struct memfd_extent_block) == 4096);

/**
 * struct memfd_extent_list - a chain of blocks
 * @first: physical address of the first block, 0 for none
 * @extents: how many all blocks have
 * @pages: how many pages these have, without those that are only reserved
 */
struct memfd_extent_list {
	u64 first;
	u64 extents;
	u64 pages;
};

/**
 * struct memfd_extent_ser - one memfd
 * @magic: MEMFD_EXTENT_MAGIC
 * @version: MEMFD_EXTENT_VERSION; what another one means is not known
 * @length: bytes of this struct; more may follow that need not be understood
 * @checksum: crc32_le() of @length bytes, with 0 here
 * @size: size in bytes
 * @pos: file position
 * @seals: F_SEAL_*
 * @order: of the huge pages that the file has, 0 where it has none
 * @pool: how many huge pages of that order the pool of the previous kernel had, those
 *	in surplus not counted
 * @base: what it had when it was preserved
 * @late: what was added since
 */
struct memfd_extent_ser {
	u32 magic;
	u32 version;
	u32 length;
	u32 checksum;
	u64 size;
	u64 pos;
	u32 seals;
	u32 order;
	u64 pool;
	struct memfd_extent_list base;
	struct memfd_extent_list late;
};

#endif /* _LINUX_KHO_ABI_MEMFD_EXTENT_H */
