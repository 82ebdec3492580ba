/* SPDX-License-Identifier: GPL-2.0 */
/* Included by memcontrol.c, at its end: charging many folios at once */
#include "memfd_luo.h"

/**
 * mem_cgroup_charge_run - charge pages that lie one after the other
 * @page: the first, of folios that have not been charged
 * @pages: how many
 * @gfp: as for mem_cgroup_charge()
 *
 * Charges the memory cgroup of the calling process, for all folios at once, each of
 * which is uncharged by itself when it is freed. They all are of one node.
 *
 * Return: 0, or -ENOMEM, and nothing is charged.
 */
int mem_cgroup_charge_run(struct page *page, unsigned long pages, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	struct obj_cgroup *objcg;
	unsigned long folios = 0;
	struct folio *folio;
	int err = 0;

	if (mem_cgroup_disabled())
		return 0;
	memcg = get_mem_cgroup_from_mm(NULL);
	objcg = get_obj_cgroup_from_memcg(memcg, page_to_nid(page));
	if (!obj_cgroup_is_root(objcg))
		err = try_charge_memcg(memcg, gfp, pages);
	for (unsigned long i = 0; i < pages && !err; i += folio_nr_pages(folio)) {
		folio = page_folio(page + i);
		commit_charge(folio, objcg);
		memcg1_commit_charge(folio, memcg);
		folios++;
	}
	/* Each folio has one of its own; nobody else knows of them yet. */
	obj_cgroup_get_many(objcg, folios);
	obj_cgroup_put(objcg);
	css_put(&memcg->css);
	return err;
}
