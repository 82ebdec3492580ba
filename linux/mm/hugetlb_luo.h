/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included by hugetlb.c, at its end: huge pages that were handed over by the previous
 * kernel become part of the pool, and of a file.
 */
#include "memfd_luo.h"

/* Whom a huge page is charged to, on its way into a file */
struct hugetlb_luo_charge {
	struct hugetlb_cgroup *cgroup;
	struct hugetlb_cgroup *rsvd;
};

static int hugetlb_luo_charge(struct hstate *h, struct folio *folio, struct hugetlb_luo_charge *c)
{
	unsigned long pages = pages_per_huge_page(h);
	int idx = hstate_index(h);

	if (hugetlb_cgroup_charge_cgroup_rsvd(idx, pages, &c->rsvd))
		return -ENOMEM;
	if (hugetlb_cgroup_charge_cgroup(idx, pages, &c->cgroup))
		goto err_rsvd;
	if (mem_cgroup_charge_huge(folio, htlb_alloc_mask(h) | __GFP_RETRY_MAYFAIL))
		goto err_cgroup;
	return 0;

err_cgroup:
	hugetlb_cgroup_uncharge_cgroup(idx, pages, c->cgroup);
err_rsvd:
	hugetlb_cgroup_uncharge_cgroup_rsvd(idx, pages, c->rsvd);
	return -ENOMEM;
}

static void hugetlb_luo_uncharge(struct hstate *h, struct folio *folio,
				 struct hugetlb_luo_charge *c)
{
	unsigned long pages = pages_per_huge_page(h);

	mem_cgroup_uncharge(folio);
	hugetlb_cgroup_uncharge_cgroup(hstate_index(h), pages, c->cgroup);
	hugetlb_cgroup_uncharge_cgroup_rsvd(hstate_index(h), pages, c->rsvd);
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

static void hugetlb_luo_account(struct hstate *h, struct folio *folio, unsigned long pool,
				struct hugetlb_luo_charge *c)
{
	unsigned long pages = pages_per_huge_page(h);
	struct folio *spare;

	spin_lock_irq(&hugetlb_lock);
	spare = hugetlb_luo_add_to_pool(h, folio, pool);
	hugetlb_cgroup_commit_charge(hstate_index(h), pages, c->cgroup, folio);
	hugetlb_cgroup_commit_charge_rsvd(hstate_index(h), pages, c->rsvd, folio);
	spin_unlock_irq(&hugetlb_lock);
	lruvec_stat_mod_folio(folio, NR_HUGETLB, pages);
	if (spare)
		update_and_free_hugetlb_folio(h, spare, false);
}

/**
 * hugetlb_luo_adopt - put a huge page that was handed over into a file
 * @inode: the file, one of huge pages that nobody else has
 * @folio: the huge page, of the file's order, with one reference, which is handed on
 * @index: its place in the file, in huge pages
 * @pool: how many huge pages the pool of the previous kernel had, surplus not counted
 *
 * Return: 0; -ENOMEM, and the folio is as it was; -EEXIST where the file has a page there.
 */
int hugetlb_luo_adopt(struct inode *inode, struct folio *folio, pgoff_t index, unsigned long pool)
{
	struct resv_map *resv = inode_resv_map(inode);
	struct hstate *h = hstate_inode(inode);
	struct hugetlb_luo_charge charge = {};
	long needed = 0;
	long missing;
	int err;

	missing = region_chg(resv, index, index + 1, &needed);
	if (missing < 0)
		return missing;
	err = missing ? hugetlb_luo_charge(h, folio, &charge) : -EEXIST;
	if (err)
		goto err_region;

	init_new_hugetlb_folio(folio);
	__folio_mark_uptodate(folio);
	err = hugetlb_add_to_page_cache(folio, inode->i_mapping, index);
	if (err)
		goto err_folio;
	hugetlb_luo_account(h, folio, pool, &charge);
	/* Cannot fail for one page. */
	region_add(resv, index, index + 1, needed, NULL, NULL);
	folio_set_hugetlb_migratable(folio);
	folio_unlock(folio);
	folio_put(folio);
	return 0;

err_folio:
	__folio_clear_hugetlb(folio);
	hugetlb_luo_uncharge(h, folio, &charge);
err_region:
	region_abort(resv, index, index + 1, needed);
	return err;
}

/**
 * hugetlb_luo_give - let a huge page that was handed over be one that nobody has
 * @folio: the huge page, with one reference, which is handed on
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
