// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO log of the previous kernel
 *
 * What went wrong in the blackout is known to the old kernel's log only, which
 * nobody can read any more. So it is handed over, up to the last line before
 * the jump, and can be read in ``/sys/kernel/liveupdate/last_update/log``, also
 * where nothing else of the handover could be restored and the new kernel was told
 * to go on all the same.
 *
 * Its memory is set aside during boot: for the log alone no update should be
 * refused. PREPARE has a worker copy what was logged so far, since where kexec
 * prepares by itself the blackout has begun already. The very last step of the old
 * kernel, with all other CPUs stopped, goes on from where the worker is. The buffer
 * goes round: where the log is longer, the newest lines are kept.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/luo_log.h>
#include <linux/kmsg_dump.h>
#include <linux/liveupdate.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "luo_internal.h"

#define LUO_LOG_SIZE	(CONFIG_LIVEUPDATE_LOG_KB * 1024UL)
#define LUO_LOG_LINE	1024

static struct luo_log_ser *luo_log_out;
/* Behind the last line that is in the buffer */
static struct kmsg_dump_iter luo_log_next;
static char luo_log_line[LUO_LOG_LINE];

/* The log of the previous kernel, in order; set once, during boot */
static char *luo_log_in;
static size_t luo_log_in_size;

static void luo_log_add(const char *text, size_t len)
{
	struct luo_log_ser *ser = luo_log_out;
	u64 at = ser->total % ser->size;
	size_t n = min_t(u64, len, ser->size - at);

	memcpy(ser->text + at, text, n);
	memcpy(ser->text, text + n, len - n);
	ser->total += len;
}

/*
 * All that was logged since the last time, or since the log was cleared. The worker
 * may be stopped for good at any point of it, and the line it was at is copied again.
 */
static void luo_log_copy(void)
{
	struct kmsg_dump_iter iter = luo_log_next;
	size_t len;

	iter.next_seq = U64_MAX;
	while (kmsg_dump_get_line(&iter, true, luo_log_line, sizeof(luo_log_line), &len)) {
		luo_log_add(luo_log_line, len);
		/* Rather twice than not at all: the line first, then that it is there. */
		smp_wmb();
		luo_log_next = iter;
	}
}

static void luo_log_work_fn(struct work_struct *work)
{
	luo_log_copy();
}

static DECLARE_DELAYED_WORK(luo_log_work, luo_log_work_fn);

static int luo_log_prepare(struct liveupdate_subsystem *s, u64 *data)
{
	if (!luo_log_out)
		return 0;
	luo_log_out->total = 0;
	kmsg_dump_rewind(&luo_log_next);
	/* Not at once: on a machine of one CPU that would be in the way of others. */
	schedule_delayed_work(&luo_log_work, 1);
	return 0;
}

static void luo_log_cancel(struct liveupdate_subsystem *s, u64 data)
{
	cancel_delayed_work_sync(&luo_log_work);
}

/**
 * luo_log_depart - the last lines, right before the jump
 */
void luo_log_depart(void)
{
	if (luo_log_out)
		luo_log_copy();
}

/**
 * luo_log_read - read the log of the previous kernel
 * @buf: to where
 * @at: from which byte on
 * @count: how many bytes at most
 *
 * Return: how many there were.
 */
size_t luo_log_read(char *buf, loff_t at, size_t count)
{
	if (at < 0 || at >= luo_log_in_size)
		return 0;
	count = min_t(size_t, count, luo_log_in_size - at);
	memcpy(buf, luo_log_in + at, count);
	return count;
}

/* From a buffer that goes round to one that does not; what is cut goes. */
static int __init luo_log_unroll(const struct luo_log_ser *ser)
{
	size_t have = min(ser->total, ser->size);
	u64 at = ser->total > ser->size ? ser->total % ser->size : 0;
	char *log, *first = NULL;

	log = kvmalloc(have, GFP_KERNEL);
	if (!log)
		return -ENOMEM;
	memcpy(log, ser->text + at, have - at);
	memcpy(log + have - at, ser->text, at);
	if (ser->total > ser->size)
		first = memchr(log, '\n', have);
	if (first) {
		have -= first + 1 - log;
		memmove(log, first + 1, have);
	}
	luo_log_in = log;
	luo_log_in_size = have;
	return 0;
}

static int __init luo_log_check(const struct luo_log_ser *ser, phys_addr_t pa, size_t len)
{
	if (len < sizeof(*ser))
		return -EINVAL;
	if (strncmp(ser->compatible, LUO_LOG_COMPATIBLE, sizeof(ser->compatible)))
		return -EPROTONOSUPPORT;
	if (!ser->size || ser->size > len - sizeof(*ser))
		return -EINVAL;
	return 0;
}

static int __init luo_log_restore(phys_addr_t pa, size_t len)
{
	struct luo_log_ser *ser;
	int err;

	if (!liveupdate_handed_over(pa, len))
		return -EINVAL;
	ser = phys_to_virt(pa);
	err = luo_log_check(ser, pa, len);
	if (!err && ser->total)
		err = luo_log_unroll(ser);
	kho_restore_free(ser);
	return err;
}

/*
 * Found by its own name rather than by the word that a subsystem gets, since it
 * is wanted most where the rest cannot be believed. For the same reason one that
 * is damaged is no reason to stop.
 */
static void __init luo_log_take(void)
{
	phys_addr_t pa;
	size_t len;
	int err;

	err = kho_retrieve_subtree(LUO_LOG_KHO_ENTRY_NAME, &pa, &len);
	if (err == -ENOENT)
		return;
	if (!err)
		err = luo_log_restore(pa, len);
	if (err)
		pr_warn("the previous kernel's log cannot be read: %pe\n", ERR_PTR(err));
}

static int __init luo_log_make(void)
{
	struct luo_log_ser *ser = kho_alloc_preserve(LUO_LOG_SIZE);
	int err;

	if (IS_ERR(ser))
		return PTR_ERR(ser);
	strscpy_pad(ser->compatible, LUO_LOG_COMPATIBLE);
	ser->size = LUO_LOG_SIZE - sizeof(*ser);
	err = kho_add_subtree(LUO_LOG_KHO_ENTRY_NAME, ser, LUO_LOG_SIZE);
	if (err) {
		kho_unpreserve_free(ser);
		return err;
	}
	luo_log_out = ser;
	return 0;
}

static const struct liveupdate_subsystem_ops luo_log_ops = {
	.prepare	= luo_log_prepare,
	.cancel		= luo_log_cancel,
};

LIVEUPDATE_SUBSYSTEM(luo_log, "log", LUO_LOG_COMPATIBLE, &luo_log_ops, true);

static int __init luo_log_init(void)
{
	int err;

	luo_log_take();
	if (!liveupdate_enabled())
		return 0;
	err = luo_log_make() ?: liveupdate_register_subsystem(&luo_log);
	if (err)
		pr_warn("the log will not be handed over: %pe\n", ERR_PTR(err));
	return err;
}
late_initcall(luo_log_init);
