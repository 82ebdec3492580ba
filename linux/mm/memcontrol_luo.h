/* SPDX-License-Identifier: GPL-2.0 */
/* Included by memcontrol.c, at its end: charging many folios at once */
#include "memfd_luo.h"

/**
 * mem_cgroup_charge_folios - charge many folios at once
 * @folios: they, none of them charged, all of one node, and nobody else knows of them
 * @count: how many
 * @pages: how many pages they have together
 * @gfp: as for mem_cgroup_charge()
 *
 * Charges the memory cgroup of the calling process. Each folio is uncharged by itself,
 * when it is freed.
 *
 * Return: 0, or -ENOMEM, and nothing is charged.
 */
int mem_cgroup_charge_folios(struct folio **folios, unsigned int count, unsigned long pages,
			     gfp_t gfp)
{
	struct mem_cgroup *memcg;
	struct obj_cgroup *objcg;
	int err = 0;

	if (mem_cgroup_disabled())
		return 0;
	memcg = get_mem_cgroup_from_mm(NULL);
	objcg = get_obj_cgroup_from_memcg(memcg, folio_nid(folios[0]));
	if (!obj_cgroup_is_root(objcg))
		err = try_charge_memcg(memcg, gfp, pages);
	if (!err) {
		obj_cgroup_get_many(objcg, count);
		for (unsigned int i = 0; i < count; i++) {
			commit_charge(folios[i], objcg);
			memcg1_commit_charge(folios[i], memcg);
		}
	}
	obj_cgroup_put(objcg);
	css_put(&memcg->css);
	return err;
}

/**
 * mem_cgroup_charge_huge - charge huge pages, where these are charged at all
 * @folios: they, as for mem_cgroup_charge_folios(), all of one size
 * @count: how many
 * @gfp: as for mem_cgroup_charge()
 *
 * Return: 0, or -ENOMEM, and nothing is charged.
 */
int mem_cgroup_charge_huge(struct folio **folios, unsigned int count, gfp_t gfp)
{
	if (mem_cgroup_disabled() || !memcg_accounts_hugetlb() ||
	    !cgroup_subsys_on_dfl(memory_cgrp_subsys))
		return 0;
	return mem_cgroup_charge_folios(folios, count, count * folio_nr_pages(folios[0]), gfp);
}
