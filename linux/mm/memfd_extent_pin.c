// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memfd extents, pinned
 *
 * Finds the memory of a file, run by run, and holds it where it is: pages that are
 * pinned are neither swapped out nor moved nor split. A hole costs nothing.
 *
 * Most pages need no more than that: they are counted under one lock, many at a time,
 * without locking, touching or copying one. Others have to be seen to first:
 *
 * - what is swapped out is read;
 * - what was allocated and never written to is zeroed: whoever writes to it later does
 *   so without anybody noticing;
 * - what lies where the next kernel is going to boot, in memory that is kept for it as a
 *   CMA area, is moved elsewhere, thousands of pages in one go;
 * - what somebody else has locked is waited for.
 *
 * Locking: the caller holds the inode lock, and has the mapping frozen: pages can only
 * come, into holes. While the lock of the page cache is held no page of it that is not
 * locked can be moved, split, collapsed or freed; and once it is pinned, whoever wants to
 * do that finds it to be in use.
 */
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/liveupdate.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "internal.h"
#include "memfd_luo.h"

/* Folios that are pinned with interrupts off */
#define MEMFD_EXTENT_PIN_BATCH	1024
/* Folios that are moved in one go */
#define MEMFD_EXTENT_MOVE_BATCH	4096
/* How often to try that, where somebody else uses some of them for a moment */
#define MEMFD_EXTENT_MOVE_TRIES	10

/* Why no more could be pinned at once */
enum memfd_extent_stop {
	MEMFD_EXTENT_END,
	MEMFD_EXTENT_PAUSE,
	MEMFD_EXTENT_SWAPPED,
	MEMFD_EXTENT_LOCKED,
	MEMFD_EXTENT_BLANK,
	MEMFD_EXTENT_MOVE,
	MEMFD_EXTENT_ERROR,
};

/**
 * struct memfd_extent_walk - where in a file pinning is
 * @file: the file
 * @chain: the table that is made
 * @next: the first page that has not been looked at
 * @end: the page behind the last one
 * @good: a page frame in whose pageblock pages can stay; 0 for none
 * @moving: behind the last page that has to be moved, from @next on
 * @folios: room for those that are moved; NULL while none were
 * @tries: how often moving has failed since it last did not
 * @held: a folio of those that were pinned last
 * @uncounted: how many were, of which the statistics have yet to be told
 */
struct memfd_extent_walk {
	struct file *file;
	struct memfd_extent_chain *chain;
	pgoff_t next;
	pgoff_t end;
	unsigned long good;
	pgoff_t moving;
	struct folio **folios;
	unsigned int tries;
	struct folio *held;
	unsigned int uncounted;
};

/* What holds for one page holds for its pageblock. */
static bool memfd_extent_can_stay(struct memfd_extent_walk *w, struct folio *folio)
{
	unsigned long pfn = folio_pfn(folio);

	if (w->good && !((w->good ^ pfn) >> pageblock_order))
		return true;
	if (!folio_is_longterm_pinnable(folio))
		return false;
	w->good = pfn;
	return true;
}

static void memfd_extent_count_held(struct memfd_extent_walk *w)
{
	if (w->uncounted)
		node_stat_mod_folio(w->held, NR_FOLL_PIN_ACQUIRED, w->uncounted);
	w->uncounted = 0;
}

/* As try_grab_folio() pins, which unpin_folio() undoes; many are counted at once. */
static bool memfd_extent_hold(struct memfd_extent_walk *w, struct folio *folio)
{
	if (WARN_ON_ONCE(folio_ref_count(folio) <= 0))
		return false;
	if (folio_has_pincount(folio)) {
		folio_ref_inc(folio);
		atomic_inc(&folio->_pincount);
	} else {
		folio_ref_add(folio, GUP_PIN_COUNTING_BIAS);
	}
	if (w->uncounted && folio_nid(folio) != folio_nid(w->held))
		memfd_extent_count_held(w);
	w->held = folio;
	w->uncounted++;
	return true;
}

/* Pins one folio and lists it, without what it has behind the end of the file. */
static enum memfd_extent_stop memfd_extent_pin_one(struct memfd_extent_walk *w,
						   struct folio *folio)
{
	unsigned long nr = min(folio_next_index(folio), w->end) - folio->index;

	if (!memfd_extent_hold(w, folio))
		return MEMFD_EXTENT_ERROR;
	if (!memfd_extent_add(w->chain, folio_pfn(folio), folio->index, nr, folio_order(folio))) {
		unpin_folio(folio);
		return MEMFD_EXTENT_PAUSE;
	}
	w->next = folio->index + nr;
	return MEMFD_EXTENT_END;
}

/* How far it goes on like this: each folio follows the one before, and has to move. */
static pgoff_t memfd_extent_find_moving(struct memfd_extent_walk *w, struct xa_state *xas,
					struct folio *folio)
{
	unsigned int n = 0;
	pgoff_t next;

	do {
		next = min(folio_next_index(folio), w->end);
		folio = next < w->end ? xas_find(xas, next) : NULL;
	} while (folio && !xa_is_value(folio) && folio->index == next &&
		 ++n < MEMFD_EXTENT_MOVE_BATCH && !folio_test_locked(folio) &&
		 folio_test_uptodate(folio) && !memfd_extent_can_stay(w, folio));
	return next;
}

/*
 * What comes after a folio. The next large one is most often beside it; to find it by a
 * search costs more than to pin it.
 */
static struct folio *memfd_extent_find_next(struct memfd_extent_walk *w, struct xa_state *xas,
					    const struct folio *folio)
{
	unsigned int order = folio_order(folio);
	unsigned int slot = xas->xa_offset + (1U << order % XA_CHUNK_SHIFT);
	struct xa_node *node = xas->xa_node;
	void *next;

	if (!order || slot >= XA_CHUNK_SIZE || folio_next_index(folio) >= w->end ||
	    node->shift != order - order % XA_CHUNK_SHIFT)
		return xas_next_entry(xas, w->end - 1);
	next = xa_entry_locked(xas->xa, node, slot);
	if (!next || xa_is_value(next) || xa_is_internal(next))
		return xas_find(xas, w->end - 1);
	xas->xa_offset = slot;
	xas->xa_index = folio_next_index(folio);
	return next;
}

/* Pins as many as can be pinned without sleeping. */
static enum memfd_extent_stop memfd_extent_pin_some(struct memfd_extent_walk *w)
{
	XA_STATE(xas, &w->file->f_mapping->i_pages, w->next);
	enum memfd_extent_stop stop = MEMFD_EXTENT_END;
	struct folio *folio;
	unsigned int n = 0;

	xas_lock_irq(&xas);
	for (folio = xas_find(&xas, w->end - 1); folio;
	     folio = memfd_extent_find_next(w, &xas, folio)) {
		if (xa_is_value(folio)) {
			w->next = max(w->next, xas.xa_index);
			stop = MEMFD_EXTENT_SWAPPED;
		} else if (n++ == MEMFD_EXTENT_PIN_BATCH) {
			stop = MEMFD_EXTENT_PAUSE;
		} else if (folio_test_locked(folio)) {
			w->next = folio->index;
			stop = MEMFD_EXTENT_LOCKED;
		} else if (!folio_test_uptodate(folio)) {
			w->next = folio->index;
			stop = MEMFD_EXTENT_BLANK;
		} else if (!memfd_extent_can_stay(w, folio)) {
			w->next = folio->index;
			w->moving = memfd_extent_find_moving(w, &xas, folio);
			stop = MEMFD_EXTENT_MOVE;
		} else {
			stop = memfd_extent_pin_one(w, folio);
		}
		if (stop != MEMFD_EXTENT_END)
			break;
	}
	memfd_extent_count_held(w);
	xas_unlock_irq(&xas);
	return stop;
}

static int memfd_extent_swap_in(struct memfd_extent_walk *w)
{
	struct folio *folio;
	int err;

	err = shmem_get_folio(file_inode(w->file), w->next, 0, &folio, SGP_CACHE);
	if (err)
		return err;
	folio_unlock(folio);
	folio_put(folio);
	return 0;
}

/* Waits until nobody has the next page locked; zeroes it, where that is what it needs. */
static void memfd_extent_settle(struct memfd_extent_walk *w, bool blank)
{
	struct folio *folio = filemap_lock_folio(w->file->f_mapping, w->next);

	/* Swapped out since, and found as such then */
	if (IS_ERR(folio))
		return;
	if (blank && !folio_test_uptodate(folio)) {
		folio_zero_range(folio, 0, folio_size(folio));
		flush_dcache_folio(folio);
		folio_mark_uptodate(folio);
	}
	folio_unlock(folio);
	folio_put(folio);
}

static int memfd_extent_list_moved(struct memfd_extent_walk *w, long count)
{
	for (long i = 0; i < count; i++) {
		struct folio *folio = w->folios[i];
		unsigned long nr = min(folio_next_index(folio), w->end) - folio->index;
		int err = memfd_extent_make_room(w->chain);

		/* What the file has there now is found the next time. */
		if (!err && !memfd_luo_still_has(w->file, folio)) {
			unpin_folios(w->folios + i, count - i);
			return 0;
		}
		if (err || !memfd_extent_add(w->chain, folio_pfn(folio), folio->index, nr,
					     folio_order(folio))) {
			unpin_folios(w->folios + i, count - i);
			return err ?: -EIO;
		}
		w->next = folio->index + nr;
	}
	return 0;
}

/* Moves the next pages out of the way of the next kernel, and pins them. */
static int memfd_extent_move(struct memfd_extent_walk *w)
{
	loff_t last = min_t(loff_t, (loff_t)w->moving << PAGE_SHIFT,
			    i_size_read(file_inode(w->file))) - 1;
	pgoff_t offset;
	long count;

	if (!w->folios)
		w->folios = kvmalloc_objs(*w->folios, MEMFD_EXTENT_MOVE_BATCH);
	if (!w->folios)
		return -ENOMEM;
	count = memfd_pin_folios(w->file, (loff_t)w->next << PAGE_SHIFT, last, w->folios,
				 MEMFD_EXTENT_MOVE_BATCH, &offset);
	if (count == -ENOMEM && w->tries++ < MEMFD_EXTENT_MOVE_TRIES) {
		schedule_timeout_killable(1);
		return 0;
	}
	w->tries = 0;
	return count < 0 ? count : memfd_extent_list_moved(w, count);
}

static int memfd_extent_see_to(struct memfd_extent_walk *w, enum memfd_extent_stop stop)
{
	switch (stop) {
	case MEMFD_EXTENT_SWAPPED:
		return memfd_extent_swap_in(w);
	case MEMFD_EXTENT_LOCKED:
	case MEMFD_EXTENT_BLANK:
		memfd_extent_settle(w, stop == MEMFD_EXTENT_BLANK);
		return 0;
	case MEMFD_EXTENT_MOVE:
		return memfd_extent_move(w);
	case MEMFD_EXTENT_ERROR:
		return -EIO;
	default:
		return 0;
	}
}

/**
 * memfd_extent_pin - pin a part of a file and list it
 * @file: the file, its mapping frozen
 * @chain: where its memory is listed
 * @first: the first page of the part
 * @end: the page behind the last one; within the file
 *
 * Return: 0; -ENOMEM, also where pages could not be moved; -EINTR where the process is
 * to die; or why a page could not be swapped in. What was pinned until then stays so
 * until memfd_extent_unpin().
 */
int memfd_extent_pin(struct file *file, struct memfd_extent_chain *chain, pgoff_t first,
		     pgoff_t end)
{
	struct memfd_extent_walk w = {
		.file = file, .chain = chain, .next = first, .end = end,
	};
	enum memfd_extent_stop stop = MEMFD_EXTENT_PAUSE;
	int err = 0;

	while (!err && stop != MEMFD_EXTENT_END && w.next < w.end) {
		long pages = chain->pages;

		err = memfd_extent_make_room(chain);
		if (err)
			break;
		stop = memfd_extent_pin_some(&w);
		err = memfd_extent_see_to(&w, stop);
		pages = chain->pages - pages;
		liveupdate_progress(-pages, pages);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	kvfree(w.folios);
	return err;
}

static void memfd_extent_unpin_run(const struct memfd_extent *e)
{
	unsigned long pfn = e->pfn;

	if (e->flags & MEMFD_EXTENT_RESERVED)
		return;
	while (pfn < e->pfn + e->pages) {
		struct folio *folio = pfn_folio(pfn);

		pfn += folio_nr_pages(folio);
		unpin_folio(folio);
	}
}

/**
 * memfd_extent_unpin - let go of what a table lists
 * @chain: the table
 *
 * Before memfd_extent_free(), which is the end of the list.
 */
void memfd_extent_unpin(struct memfd_extent_chain *chain)
{
	struct memfd_extent_block *block;

	liveupdate_progress(0, -(long)chain->pages);
	for (block = chain->first; block; block = memfd_extent_next_block(block)) {
		for (unsigned int i = 0; i < block->count; i++) {
			memfd_extent_unpin_run(&block->extents[i]);
			cond_resched();
		}
	}
}
