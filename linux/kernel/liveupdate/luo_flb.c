// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO file-lifecycle-bound data
 *
 * Some files share global state that must be handed over with them, as all
 * VFIO files share the IOMMU's. Such an FLB object is saved when the first
 * file that depends on it is preserved, and given up with the last; in the
 * next kernel it is restored when it is first asked for, and finished with the
 * last of those files. A handler names the objects its files depend on with
 * liveupdate_register_flb().
 *
 * An object has two sides, outgoing and incoming, which do not know of each
 * other: files may be taken back from the last update while others are already
 * preserved for the next one.
 *
 * For the next kernel all objects in use are written into one table, a page
 * that is there from the first object that is preserved on, so that FREEZE
 * needs no memory. The incoming table is copied during boot.
 *
 * Locking: luo_register_rwsem protects which object belongs to which handler.
 * Each side of an object has a mutex, taken below it and held over callbacks.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/list_private.h>
#include <linux/liveupdate.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "luo_internal.h"

#define LUO_FLB_TABLE_SIZE	PAGE_SIZE
#define LUO_FLB_MAX		((LUO_FLB_TABLE_SIZE - sizeof(struct luo_flb_header_ser)) / \
				 sizeof(struct luo_flb_ser))

/* One object that a handler's files depend on */
struct luo_flb_link {
	struct liveupdate_flb *flb;
	struct list_head list;
};

static LIST_HEAD(luo_flbs);
static unsigned int luo_flb_count;

static struct luo_flb_header_ser *luo_flb_out;

static struct luo_flb_ser *luo_flb_in;
static u64 luo_flb_in_count;

/*
 * An object is a static structure of its owner's, and may be asked for before
 * it is registered: its locks are set up when it is first seen.
 */
static struct luo_flb_private *luo_flb_private(struct liveupdate_flb *flb)
{
	static DEFINE_MUTEX(lock);
	struct luo_flb_private *priv = &ACCESS_PRIVATE(flb, private);

	/* Pairs with the store below: whoever sees the flag sees the locks. */
	if (smp_load_acquire(&priv->ready))
		return priv;

	guard(mutex)(&lock);
	if (!priv->ready) {
		INIT_LIST_HEAD(&priv->list);
		mutex_init(&priv->outgoing.lock);
		mutex_init(&priv->incoming.lock);
		/* Pairs with the load above. */
		smp_store_release(&priv->ready, true);
	}
	return priv;
}

/* Once there, the table stays: the next live update will want it again. */
static int luo_flb_make_table(void)
{
	static DEFINE_MUTEX(lock);
	struct luo_flb_header_ser *table;

	guard(mutex)(&lock);
	if (luo_flb_out)
		return 0;
	table = kho_alloc_preserve(LUO_FLB_TABLE_SIZE);
	if (IS_ERR(table))
		return PTR_ERR(table);
	table->pgcnt = LUO_FLB_TABLE_SIZE >> PAGE_SHIFT;
	luo_flb_out = table;
	return 0;
}

static int luo_flb_preserve(struct liveupdate_flb *flb)
{
	struct luo_flb_side *side = &luo_flb_private(flb)->outgoing;
	struct liveupdate_flb_op_args args = { .flb = flb };
	int err;

	guard(mutex)(&side->lock);
	if (side->users) {
		side->users++;
		side->files++;
		return 0;
	}
	err = luo_flb_make_table();
	if (err)
		return err;
	if (!try_module_get(flb->ops->owner))
		return -ENODEV;
	err = luo_fault(flb->compatible, LUO_FAULT_PRESERVE) ?: flb->ops->preserve(&args);
	if (err) {
		module_put(flb->ops->owner);
		return err;
	}
	side->data = args.data;
	side->obj = args.obj;
	side->users = 1;
	side->files = 1;
	return 0;
}

static void luo_flb_unpreserve(struct liveupdate_flb *flb)
{
	struct luo_flb_side *side = &luo_flb_private(flb)->outgoing;

	scoped_guard(mutex, &side->lock)
		side->files--;
	liveupdate_flb_put_outgoing(flb);
}

/**
 * luo_flb_preserve_for - a file is going to be preserved
 * @fh: its handler
 *
 * Return: 0, or the error of an object, with none of them held.
 */
int luo_flb_preserve_for(struct liveupdate_file_handler *fh)
{
	struct list_head *links = &ACCESS_PRIVATE(fh, flb_list);
	struct luo_flb_link *link;
	int err;

	guard(rwsem_read)(&luo_register_rwsem);
	list_for_each_entry(link, links, list) {
		err = luo_flb_preserve(link->flb);
		if (err) {
			list_for_each_entry_continue_reverse(link, links, list)
				luo_flb_unpreserve(link->flb);
			return err;
		}
	}
	return 0;
}

/**
 * luo_flb_unpreserve_for - a preserved file was given up
 * @fh: its handler
 */
void luo_flb_unpreserve_for(struct liveupdate_file_handler *fh)
{
	struct luo_flb_link *link;

	guard(rwsem_read)(&luo_register_rwsem);
	list_for_each_entry_reverse(link, &ACCESS_PRIVATE(fh, flb_list), list)
		luo_flb_unpreserve(link->flb);
}

/**
 * luo_flb_finish_for - an incoming file was finished
 * @fh: its handler
 */
void luo_flb_finish_for(struct liveupdate_file_handler *fh)
{
	struct luo_flb_link *link;

	guard(rwsem_read)(&luo_register_rwsem);
	list_for_each_entry_reverse(link, &ACCESS_PRIVATE(fh, flb_list), list)
		liveupdate_flb_put_incoming(link->flb);
}

/* Bring the object to life where it is not. What failed once fails again. */
static int luo_flb_retrieve(struct liveupdate_flb *flb, struct luo_flb_side *side)
{
	struct liveupdate_flb_op_args args = { .flb = flb };
	struct luo_flb_ser *ser = luo_flb_in;
	int err;

	lockdep_assert_held(&side->lock);
	if (side->status)
		return min(side->status, 0);
	if (!luo_flb_in_count)
		return -ENODATA;
	while (ser < luo_flb_in + luo_flb_in_count && strcmp(ser->name, flb->compatible))
		ser++;
	if (ser == luo_flb_in + luo_flb_in_count)
		return -ENOENT;
	if (!try_module_get(flb->ops->owner))
		return -ENODEV;

	args.data = ser->data;
	err = luo_fault(flb->compatible, LUO_FAULT_RETRIEVE) ?: flb->ops->retrieve(&args);
	if (err) {
		module_put(flb->ops->owner);
		side->status = err;
		liveupdate_restore_fail("shared object '%s': %pe", flb->compatible, ERR_PTR(err));
		return err;
	}
	side->data = ser->data;
	side->obj = args.obj;
	side->users = ser->count;
	side->status = 1;
	return 0;
}

/**
 * liveupdate_flb_get_incoming - the object that the previous kernel handed over
 * @flb: which one
 * @objp: set to the live object, valid until liveupdate_flb_put_incoming()
 *
 * Restores it where nobody has asked for it before.
 *
 * Context: process; not from a callback of the same object.
 * Return: 0; -EOPNOTSUPP where live update is off; -ENODATA where nothing was
 * handed over, or the object is finished; -ENOENT where this one was not;
 * -ENODEV while its module goes away; or the error of its retrieve, now and
 * each time again.
 */
int liveupdate_flb_get_incoming(struct liveupdate_flb *flb, void **objp)
{
	struct luo_flb_side *side;
	int err;

	if (!liveupdate_enabled())
		return -EOPNOTSUPP;

	side = &luo_flb_private(flb)->incoming;
	guard(mutex)(&side->lock);
	err = luo_flb_retrieve(flb, side);
	if (err)
		return err;
	side->users++;
	*objp = side->obj;
	return 0;
}
EXPORT_SYMBOL_GPL(liveupdate_flb_get_incoming);

/**
 * liveupdate_flb_put_incoming - done with liveupdate_flb_get_incoming()
 * @flb: which one
 *
 * Finishes the object where no file depends on it and nobody uses it any more.
 *
 * Context: process; not from a callback of the same object.
 */
void liveupdate_flb_put_incoming(struct liveupdate_flb *flb)
{
	struct luo_flb_side *side = &luo_flb_private(flb)->incoming;
	struct liveupdate_flb_op_args args = { .flb = flb };

	guard(mutex)(&side->lock);
	/* A file may be finished though nobody ever asked for the object. */
	if (luo_flb_retrieve(flb, side) || !side->users || --side->users)
		return;

	args.data = side->data;
	args.obj = side->obj;
	flb->ops->finish(&args);
	side->obj = NULL;
	side->status = -ENODATA;
	module_put(flb->ops->owner);
}
EXPORT_SYMBOL_GPL(liveupdate_flb_put_incoming);

/**
 * liveupdate_flb_get_outgoing - the object that goes to the next kernel
 * @flb: which one
 * @objp: set to the live object, valid until liveupdate_flb_put_outgoing()
 *
 * Context: process; not from a callback of the same object.
 * Return: 0; -EOPNOTSUPP where live update is off; -ENOENT while no file that
 * depends on it is preserved.
 */
int liveupdate_flb_get_outgoing(struct liveupdate_flb *flb, void **objp)
{
	struct luo_flb_side *side;

	if (!liveupdate_enabled())
		return -EOPNOTSUPP;

	side = &luo_flb_private(flb)->outgoing;
	guard(mutex)(&side->lock);
	if (!side->users)
		return -ENOENT;
	side->users++;
	*objp = side->obj;
	return 0;
}
EXPORT_SYMBOL_GPL(liveupdate_flb_get_outgoing);

/**
 * liveupdate_flb_put_outgoing - done with liveupdate_flb_get_outgoing()
 * @flb: which one
 *
 * Gives the object up where no preserved file depends on it and nobody uses it
 * any more.
 *
 * Context: process; not from a callback of the same object.
 */
void liveupdate_flb_put_outgoing(struct liveupdate_flb *flb)
{
	struct luo_flb_side *side = &luo_flb_private(flb)->outgoing;
	struct liveupdate_flb_op_args args = { .flb = flb };

	guard(mutex)(&side->lock);
	if (WARN_ON_ONCE(!side->users) || --side->users)
		return;

	args.data = side->data;
	args.obj = side->obj;
	flb->ops->unpreserve(&args);
	side->data = 0;
	side->obj = NULL;
	module_put(flb->ops->owner);
}
EXPORT_SYMBOL_GPL(liveupdate_flb_put_outgoing);

static int luo_flb_add(struct liveupdate_flb *flb)
{
	struct luo_flb_private *priv = luo_flb_private(flb);
	struct liveupdate_flb *other;

	if (priv->handlers++)
		return 0;
	list_private_for_each_entry(other, &luo_flbs, private.list) {
		if (!strcmp(other->compatible, flb->compatible)) {
			priv->handlers--;
			return -EEXIST;
		}
	}
	if (luo_flb_count == LUO_FLB_MAX) {
		priv->handlers--;
		return -ENOSPC;
	}
	list_add_tail(&priv->list, &luo_flbs);
	luo_flb_count++;
	return 0;
}

static void luo_flb_del(struct luo_flb_link *link)
{
	struct luo_flb_private *priv = luo_flb_private(link->flb);

	list_del(&link->list);
	kfree(link);
	if (--priv->handlers)
		return;
	list_del_init(&priv->list);
	luo_flb_count--;
}

static struct luo_flb_link *luo_flb_link_find(struct liveupdate_file_handler *fh,
					      struct liveupdate_flb *flb)
{
	struct luo_flb_link *link;

	list_for_each_entry(link, &ACCESS_PRIVATE(fh, flb_list), list) {
		if (link->flb == flb)
			return link;
	}
	return NULL;
}

/**
 * liveupdate_register_flb - make files of a handler depend on an object
 * @fh: the handler, registered
 * @flb: the object
 *
 * An object may belong to several handlers.
 *
 * Context: process, usually from an initcall.
 * Return: 0; -EOPNOTSUPP where live update is off; -EINVAL where a callback or
 * the name is missing, or the handler is not registered; -EEXIST where the two
 * are linked, or another object has this name; -ENOSPC where there are as many
 * objects as can be handed over; -ENOMEM.
 */
int liveupdate_register_flb(struct liveupdate_file_handler *fh, struct liveupdate_flb *flb)
{
	const struct liveupdate_flb_ops *ops = flb->ops;
	struct luo_flb_link *link;
	int err;

	if (!liveupdate_enabled())
		return -EOPNOTSUPP;
	if (!ops->preserve || !ops->unpreserve || !ops->retrieve || !ops->finish ||
	    luo_string_check(flb->compatible, sizeof(flb->compatible)))
		return -EINVAL;
	if (!ACCESS_PRIVATE(fh, list).next)
		return -EINVAL;

	link = kzalloc_obj(*link);
	if (!link)
		return -ENOMEM;
	link->flb = flb;

	guard(rwsem_write)(&luo_register_rwsem);
	err = luo_flb_link_find(fh, flb) ? -EEXIST : luo_flb_add(flb);
	if (err) {
		kfree(link);
		return err;
	}
	list_add_tail(&link->list, &ACCESS_PRIVATE(fh, flb_list));
	luo_note_expect(LIVEUPDATE_NOTE_FLB, flb->compatible, flb);
	return 0;
}
EXPORT_SYMBOL_GPL(liveupdate_register_flb);

/**
 * liveupdate_unregister_flb - files of a handler do not depend on an object now
 * @fh: the handler
 * @flb: the object
 *
 * Context: process, usually from the exit of the module that owns either.
 */
void liveupdate_unregister_flb(struct liveupdate_file_handler *fh, struct liveupdate_flb *flb)
{
	struct luo_flb_link *link;

	if (!liveupdate_enabled())
		return;

	guard(rwsem_write)(&luo_register_rwsem);
	link = luo_flb_link_find(fh, flb);
	if (link)
		luo_flb_del(link);
	else
		pr_warn("object '%s' does not belong to '%s'\n", flb->compatible,
			fh->compatible);
}
EXPORT_SYMBOL_GPL(liveupdate_unregister_flb);

/**
 * luo_flb_unregister_all - a handler goes away, its objects leave it
 * @fh: the handler
 *
 * Context: with luo_register_rwsem held for writing.
 */
void luo_flb_unregister_all(struct liveupdate_file_handler *fh)
{
	struct luo_flb_link *link, *next;

	lockdep_assert_held_write(&luo_register_rwsem);
	list_for_each_entry_safe(link, next, &ACCESS_PRIVATE(fh, flb_list), list)
		luo_flb_del(link);
}

/**
 * luo_flb_restore - take over the table of the previous kernel
 * @flbs_pa: its address, unchecked; 0 for none
 *
 * Context: during boot.
 * Return: 0; -EINVAL where it is corrupt; -ENOMEM.
 */
int luo_flb_restore(u64 flbs_pa)
{
	struct luo_flb_header_ser *header;
	int err;

	if (!flbs_pa)
		return 0;
	header = luo_map(flbs_pa, LUO_FLB_TABLE_SIZE);
	if (!header)
		return -EINVAL;

	err = luo_flb_table_check(header, LUO_FLB_TABLE_SIZE);
	if (!err && header->count) {
		luo_flb_in = kmemdup_array(header + 1, header->count, sizeof(*luo_flb_in),
					   GFP_KERNEL);
		if (luo_flb_in)
			luo_flb_in_count = header->count;
		else
			err = -ENOMEM;
	}
	kho_restore_free(header);
	return err;
}

static int luo_flb_freeze(struct luo_participant *p, struct luo_blame *blame)
{
	struct luo_flb_ser *ser = (void *)(luo_flb_out + 1);
	struct liveupdate_flb *flb;
	u64 count = 0;

	if (!luo_flb_out)
		return 0;
	guard(rwsem_read)(&luo_register_rwsem);
	list_private_for_each_entry(flb, &luo_flbs, private.list) {
		struct luo_flb_side *side = &luo_flb_private(flb)->outgoing;

		guard(mutex)(&side->lock);
		if (!side->files)
			continue;
		strscpy_pad(ser[count].name, flb->compatible);
		ser[count].data = side->data;
		ser[count].count = side->files;
		count++;
	}
	luo_flb_out->count = count;
	luo_outgoing_set_flbs(virt_to_phys(luo_flb_out));
	return 0;
}

static void luo_flb_cancel(struct luo_participant *p)
{
	luo_outgoing_set_flbs(0);
}

static const struct luo_participant_ops luo_flb_ops = {
	.freeze = luo_flb_freeze,
	.cancel = luo_flb_cancel,
};

/* Global data bound to files, as one participant, after sessions */
struct luo_participant luo_flb_participant = {
	.name = "shared-objects",
	.ops = &luo_flb_ops,
};
