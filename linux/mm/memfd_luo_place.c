// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memfd placement
 *
 * Memory that the next kernel boots in, KHO's scratch areas, is lent to pages that can be
 * moved, and those of a memfd can. When it is preserved they must be: each is copied to
 * somewhere else, which takes many times what preserving it takes. So memfds and pools of
 * huge pages are kept out of there from the start. They get their pages from other
 * memory first, as far as there is some or reclaim finds some soon, and only then from
 * scratch, as they would without this.
 *
 * The kernel's own memory cannot be moved, and so never is in scratch. A part of what
 * is elsewhere is left to it: a machine is not to run out of memory for page tables while
 * scratch is empty.
 *
 * It is a matter of time, not of correctness. Nothing relies on it: pages may come to lie
 * in scratch later, when the kernel moves or swaps them, and preserving moves what lies
 * there. What holds for scratch holds for any CMA area and for ZONE_MOVABLE.
 *
 * liveupdate.avoid_scratch says whether it is done, for what is allocated from then on.
 */
#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/liveupdate.h>
#include <linux/liveupdate_place.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/moduleparam.h>
#include <linux/vmstat.h>

/* How long not to look again for memory elsewhere after there was none */
#define LIVEUPDATE_PLACE_PAUSE	(HZ / 10)
/* What is left to the kernel: one in so many pages of all */
#define LIVEUPDATE_PLACE_LEAVE	32

static bool liveupdate_avoid_scratch __read_mostly = true;
static bool liveupdate_place_paused;
static unsigned long liveupdate_place_paused_at;
/* Pages that are lent: scratch, and any other CMA area */
static long liveupdate_place_lent __ro_after_init;

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "liveupdate."
module_param_named(avoid_scratch, liveupdate_avoid_scratch, bool, 0644);

/*
 * Whether enough is free elsewhere, or could be. What the page cache has may as well lie
 * in lent memory, as far as that is in use; freeing it there is of no help.
 */
static bool liveupdate_place_has_room(void)
{
	long unlent = global_zone_page_state(NR_FREE_CMA_PAGES);
	long cached = global_node_page_state(NR_ACTIVE_FILE) +
		      global_node_page_state(NR_INACTIVE_FILE);
	long room = global_zone_page_state(NR_FREE_PAGES) - unlent;

	room += max(cached - max(liveupdate_place_lent - unlent, 0), 0);
	return room > (long)totalram_pages() / LIVEUPDATE_PLACE_LEAVE;
}

/**
 * liveupdate_place - where to look first for memory that may be preserved
 * @gfp: how it would be allocated
 *
 * The caller tries it so first, and then with @gfp: the first try fails soon, and says
 * nothing of it.
 *
 * Context: Any.
 * Return: the flags for the first try; 0 where there is to be none.
 */
gfp_t liveupdate_place(gfp_t gfp)
{
	if (!(gfp & __GFP_MOVABLE) || !READ_ONCE(liveupdate_avoid_scratch) ||
	    !liveupdate_enabled())
		return 0;
	if (READ_ONCE(liveupdate_place_paused)) {
		if (time_before(jiffies, READ_ONCE(liveupdate_place_paused_at) +
				LIVEUPDATE_PLACE_PAUSE))
			return 0;
		WRITE_ONCE(liveupdate_place_paused, false);
	}
	if (!liveupdate_place_has_room())
		return 0;
	/* Not between page tables: these would part what could be one run. */
	return (gfp & ~(__GFP_MOVABLE | __GFP_RETRY_MAYFAIL | __GFP_NOFAIL)) |
		__GFP_RECLAIMABLE | __GFP_NORETRY | __GFP_NOWARN;
}

/**
 * liveupdate_place_failed - say that the first try found nothing
 * @order: of what was looked for
 *
 * Where there was not a single page, looking for the next one is not worth its while:
 * liveupdate_place() has it taken from anywhere for a moment.
 *
 * Context: Any.
 */
void liveupdate_place_failed(unsigned int order)
{
	if (order)
		return;
	WRITE_ONCE(liveupdate_place_paused_at, jiffies);
	WRITE_ONCE(liveupdate_place_paused, true);
}

static int __init liveupdate_place_init(void)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		liveupdate_place_lent += zone_cma_pages(zone);
	return 0;
}
late_initcall(liveupdate_place_init);
