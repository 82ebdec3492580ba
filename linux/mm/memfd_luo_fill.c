// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memfd fill
 *
 * Puts memory that was handed over into a new shmem file, hundreds of pages at a time:
 * what can be done once for all of them (blocks, memory cgroup, statistics, locks) is not
 * done for each. What remains for a page are its flags, its slot in the page
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
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/memcontrol.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>
#include "internal.h"
#include "memfd_luo.h"

/* Folios that are put in at once: no more than these with interrupts off */
#define MEMFD_LUO_FILL_FOLIOS	512
/* And pages: no more than these are charged at once. */
#define MEMFD_LUO_FILL_PAGES	4096UL
/* From this order on a folio costs less than its pages by themselves. */
#define MEMFD_LUO_FILL_ORDER	4

/**
 * memfd_luo_fill_init - get ready to fill a file
 * @f: what is to be filled, zeroed
 *
 * Return: 0 or -ENOMEM.
 */
int memfd_luo_fill_init(struct memfd_luo_fill *f)
{
	f->folios = kmalloc_objs(*f->folios, MEMFD_LUO_FILL_FOLIOS);
	return f->folios ? 0 : -ENOMEM;
}

static bool memfd_luo_fill_has_room(const struct memfd_luo_fill *f, struct page *page)
{
	if (!f->count)
		return true;
	/* The lists and the cgroup's references are a node's, the statistics a zone's. */
	return f->count < MEMFD_LUO_FILL_FOLIOS && f->pages < MEMFD_LUO_FILL_PAGES &&
		page_zone(page) == folio_zone(f->folios[0]);
}

/**
 * memfd_luo_fill_push - have a folio be one of those that are put in next
 * @f: the file, with room for another
 * @folio: the folio, with a reference a page
 * @index: its place
 * @pages: how many pages it has
 */
void memfd_luo_fill_push(struct memfd_luo_fill *f, struct folio *folio, pgoff_t index,
			 unsigned long pages)
{
	folio->index = index;
	f->folios[f->count++] = folio;
	f->pages += pages;
}

/**
 * memfd_luo_fill_add - have a folio go into the file
 * @f: the file
 * @folio: the folio, with one reference, which is handed on
 * @index: its place
 *
 * Return: true; false where there is no room: memfd_luo_fill() makes some.
 */
bool memfd_luo_fill_add(struct memfd_luo_fill *f, struct folio *folio, pgoff_t index)
{
	unsigned long nr = folio_nr_pages(folio);

	if (!memfd_luo_fill_has_room(f, &folio->page))
		return false;
	/* The page cache has one reference a page. */
	folio_ref_add(page_rmappable_folio(&folio->page), nr - 1);
	memfd_luo_fill_push(f, folio, index, nr);
	return true;
}

/*
 * The largest folio that the run can have. What is aligned alike in memory and in the
 * file only so far as to make small folios, is left to be what it was: they would cost
 * more than the single pages.
 */
static unsigned int memfd_luo_fill_limit(const struct memfd_luo_fill *f)
{
	unsigned int aligned = __ffs((page_to_pfn(f->page) ^ f->index) | BIT(MAX_PAGECACHE_ORDER));

	if (!IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE))
		return 0;
	return aligned < MEMFD_LUO_FILL_ORDER ? min(aligned, f->order) : aligned;
}

/* The largest folio that can begin with the next page */
static unsigned int memfd_luo_fill_order(const struct memfd_luo_fill *f, unsigned int limit)
{
	return min3(limit, (unsigned int)ilog2(f->plain),
		    (unsigned int)__ffs(f->index | BIT(MAX_PAGECACHE_ORDER)));
}

/* Makes one folio of single pages. */
static struct folio *memfd_luo_form(struct page *page, unsigned int order)
{
	for (unsigned long i = 1; i < 1UL << order; i++)
		set_page_count(page + i, 0);
	prep_compound_page(page, order);
	set_page_count(page, 1 << order);
	return page_rmappable_folio(page);
}

static void memfd_luo_fill_singles(struct memfd_luo_fill *f)
{
	unsigned long n = min3(f->plain, MEMFD_LUO_FILL_FOLIOS - (unsigned long)f->count,
			       MEMFD_LUO_FILL_PAGES - f->pages);

	for (unsigned long i = 0; i < n; i++)
		memfd_luo_fill_push(f, page_folio(f->page + i), f->index + i, 1);
	f->page += n;
	f->index += n;
	f->plain -= n;
}

/**
 * memfd_luo_fill_run - have a run of single pages go into the file
 * @f: the file, and the run: &memfd_luo_fill.page, .index, .plain, which become less
 *
 * Return: true; false where there is no room for all: memfd_luo_fill() makes some.
 */
bool memfd_luo_fill_run(struct memfd_luo_fill *f)
{
	unsigned int limit = f->plain > 1 ? memfd_luo_fill_limit(f) : 0;

	while (f->plain) {
		unsigned int order;

		if (!memfd_luo_fill_has_room(f, f->page))
			return false;
		/* However far it goes on, it is aligned as it begins. */
		if (!limit) {
			memfd_luo_fill_singles(f);
			continue;
		}
		order = memfd_luo_fill_order(f, limit);
		memfd_luo_fill_push(f, order ? memfd_luo_form(f->page, order) : page_folio(f->page),
				    f->index, 1UL << order);
		f->page += 1UL << order;
		f->index += 1UL << order;
		f->plain -= 1UL << order;
	}
	return true;
}

/* All that a folio of the page cache is, but for its place there */
static void memfd_luo_dress(struct folio **folios, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		__folio_set_swapbacked(folios[i]);
		folio_set_dirty(folios[i]);
		__folio_mark_uptodate(folios[i]);
	}
}

static bool memfd_luo_slots_free(const struct xa_node *node, unsigned int offset,
				 unsigned int slots)
{
	for (unsigned int i = 0; i < slots; i++) {
		if (rcu_access_pointer(node->slots[offset + i]))
			return false;
	}
	return true;
}

/*
 * A walk from the root finds the slots of the first folio in a node; those of the folios
 * behind it that are as large are next to them.
 */
static unsigned int memfd_luo_store_on(struct xa_state *xas, struct folio **folios,
				       unsigned int count)
{
	struct address_space *mapping = folios[0]->mapping;
	unsigned int order = folio_order(folios[0]);
	unsigned int slots = 1U << order % XA_CHUNK_SHIFT;
	/* A file of huge pages has none of another size: all slots of one are free or none. */
	unsigned int asked = folio_test_hugetlb(folios[0]) ? 1 : slots;
	unsigned int offset = xas->xa_offset + slots;
	pgoff_t index = folios[0]->index + (1UL << order);
	struct xa_node *node = xas->xa_node;
	unsigned int i;

	if (!node || node->shift != order - order % XA_CHUNK_SHIFT)
		return 0;
	for (i = 1; i < count && offset < XA_CHUNK_SIZE; i++) {
		struct folio *folio = folios[i];

		if (folio_order(folio) != order || folio->index != index ||
		    !memfd_luo_slots_free(node, offset, asked))
			break;
		folio->mapping = mapping;
		rcu_assign_pointer(node->slots[offset], folio);
		for (unsigned int s = 1; s < slots; s++)
			rcu_assign_pointer(node->slots[offset + s], xa_mk_sibling(offset));
		node->count += slots;
		offset += slots;
		index += 1UL << order;
	}
	return i - 1;
}

/* Returns how many were stored: fewer where memory is wanting, or a slot is taken. */
static unsigned int memfd_luo_store(struct xa_state *xas, struct address_space *mapping,
				    struct folio **folios, unsigned int count)
{
	unsigned int done = 0;

	while (done < count) {
		struct folio *folio = folios[done];

		xas_set_order(xas, folio->index, folio_order(folio));
		/* The table may say of two runs that they are at the same place. */
		if (xas_find_conflict(xas)) {
			xas_set_err(xas, -EEXIST);
			break;
		}
		folio->mapping = mapping;
		xas_store(xas, folio);
		if (xas_error(xas)) {
			folio->mapping = NULL;
			break;
		}
		done += 1 + memfd_luo_store_on(xas, folios + done, count - done);
	}
	return done;
}

static void memfd_luo_count(struct address_space *mapping, struct folio **folios,
			    unsigned int count)
{
	long pages = 0;
	long huge = 0;

	/* Huge pages are of one size, and counted where their pool is. */
	if (folio_test_hugetlb(folios[0])) {
		mapping->nrpages += count * folio_nr_pages(folios[0]);
		return;
	}
	for (unsigned int i = 0; i < count; i++) {
		pages += folio_nr_pages(folios[i]);
		if (folio_test_pmd_mappable(folios[i]))
			huge += folio_nr_pages(folios[i]);
	}
	mapping->nrpages += pages;
	lruvec_stat_mod_folio(folios[0], NR_FILE_PAGES, pages);
	lruvec_stat_mod_folio(folios[0], NR_SHMEM, pages);
	if (huge)
		lruvec_stat_mod_folio(folios[0], NR_SHMEM_THPS, huge);
}

/**
 * memfd_luo_insert - put folios into the page cache of a file
 * @mapping: of the file, which nobody else has
 * @folios: the folios, charged, their indices set
 * @count: how many
 * @stored: set to how many of them are in the file now
 *
 * Return: 0; -ENOMEM; -EEXIST where there is a page already.
 */
int memfd_luo_insert(struct address_space *mapping, struct folio **folios, unsigned int count,
		     unsigned int *stored)
{
	gfp_t gfp = mapping_gfp_mask(mapping) & GFP_RECLAIM_MASK;
	XA_STATE(xas, &mapping->i_pages, 0);
	unsigned int n;

	*stored = 0;
	do {
		xas_lock_irq(&xas);
		n = memfd_luo_store(&xas, mapping, folios + *stored, count - *stored);
		if (n)
			memfd_luo_count(mapping, folios + *stored, n);
		*stored += n;
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, gfp));
	return xas_error(&xas);
}

static void memfd_luo_add_lru(struct folio **folios, unsigned int count)
{
	enum lru_list lru = folio_lru_list(folios[0]);
	struct lruvec *lruvec = folio_lruvec_lock_irq(folios[0]);
	long pages = 0;

	for (unsigned int i = 0; i < count; i++) {
		folio_set_lru(folios[i]);
		pages += folio_nr_pages(folios[i]);
		if (lru_gen_enabled())
			lruvec_add_folio(lruvec, folios[i]);
		else
			list_add(&folios[i]->lru, &lruvec->lists[lru]);
	}
	if (!lru_gen_enabled())
		update_lru_size(lruvec, lru, folio_zonenum(folios[0]), pages);
	lruvec_unlock_irq(lruvec);
}

/**
 * memfd_luo_fill_forget - let go of folios that are in the file
 * @f: the file
 * @count: how many
 */
void memfd_luo_fill_forget(struct memfd_luo_fill *f, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		f->pages -= folio_nr_pages(f->folios[i]);
	f->count -= count;
	memmove(f->folios, f->folios + count, f->count * sizeof(*f->folios));
}

/**
 * memfd_luo_fill - put into the file what was added
 * @f: the file
 *
 * Return: 0; -ENOMEM or -EINTR, after which it can be called again to go on; -EEXIST
 * where there is a page in the file already.
 */
int memfd_luo_fill(struct memfd_luo_fill *f)
{
	struct inode *inode = file_inode(f->file);
	unsigned long pages = f->pages;
	unsigned int stored = 0;
	int err;

	if (!f->count)
		return 0;
	if (fatal_signal_pending(current))
		return -EINTR;
	/* shmem says "no space" where there is no memory to be had. */
	if (shmem_inode_acct_blocks(inode, pages))
		return -ENOMEM;
	/* Where the cgroup has no room, its owner is told so rather than killed. */
	err = mem_cgroup_charge_folios(f->folios, f->count, pages,
				       GFP_KERNEL | __GFP_RETRY_MAYFAIL);
	if (!err) {
		memfd_luo_dress(f->folios, f->count);
		err = memfd_luo_insert(f->file->f_mapping, f->folios, f->count, &stored);
		for (unsigned int i = stored; i < f->count; i++)
			mem_cgroup_uncharge(f->folios[i]);
	}
	if (stored)
		memfd_luo_add_lru(f->folios, stored);
	memfd_luo_fill_forget(f, stored);
	/* Blocks that were accounted for and are not in the file go back. */
	shmem_recalc_inode(inode, pages, 0);
	cond_resched();
	return err;
}

/**
 * memfd_luo_fill_drop - give up filling a file
 * @f: the file, which is closed, and what was to go into it
 */
void memfd_luo_fill_drop(struct memfd_luo_fill *f)
{
	if (f->file && is_file_hugepages(f->file))
		memfd_luo_huge_drop(f);
	for (unsigned int i = 0; i < f->count; i++)
		folio_put_refs(f->folios[i], folio_nr_pages(f->folios[i]));
	f->count = 0;
	kfree(f->folios);
	f->folios = NULL;

	while (f->plain) {
		__free_page(f->page++);
		if (!(--f->plain % SZ_1K))
			cond_resched();
	}
	if (f->file)
		fput(f->file);
	f->file = NULL;
}
