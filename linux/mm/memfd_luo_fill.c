// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memfd fill
 *
 * Puts memory that was handed over into a new shmem file, a run of pages at a time:
 * what can be done once for a run (blocks, memory cgroup, statistics, locks) is not
 * done for each page. What remains for a page are its flags, its slot in the page
 * cache and its place in the LRU list.
 *
 * Where a part of a run is aligned alike in memory and in the file, it becomes large
 * folios, as large as the page cache has them: they cost a fraction, and can be mapped
 * whole. Truncating and punching split them as they split any.
 *
 * The file has no other user yet. Still its folios can be found: by reclaim as soon as
 * they are in an LRU list, and by what walks memory by page frames. So each is complete
 * before it gets there.
 *
 * When memory is wanting, nothing is lost: what is in the file stays there, the rest of
 * the run waits, and filling goes on from there when it is asked for again.
 */
#include <linux/bitops.h>
#include <linux/fs.h>
#include <linux/memcontrol.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/xarray.h>
#include "internal.h"
#include "memfd_luo.h"

/* The largest folio that can begin with this page at this place of the file */
static unsigned int memfd_luo_fill_order(unsigned long pfn, pgoff_t index, unsigned long pages)
{
	unsigned int order = ilog2(pages);

	if (!IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE))
		return 0;
	return min3(order, (unsigned int)__ffs(pfn | index | BIT(MAX_PAGECACHE_ORDER)),
		    (unsigned int)MAX_PAGECACHE_ORDER);
}

/* Makes folios of single pages, and all that can be made of them without the file. */
static void memfd_luo_form(struct page *page, pgoff_t index, unsigned long pages)
{
	while (pages) {
		unsigned int order = memfd_luo_fill_order(page_to_pfn(page), index, pages);
		unsigned long nr = 1UL << order;

		if (order) {
			for (unsigned long i = 1; i < nr; i++)
				set_page_count(page + i, 0);
			prep_compound_page(page, order);
			page_rmappable_folio(page);
			/* The page cache has one reference a page. */
			set_page_count(page, nr);
		}
		page += nr;
		index += nr;
		pages -= nr;
	}
}

/* The folios' own part of being in the page cache. */
static void memfd_luo_dress(struct page *page, unsigned long pages)
{
	struct folio *folio;

	for (unsigned long i = 0; i < pages; i += folio_nr_pages(folio)) {
		folio = page_folio(page + i);
		__folio_set_swapbacked(folio);
		folio_set_dirty(folio);
		__folio_mark_uptodate(folio);
	}
}

/* Returns how many pages were stored: fewer where memory is wanting, or a slot is taken. */
static unsigned long memfd_luo_store(struct xa_state *xas, struct address_space *mapping,
				     struct page *page, pgoff_t index, unsigned long pages)
{
	unsigned long done = 0;
	bool single = false;
	long huge = 0;

	while (done < pages) {
		struct folio *folio = page_folio(page + done);
		unsigned int order = folio_order(folio);

		/* From one single page to the next it needs no walk from the root. */
		if (order || !single)
			xas_set_order(xas, index + done, order);
		else
			xas_next(xas);
		single = !order;
		folio->mapping = mapping;
		folio->index = index + done;
		xas_store(xas, folio);
		if (xas_error(xas)) {
			folio->mapping = NULL;
			break;
		}
		if (folio_test_pmd_mappable(folio))
			huge += folio_nr_pages(folio);
		done += folio_nr_pages(folio);
	}
	if (done) {
		mapping->nrpages += done;
		lruvec_stat_mod_folio(page_folio(page), NR_FILE_PAGES, done);
		lruvec_stat_mod_folio(page_folio(page), NR_SHMEM, done);
	}
	if (huge)
		lruvec_stat_mod_folio(page_folio(page), NR_SHMEM_THPS, huge);
	return done;
}

/* Sets how many pages got into the file, which are fewer on failure. */
static int memfd_luo_insert(struct address_space *mapping, struct page *page, pgoff_t index,
			    unsigned long pages, unsigned long *stored)
{
	gfp_t gfp = mapping_gfp_mask(mapping) & GFP_RECLAIM_MASK;
	XA_STATE(xas, &mapping->i_pages, index);

	*stored = 0;
	do {
		xas_lock_irq(&xas);
		/* The table may say of two runs that they are at the same place. */
		xas_set(&xas, index + *stored);
		if (xas_find(&xas, index + pages - 1))
			xas_set_err(&xas, -EEXIST);
		else
			*stored += memfd_luo_store(&xas, mapping, page + *stored,
						   index + *stored, pages - *stored);
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, gfp));
	return xas_error(&xas);
}

static void memfd_luo_add_lru(struct page *page, unsigned long pages)
{
	struct folio *folio = page_folio(page);
	enum lru_list lru = folio_lru_list(folio);
	struct lruvec *lruvec = folio_lruvec_lock_irq(folio);

	for (unsigned long i = 0; i < pages; i += folio_nr_pages(folio)) {
		folio = page_folio(page + i);
		folio_set_lru(folio);
		if (lru_gen_enabled())
			lruvec_add_folio(lruvec, folio);
		else
			list_add(&folio->lru, &lruvec->lists[lru]);
	}
	if (!lru_gen_enabled())
		update_lru_size(lruvec, lru, folio_zonenum(folio), pages);
	lruvec_unlock_irq(lruvec);
}

static void memfd_luo_uncharge(struct page *page, unsigned long pages)
{
	struct folio *folio;

	for (unsigned long i = 0; i < pages; i += folio_nr_pages(folio)) {
		folio = page_folio(page + i);
		mem_cgroup_uncharge(folio);
	}
}

static void memfd_luo_fill_advance(struct memfd_luo_fill *f, unsigned long pages)
{
	f->page += pages;
	f->index += pages;
	f->formed -= pages;
}

/* Puts in what is formed; what does not get in stays formed, and is nobody's. */
static int memfd_luo_fill_formed(struct memfd_luo_fill *f)
{
	struct inode *inode = file_inode(f->file);
	unsigned long stored, pages = f->formed;
	int err;

	/* shmem says "no space" where there is no memory to be had. */
	if (shmem_inode_acct_blocks(inode, pages))
		return -ENOMEM;
	/* Where the cgroup has no room, its owner is told so rather than killed. */
	err = mem_cgroup_charge_run(f->page, pages, GFP_KERNEL | __GFP_RETRY_MAYFAIL);
	if (!err) {
		memfd_luo_dress(f->page, pages);
		err = memfd_luo_insert(f->file->f_mapping, f->page, f->index, pages, &stored);
		if (stored)
			memfd_luo_add_lru(f->page, stored);
		memfd_luo_uncharge(f->page + stored, pages - stored);
		memfd_luo_fill_advance(f, stored);
	}
	/* Blocks that were accounted for and are not in the file go back. */
	shmem_recalc_inode(inode, pages, 0);
	return err;
}

/**
 * memfd_luo_fill - put a run of pages into a file
 * @f: the file, and the run: &memfd_luo_fill.page, .index, .formed, .plain
 *
 * The folios that are formed already come first, no more of them than 512 pages or one
 * folio, and not across such a boundary in memory.
 *
 * Return: 0; -ENOMEM or -EINTR, after which it can be called again to go on; -EEXIST
 * where there is a page in the file already.
 */
int memfd_luo_fill(struct memfd_luo_fill *f)
{
	while (f->formed || f->plain) {
		int err;

		if (fatal_signal_pending(current))
			return -EINTR;
		if (!f->formed) {
			unsigned long pfn = page_to_pfn(f->page);

			f->formed = min(f->plain, MEMFD_LUO_CHUNK - pfn % MEMFD_LUO_CHUNK);
			f->plain -= f->formed;
			memfd_luo_form(f->page, f->index, f->formed);
		}
		err = memfd_luo_fill_formed(f);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/**
 * memfd_luo_fill_drop - give up filling a file
 * @f: the file, which is closed, and what is left of a run
 */
void memfd_luo_fill_drop(struct memfd_luo_fill *f)
{
	while (f->formed) {
		struct folio *folio = page_folio(f->page);
		unsigned long nr = folio_nr_pages(folio);

		memfd_luo_fill_advance(f, nr);
		folio_put_refs(folio, nr);
	}
	while (f->plain) {
		__free_page(f->page++);
		if (!(--f->plain % MEMFD_LUO_CHUNK))
			cond_resched();
	}
	if (f->file)
		fput(f->file);
	f->file = NULL;
}
