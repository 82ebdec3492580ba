// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO progress
 *
 * How much memory is preserved, while it is being preserved: hundreds of GiB take their
 * time, and whoever waits for them wants to see that it goes on, and how far.
 */
#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/liveupdate.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include "luo_internal.h"

static atomic_long_t luo_pages_todo;
static atomic_long_t luo_pages_done;

/**
 * liveupdate_progress - tell how far preserving memory has come
 * @todo: pages that are still to be preserved: so many more, or less where negative
 * @done: pages that are preserved: so many more, or less
 *
 * Call it from a file handler that has much to do: as it begins, with all that lies
 * before it, and as it goes on, with what it has done; and when that is given up. Users
 * read the sums in /sys/kernel/liveupdate.
 *
 * Context: any.
 */
void liveupdate_progress(long todo, long done)
{
	atomic_long_add(todo, &luo_pages_todo);
	atomic_long_add(done, &luo_pages_done);
}
EXPORT_SYMBOL_GPL(liveupdate_progress);

/**
 * luo_progress_todo - what is still to be preserved
 *
 * Return: bytes; 0 where nothing is being preserved.
 */
u64 luo_progress_todo(void)
{
	return (u64)max(atomic_long_read(&luo_pages_todo), 0L) << PAGE_SHIFT;
}

/**
 * luo_progress_done - what is preserved
 *
 * Return: bytes, as far as their handlers tell.
 */
u64 luo_progress_done(void)
{
	return (u64)max(atomic_long_read(&luo_pages_done), 0L) << PAGE_SHIFT;
}
