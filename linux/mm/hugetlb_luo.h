/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included by hugetlb.c, at its end: huge pages that were handed over by the previous
 * kernel become part of the pool, and of a file.
 */
#include "memfd_luo.h"

static void hugetlb_luo_uncharge_one(struct hstate *h, struct folio *folio)
{
	unsigned long pages = pages_per_huge_page(h);

	if (hugetlb_cgroup_disabled())
		return;
	spin_lock_irq(&hugetlb_lock);
	hugetlb_cgroup_uncharge_folio(hstate_index(h), pages, folio);
	hugetlb_cgroup_uncharge_folio_rsvd(hstate_index(h), pages, folio);
	spin_unlock_irq(&hugetlb_lock);
}

static int hugetlb_luo_charge_one(struct hstate *h, struct folio *folio)
{
	unsigned long pages = pages_per_huge_page(h);
	struct hugetlb_cgroup *cgroup, *rsvd;
	int idx = hstate_index(h);

	if (hugetlb_cgroup_disabled())
		return 0;
	if (hugetlb_cgroup_charge_cgroup_rsvd(idx, pages, &rsvd))
		return -ENOMEM;
	if (hugetlb_cgroup_charge_cgroup(idx, pages, &cgroup)) {
		hugetlb_cgroup_uncharge_cgroup_rsvd(idx, pages, rsvd);
		return -ENOMEM;
	}
	spin_lock_irq(&hugetlb_lock);
	hugetlb_cgroup_commit_charge(idx, pages, cgroup, folio);
	hugetlb_cgroup_commit_charge_rsvd(idx, pages, rsvd, folio);
	spin_unlock_irq(&hugetlb_lock);
	return 0;
}

/* Takes back all that hugetlb_luo_charge() did. */
static void hugetlb_luo_uncharge(struct hstate *h, struct folio **folios, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		mem_cgroup_uncharge(folios[i]);
		hugetlb_luo_uncharge_one(h, folios[i]);
		__folio_clear_hugetlb(folios[i]);
	}
}

/* Makes them huge pages that are charged for. */
static int hugetlb_luo_charge(struct hstate *h, struct folio **folios, unsigned int count)
{
	gfp_t gfp = htlb_alloc_mask(h) | __GFP_RETRY_MAYFAIL;
	unsigned int done;
	int err = 0;

	for (done = 0; done < count && !err; done++) {
		init_new_hugetlb_folio(folios[done]);
		err = hugetlb_luo_charge_one(h, folios[done]);
	}
	err = err ?: mem_cgroup_charge_huge(folios, count, gfp);
	if (err)
		hugetlb_luo_uncharge(h, folios, done);
	return err;
}

static unsigned long hugetlb_luo_persistent(struct hstate *h)
{
	return h->nr_huge_pages - h->surplus_huge_pages;
}

/*
 * The pool ends up as large as it was, or as this kernel was told to make it, whichever
 * is more: it grows by the page; or a page of it that nobody has is given up for it,
 * which is returned; or the page is one in surplus.
 */
static struct folio *hugetlb_luo_add_to_pool(struct hstate *h, struct folio *folio,
					     unsigned long pool)
{
	nodemask_t node = nodemask_of_node(folio_nid(folio));
	struct folio *spare = NULL;

	lockdep_assert_held(&hugetlb_lock);
	if (hugetlb_luo_persistent(h) >= pool && available_huge_pages(h) &&
	    !hstate_is_gigantic_no_runtime(h)) {
		spare = remove_pool_hugetlb_folio(h, &node, false);
		if (!spare)
			spare = remove_pool_hugetlb_folio(h, &node_states[N_MEMORY], false);
	}
	if (!spare && hugetlb_luo_persistent(h) >= pool) {
		h->surplus_huge_pages++;
		h->surplus_huge_pages_node[folio_nid(folio)]++;
	} else if (!spare) {
		h->max_huge_pages++;
	}
	account_new_hugetlb_folio(h, folio);
	list_add(&folio->lru, &h->hugepage_activelist);
	return spare;
}

/* They are in the file: makes them part of the pool. */
static void hugetlb_luo_account(struct inode *inode, struct folio **folios, unsigned int count,
				unsigned long pool)
{
	struct hstate *h = hstate_inode(inode);
	LIST_HEAD(spares);

	spin_lock_irq(&hugetlb_lock);
	for (unsigned int i = 0; i < count; i++) {
		struct folio *spare = hugetlb_luo_add_to_pool(h, folios[i], pool);

		if (spare)
			list_add(&spare->lru, &spares);
		folio_set_hugetlb_migratable(folios[i]);
	}
	spin_unlock_irq(&hugetlb_lock);

	spin_lock(&inode->i_lock);
	inode->i_blocks += count * blocks_per_huge_page(h);
	spin_unlock(&inode->i_lock);
	lruvec_stat_mod_folio(folios[0], NR_HUGETLB, (long)count * pages_per_huge_page(h));
	if (!list_empty(&spares))
		update_and_free_pages_bulk(h, &spares);
}

/**
 * hugetlb_luo_adopt - put huge pages that were handed over into a file
 * @inode: the file, one of huge pages that nobody else has
 * @folios: the huge pages, of the file's order and of one node, with a reference a page,
 *	which are handed on; their indices follow each other
 * @count: how many
 * @pool: how many huge pages the pool of the previous kernel had, surplus not counted
 * @stored: set to how many of them are in the file now; the others are as they were
 *
 * Return: 0; -ENOMEM; -EEXIST where the file has a page there.
 */
int hugetlb_luo_adopt(struct inode *inode, struct folio **folios, unsigned int count,
		      unsigned long pool, unsigned int *stored)
{
	struct resv_map *resv = inode_resv_map(inode);
	struct hstate *h = hstate_inode(inode);
	long from = folios[0]->index >> huge_page_order(h);
	long needed = 0;
	long missing;
	int err;

	*stored = 0;
	missing = region_chg(resv, from, from + count, &needed);
	if (missing < 0)
		return missing;
	err = missing == count ? hugetlb_luo_charge(h, folios, count) : -EEXIST;
	if (err) {
		region_abort(resv, from, from + count, needed);
		return err;
	}

	err = memfd_luo_insert(inode->i_mapping, folios, count, stored);
	if (*stored) {
		hugetlb_luo_account(inode, folios, *stored, pool);
		/* Cannot fail where nothing is in between. */
		region_add(resv, from, from + *stored, needed, NULL, NULL);
	} else {
		region_abort(resv, from, from + count, needed);
	}
	hugetlb_luo_uncharge(h, folios + *stored, count - *stored);
	return err;
}

/**
 * hugetlb_luo_give - let a huge page that was handed over be one that nobody has
 * @folio: the huge page, with references, which are handed on
 *
 * For those that are too large for the page allocator to have them back.
 */
void hugetlb_luo_give(struct folio *folio)
{
	struct hstate *h = size_to_hstate(folio_size(folio));

	init_new_hugetlb_folio(folio);
	spin_lock_irq(&hugetlb_lock);
	account_new_hugetlb_folio(h, folio);
	h->max_huge_pages++;
	folio_set_count(folio, 0);
	enqueue_hugetlb_folio(h, folio);
	spin_unlock_irq(&hugetlb_lock);
}

/**
 * hugetlb_luo_reserve - reserve huge pages for a part of a file, as they were
 * @inode: the file, which has what was handed over
 * @from: where the part begins, in huge pages
 * @to: where it ends
 * @pool: how many huge pages the pool of the previous kernel had, surplus not counted
 *
 * Where the pool has none to spare, and is smaller than it was, it is enlarged.
 *
 * Return: 0, or -ENOMEM.
 */
int hugetlb_luo_reserve(struct inode *inode, pgoff_t from, pgoff_t to, unsigned long pool)
{
	struct hstate *h = hstate_inode(inode);
	unsigned long has;

	if (hugetlb_reserve_pages(inode, from, to, NULL, EMPTY_VMA_FLAGS) >= 0)
		return 0;
	has = READ_ONCE(h->nr_huge_pages) - READ_ONCE(h->surplus_huge_pages);
	if (has < pool)
		set_max_huge_pages(h, min(pool, has + to - from), NUMA_NO_NODE,
				   &node_states[N_MEMORY]);
	return hugetlb_reserve_pages(inode, from, to, NULL, EMPTY_VMA_FLAGS) < 0 ? -ENOMEM : 0;
}

/**
 * hugetlb_luo_next_reserved - the next part of a file that has huge pages reserved
 * @inode: the file
 * @from: where to begin, in huge pages; set to where the part begins
 * @to: set to where it ends
 *
 * What is there already counts as reserved.
 *
 * Return: whether there is one.
 */
bool hugetlb_luo_next_reserved(struct inode *inode, pgoff_t *from, pgoff_t *to)
{
	struct resv_map *resv = inode_resv_map(inode);
	struct file_region *region;
	bool found = false;

	spin_lock(&resv->lock);
	list_for_each_entry(region, &resv->regions, link) {
		if (region->to > *from) {
			*from = max_t(pgoff_t, *from, region->from);
			*to = region->to;
			found = true;
			break;
		}
	}
	spin_unlock(&resv->lock);
	return found;
}

/**
 * hugetlb_luo_reserved - how many huge pages a file has reserved
 * @inode: the file
 *
 * Return: how many, those that it has used as well.
 */
unsigned long hugetlb_luo_reserved(struct inode *inode)
{
	return region_count(inode_resv_map(inode), 0, LONG_MAX);
}

/**
 * hugetlb_luo_pool - the size of the pool that a file's huge pages come from
 * @inode: the file
 *
 * Return: how many huge pages it has, surplus not counted.
 */
unsigned long hugetlb_luo_pool(struct inode *inode)
{
	struct hstate *h = hstate_inode(inode);
	unsigned long pool;

	spin_lock_irq(&hugetlb_lock);
	pool = hugetlb_luo_persistent(h);
	spin_unlock_irq(&hugetlb_lock);
	return pool;
}
