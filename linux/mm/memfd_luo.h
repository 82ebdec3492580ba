/* SPDX-License-Identifier: GPL-2.0 */
/* What the files share that carry memfds over a live update */
#ifndef _MM_MEMFD_LUO_H
#define _MM_MEMFD_LUO_H

#include <linux/err.h>
#include <linux/kho/abi/memfd.h>
#include <linux/kho/abi/memfd_extent.h>
#include <linux/types.h>

struct file;
struct folio;
struct inode;
struct liveupdate_file_op_args;
struct page;

/**
 * struct memfd_luo_reader - reads the table of folios where it lies
 * @chunk: the page that names the table's pages, taken over; NULL at the end
 * @next: address of the one after it, unchecked
 * @slot: which page of the table is next
 * @order: they come in runs of so many
 * @run: the run that is read now, taken over; NULL for none
 * @left: entries behind it
 *
 * Takes no memory, so that discarding a file cannot fail for want of it, and gives
 * the table's pages back as it goes. What is being read is taken over before: an
 * entry that claims it as if it were the file's finds nothing.
 */
struct memfd_luo_reader {
	struct kho_vmalloc_chunk *chunk;
	phys_addr_t next;
	unsigned int slot;
	unsigned int order;
	void *run;
	u64 left;
};

/**
 * struct memfd_luo_fill - a file into which memory is put
 * @file: the file, which nobody else has yet
 * @folios: what is put in next, with a reference a page, their indices set
 * @count: how many
 * @pages: how many pages these have
 * @page: the first page of the run that comes then
 * @index: its place in the file
 * @plain: how many pages it has, single ones, with a reference each; of a file of huge
 *	pages as they were claimed
 * @order: of the folios that they were
 */
struct memfd_luo_fill {
	struct file *file;
	struct folio **folios;
	unsigned int count;
	unsigned long pages;
	struct page *page;
	pgoff_t index;
	unsigned long plain;
	unsigned int order;
};

/**
 * struct memfd_extent_chain - a table of extents that is being made
 * @first: the first block
 * @last: the one that is added to
 * @spare: the one that comes after it; NULL where there is none yet
 * @extents: how many extents there are
 * @pages: how many pages these have, without those that are only reserved
 * @kept: how many of the extents KHO was told of
 * @kept_blocks: how many of the blocks
 */
struct memfd_extent_chain {
	struct memfd_extent_block *first;
	struct memfd_extent_block *last;
	struct memfd_extent_block *spare;
	u64 extents;
	u64 pages;
	u64 kept;
	u64 kept_blocks;
};

/**
 * struct memfd_extent_reader - reads the tables of a file where they lie
 * @list: what is to be read, first the one, then the other
 * @block: the block that is read now, taken over; NULL for none
 * @slot: which of its extents is next
 * @claimed: a page of those that were claimed last
 * @unmanaged: how many were, of which their zone has yet to be told
 *
 * As &struct memfd_luo_reader: takes no memory, gives blocks back as it goes.
 */
struct memfd_extent_reader {
	struct memfd_extent_list list[2];
	struct memfd_extent_block *block;
	unsigned int slot;
	struct page *claimed;
	long unmanaged;
};

bool memfd_luo_is_memfd(struct file *file);
unsigned long memfd_luo_get_id(struct file *file);
bool memfd_luo_format_is_extent(void);
bool memfd_luo_still_has(struct file *file, struct folio *folio);
int memfd_luo_attributes(struct file *file, u32 *seals, u64 *pos);
bool memfd_luo_discarded(const struct liveupdate_file_op_args *args, int err);
struct file *memfd_luo_new_file(u64 size, u32 seals, u64 pos, unsigned int order);

int memfd_luo_check(u64 data, struct memfd_luo_ser *ser);
void memfd_luo_read(struct memfd_luo_reader *r, const struct memfd_luo_ser *ser);
const struct memfd_luo_folio_ser *memfd_luo_read_more(struct memfd_luo_reader *r, u64 *count);
struct folio *memfd_luo_restore_folio(const struct memfd_luo_folio_ser *entry);
bool memfd_luo_discard(const struct memfd_luo_folio_ser *entries, u64 count);
bool memfd_luo_discard_all(struct memfd_luo_reader *r);

int memfd_luo_fill_init(struct memfd_luo_fill *f);
bool memfd_luo_fill_add(struct memfd_luo_fill *f, struct folio *folio, pgoff_t index);
bool memfd_luo_fill_run(struct memfd_luo_fill *f);
int memfd_luo_fill(struct memfd_luo_fill *f);
int memfd_luo_insert(struct address_space *mapping, struct folio **folios, unsigned int count,
		     unsigned int *stored);
void memfd_luo_fill_push(struct memfd_luo_fill *f, struct folio *folio, pgoff_t index,
			 unsigned long pages);
void memfd_luo_fill_forget(struct memfd_luo_fill *f, unsigned int count);
void memfd_luo_fill_drop(struct memfd_luo_fill *f);

int memfd_extent_make_room(struct memfd_extent_chain *chain);
bool memfd_extent_add(struct memfd_extent_chain *chain, unsigned long pfn, pgoff_t index,
		      unsigned long pages, unsigned int order);
int memfd_extent_keep(struct memfd_extent_chain *chain);
void memfd_extent_seal(struct memfd_extent_chain *chain, struct memfd_extent_list *list);
void memfd_extent_free(struct memfd_extent_chain *chain);
struct memfd_extent_block *memfd_extent_next_block(const struct memfd_extent_block *block);
int memfd_extent_pin(struct file *file, struct memfd_extent_chain *chain, pgoff_t first,
		     pgoff_t end);
void memfd_extent_unpin(struct memfd_extent_chain *chain);

u32 memfd_extent_ser_checksum(const struct memfd_extent_ser *ser);
u32 memfd_extent_block_checksum(const struct memfd_extent_block *block);
int memfd_extent_check(u64 data, struct memfd_extent_ser *ser);
void memfd_extent_read(struct memfd_extent_reader *r, const struct memfd_extent_ser *ser);
const struct memfd_extent *memfd_extent_read_next(struct memfd_extent_reader *r);
struct page *memfd_extent_claim(struct memfd_extent_reader *r, const struct memfd_extent *extent);
struct page *memfd_extent_claim_huge(struct memfd_extent_reader *r,
				     const struct memfd_extent *extent);
void memfd_extent_manage(struct memfd_extent_reader *r);
bool memfd_extent_discard_all(struct memfd_extent_reader *r);

#ifdef CONFIG_MEMCG
int mem_cgroup_charge_folios(struct folio **folios, unsigned int count, unsigned long pages,
			     gfp_t gfp);
int mem_cgroup_charge_huge(struct folio **folios, unsigned int count, gfp_t gfp);
#else
static inline int mem_cgroup_charge_huge(struct folio **folios, unsigned int count, gfp_t gfp)
{
	return 0;
}

static inline int mem_cgroup_charge_folios(struct folio **folios, unsigned int count,
					   unsigned long pages, gfp_t gfp)
{
	return 0;
}
#endif

#ifdef CONFIG_HUGETLBFS
bool memfd_luo_is_huge(struct file *file);
unsigned int memfd_luo_huge_order(struct file *file);
void memfd_luo_huge_freeze(struct inode *inode, bool freeze);
struct file *memfd_luo_huge_new_file(unsigned int order, unsigned int flags);
int memfd_luo_huge_list_reserved(struct file *file, struct memfd_extent_chain *chain, pgoff_t end);
int memfd_luo_huge_fill(struct memfd_luo_fill *f, unsigned int order, u64 pool);
void memfd_luo_huge_drop(struct memfd_luo_fill *f);

int hugetlb_luo_adopt(struct inode *inode, struct folio **folios, unsigned int count,
		      unsigned long pool, unsigned int *stored);
void hugetlb_luo_give(struct folio *folio);
int hugetlb_luo_reserve(struct inode *inode, pgoff_t from, pgoff_t to, unsigned long pool);
bool hugetlb_luo_next_reserved(struct inode *inode, pgoff_t *from, pgoff_t *to);
unsigned long hugetlb_luo_reserved(struct inode *inode);
unsigned long hugetlb_luo_pool(struct inode *inode);
#else
static inline bool memfd_luo_is_huge(struct file *file)
{
	return false;
}

static inline unsigned int memfd_luo_huge_order(struct file *file)
{
	return 0;
}

static inline void memfd_luo_huge_freeze(struct inode *inode, bool freeze) { }

static inline struct file *memfd_luo_huge_new_file(unsigned int order, unsigned int flags)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline int memfd_luo_huge_list_reserved(struct file *file, struct memfd_extent_chain *chain,
					       pgoff_t end)
{
	return 0;
}

static inline int memfd_luo_huge_fill(struct memfd_luo_fill *f, unsigned int order, u64 pool)
{
	return -EOPNOTSUPP;
}

static inline void memfd_luo_huge_drop(struct memfd_luo_fill *f) { }

static inline int hugetlb_luo_reserve(struct inode *inode, pgoff_t from, pgoff_t to,
				      unsigned long pool)
{
	return -EOPNOTSUPP;
}

static inline unsigned long hugetlb_luo_pool(struct inode *inode)
{
	return 0;
}
#endif

#endif /* _MM_MEMFD_LUO_H */
