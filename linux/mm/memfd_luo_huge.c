// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memfd of huge pages
 *
 * A file made with MFD_HUGETLB is handed over as its huge pages are: they stay huge, where
 * they are, and become huge pages of the next kernel's pool, which need not have been
 * made for them. The pool of the next kernel ends up as large as the one they come from,
 * or as large as it was told to be: what a file brings along is added to it, until it is;
 * then pages of the pool that nobody has are given up for them. Pages that the file has
 * reserved and not used are reserved again.
 *
 * From preservation on the file cannot be made smaller, nor can pages be punched out of
 * it. It can grow, since mapping it does that; fallocate(2) can as well.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/memfd.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/pgalloc_tag.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/unroll.h>
#include <linux/xarray.h>
#include <uapi/linux/memfd.h>
#include "internal.h"
#include "memfd_luo.h"

/* Huge pages that are put into a file at once */
#define MEMFD_LUO_HUGE_BATCH	64

/**
 * memfd_luo_is_huge - whether a file is a memfd of huge pages
 * @file: the file
 *
 * Return: true for what memfd_create(2) made, not for a file of a mounted hugetlbfs.
 */
bool memfd_luo_is_huge(struct file *file)
{
	struct inode *inode = file_inode(file);

	return is_file_hugepages(file) && !inode->i_nlink &&
		inode->i_sb->s_flags & SB_KERNMOUNT && !IS_PRIVATE(inode);
}

/**
 * memfd_luo_huge_order - the order of a file's huge pages
 * @file: the file
 *
 * Return: the order.
 */
unsigned int memfd_luo_huge_order(struct file *file)
{
	return huge_page_order(hstate_file(file));
}

/**
 * memfd_luo_huge_freeze - forbid or allow that a file loses pages
 * @inode: the file, locked
 * @freeze: which
 */
void memfd_luo_huge_freeze(struct inode *inode, bool freeze)
{
	HUGETLBFS_I(inode)->frozen = freeze;
}

/**
 * memfd_luo_huge_new_file - a new file of huge pages, empty
 * @order: their order
 * @flags: MFD_ALLOW_SEALING or MFD_NOEXEC_SEAL
 *
 * Return: the file; -EOPNOTSUPP where this kernel has no such huge pages; or another
 * error pointer.
 */
struct file *memfd_luo_huge_new_file(unsigned int order, unsigned int flags)
{
	if (!size_to_hstate(PAGE_SIZE << order))
		return ERR_PTR(-EOPNOTSUPP);
	return memfd_alloc_file("", flags | MFD_HUGETLB | (order + PAGE_SHIFT) << MFD_HUGE_SHIFT);
}

/* Lists what of [@from, @to) has no page, in pages, not huge ones. */
static int memfd_luo_huge_list_gaps(struct file *file, struct memfd_extent_chain *chain,
				    pgoff_t from, pgoff_t to)
{
	unsigned long huge = 1UL << memfd_luo_huge_order(file);

	while (from < to) {
		pgoff_t at = from;
		int err = memfd_extent_make_room(chain);

		if (err)
			return err;
		if (!xa_find(&file->f_mapping->i_pages, &at, to - 1, XA_PRESENT))
			at = to;
		at = min(at, from + MEMFD_EXTENT_MAX_PAGES);
		if (at == from)
			at += huge;
		else if (!memfd_extent_add(chain, 0, from, at - from, 0))
			return -EIO;
		from = at;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/**
 * memfd_luo_huge_list_reserved - list what a file has huge pages reserved for
 * @file: the file
 * @chain: where it is listed
 * @end: the page behind the end of the file
 *
 * Return: 0, -ENOMEM or -EINTR.
 */
int memfd_luo_huge_list_reserved(struct file *file, struct memfd_extent_chain *chain, pgoff_t end)
{
	unsigned int order = memfd_luo_huge_order(file);
	struct inode *inode = file_inode(file);
	pgoff_t from = 0, to;
	int err = 0;

	/* As many as there are: all of them are used. */
	if (hugetlb_luo_reserved(inode) == READ_ONCE(inode->i_mapping->nrpages) >> order)
		return 0;
	while (!err && hugetlb_luo_next_reserved(inode, &from, &to)) {
		err = memfd_luo_huge_list_gaps(file, chain, min(from << order, end),
					       min(to << order, end));
		from = to;
	}
	return err;
}

/*
 * A huge page of what is no page yet: the previous kernel's are not set up here but for
 * what all are at boot, and there are so many of them that once has to do. The page cache
 * has one reference a page.
 */
static struct folio *memfd_luo_huge_form(struct page *page, unsigned int order)
{
	/* With its checks in the loop the compiler would not, and says so. */
#ifndef CONFIG_KASAN
	unrolled_count(32)
#endif
	for (unsigned long i = 1; i < 1UL << order; i++) {
		set_page_count(page + i, 0);
		prep_compound_tail(page + i, page, order);
	}
	__folio_set_head((struct folio *)page);
	prep_compound_head(page, order);
	set_page_count(page, 1 << order);
	clear_page_tag_ref(page);
	return page_folio(page);
}

/* Makes huge pages of the next part of the run, as many as are put in at once. */
static void memfd_luo_huge_form_some(struct memfd_luo_fill *f, unsigned int order)
{
	unsigned long pages = 1UL << order;

	while (f->plain && f->count < MEMFD_LUO_HUGE_BATCH &&
	       (!f->count || page_to_nid(f->page) == folio_nid(f->folios[0]))) {
		struct folio *folio = memfd_luo_huge_form(f->page, order);

		folio_set_dirty(folio);
		__folio_mark_uptodate(folio);
		memfd_luo_fill_push(f, folio, f->index, pages);
		f->page += pages;
		f->index += pages;
		f->plain -= pages;
	}
}

/**
 * memfd_luo_huge_fill - put huge pages into a file
 * @f: the file, and the run: &memfd_luo_fill.page, .index, .plain, which become less
 * @order: of the huge pages
 * @pool: how many the pool of the previous kernel had
 *
 * Return: 0; -ENOMEM or -EINTR, after which it can be called again to go on; -EEXIST
 * where there is a page in the file already.
 */
int memfd_luo_huge_fill(struct memfd_luo_fill *f, unsigned int order, u64 pool)
{
	int err = 0;

	while (!err && (f->count || f->plain)) {
		unsigned int stored;

		if (fatal_signal_pending(current))
			return -EINTR;
		if (!f->count)
			memfd_luo_huge_form_some(f, order);
		err = hugetlb_luo_adopt(file_inode(f->file), f->folios, f->count, pool, &stored);
		memfd_luo_fill_forget(f, stored);
		cond_resched();
	}
	return err;
}

/**
 * memfd_luo_huge_drop - give up putting huge pages into a file
 * @f: the file, and what was to go into it
 */
void memfd_luo_huge_drop(struct memfd_luo_fill *f)
{
	for (unsigned int i = 0; i < f->count; i++) {
		if (folio_order(f->folios[i]) > MAX_PAGE_ORDER)
			hugetlb_luo_give(f->folios[i]);
		else
			folio_put_refs(f->folios[i], folio_nr_pages(f->folios[i]));
	}
	f->count = 0;

	for (; f->plain; f->plain--, f->page++) {
		set_page_count(f->page, 1);
		clear_page_tag_ref(f->page);
		__free_page(f->page);
		if (!(f->plain % SZ_1K))
			cond_resched();
	}
}
