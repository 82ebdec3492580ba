// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO preserved files
 *
 * A file is preserved under a token, a number that its owner chose. What it
 * takes to save and to restore it is its handler's work; here is kept which
 * files there are, in which order, and what each has been through:
 *
 * ::
 *
 *   this kernel:  preserve -> freeze -> (jump)   | unfreeze | unpreserve
 *   next kernel:  (boot) -> retrieve -> finish
 *
 * A preserved file is held, so that it outlives its owner's descriptor, and so
 * is its handler's module. What the handler calls the file's identity can be
 * preserved once only, whatever number of descriptors and sessions there are.
 *
 * In the next kernel a file has its handler looked up when it is needed first:
 * a module that knows the format may be loaded by then. Retrieving is tried
 * once, its result kept, unless it failed for want of memory and its handler can
 * go on from there. A retrieve that fails for anything but want of memory
 * is a handover that cannot be restored.
 *
 * Locking: the owner of a &struct luo_file_set locks it. All files stand in
 * one hash table, by set and token: a session may hold tens of thousands.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/liveupdate.h>
#include <linux/printk.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>
#include <trace/events/liveupdate.h>
#include "luo_internal.h"

struct luo_file_key {
	const struct luo_file_set *set;
	u64 token;
};

/**
 * struct luo_file - a preserved file
 * @key: where it belongs, the key of @node
 * @node: in luo_files
 * @list: in its set, in order of preservation
 * @fh: its handler; NULL while an incoming file has not needed one
 * @file: the file; NULL until an incoming one is retrieved
 * @id: its identity in luo_identities, where @identified
 * @identified: @id is taken
 * @frozen: its handler's freeze was called
 * @status: of retrieve: 0 not tried, 1 done, or its error
 * @data: the word that travels
 * @private: the handler's own
 * @compatible: the format of an incoming file
 */
struct luo_file {
	struct luo_file_key key;
	struct rhash_head node;
	struct list_head list;
	struct liveupdate_file_handler *fh;
	struct file *file;
	unsigned long id;
	bool identified;
	bool frozen;
	int status;
	u64 data;
	void *private;
	char compatible[LIVEUPDATE_HNDL_COMPAT_LENGTH];
};

static struct rhashtable luo_files;
static DEFINE_XARRAY(luo_identities);

static const struct rhashtable_params luo_file_params = {
	.key_len = sizeof(struct luo_file_key),
	.key_offset = offsetof(struct luo_file, key),
	.head_offset = offsetof(struct luo_file, node),
};

static struct liveupdate_file_op_args luo_file_args(const struct luo_file *f)
{
	return (struct liveupdate_file_op_args) {
		.handler = f->fh,
		.retrieve_status = f->status,
		.file = f->file,
		.serialized_data = f->data,
		.private_data = f->private,
	};
}

static struct luo_file *luo_file_find(struct luo_file_set *set, u64 token)
{
	struct luo_file_key key = { .set = set, .token = token };

	return rhashtable_lookup_fast(&luo_files, &key, luo_file_params);
}

static struct luo_file *luo_file_add(struct luo_file_set *set, u64 token)
{
	struct luo_file *f = luo_fault("file", LUO_FAULT_ALLOC) ? NULL : kzalloc_obj(*f);
	int err;

	if (!f)
		return ERR_PTR(-ENOMEM);
	f->key.set = set;
	f->key.token = token;
	err = rhashtable_lookup_insert_fast(&luo_files, &f->node, luo_file_params);
	if (err) {
		kfree(f);
		return ERR_PTR(err);
	}
	list_add_tail(&f->list, &set->list);
	set->count++;
	return f;
}

static void luo_file_del(struct luo_file_set *set, struct luo_file *f)
{
	list_del(&f->list);
	set->count--;
	rhashtable_remove_fast(&luo_files, &f->node, luo_file_params);
	kfree(f);
}

static int luo_file_identify(struct luo_file *f)
{
	int err;

	f->id = f->fh->ops->get_id ? f->fh->ops->get_id(f->file) : (unsigned long)f->file;
	err = xa_insert(&luo_identities, f->id, f->file, GFP_KERNEL);
	f->identified = !err;
	return err;
}

/* The file and all that is held with it; the handler has done its part. */
static void luo_file_release(struct luo_file *f)
{
	if (f->identified)
		xa_erase(&luo_identities, f->id);
	if (f->file)
		fput(f->file);
	if (f->fh)
		luo_handler_put(f->fh);
}

/**
 * luo_file_set_init - make a set empty
 * @set: the set
 */
void luo_file_set_init(struct luo_file_set *set)
{
	INIT_LIST_HEAD(&set->list);
	kho_block_set_init(&set->blocks, sizeof(struct luo_file_ser));
	set->count = 0;
}

static int luo_file_save(struct luo_file *f)
{
	struct liveupdate_file_op_args args;
	int err;

	f->fh = luo_handler_for_file(f->file);
	if (!f->fh)
		return -ENOENT;
	err = luo_file_identify(f);
	if (err)
		return err;
	err = luo_flb_preserve_for(f->fh);
	if (err)
		return err;
	args = luo_file_args(f);
	err = luo_fault(f->fh->compatible, LUO_FAULT_PRESERVE) ?: f->fh->ops->preserve(&args);
	trace_liveupdate_file(f->fh->compatible, f->key.token, "preserve", err);
	if (err) {
		luo_flb_unpreserve_for(f->fh);
		return err;
	}
	f->data = args.serialized_data;
	f->private = args.private_data;
	luo_handler_count(f->fh, 1);
	return 0;
}

/**
 * luo_file_preserve - preserve a file
 * @set: where it shall belong
 * @token: its number there
 * @fd: a descriptor of the calling process
 *
 * Context: the caller has the set locked.
 * Return: 0; -EEXIST where the token is taken; -EBADF; -ENOENT where nothing
 * can preserve such a file; -EBUSY where it is preserved already; -ENOSPC;
 * -ENOMEM; or the handler's error. On failure nothing is left of it.
 */
int luo_file_preserve(struct luo_file_set *set, u64 token, int fd)
{
	struct luo_file *f = luo_file_add(set, token);
	int err;

	if (IS_ERR(f))
		return PTR_ERR(f);

	err = kho_block_set_grow(&set->blocks, set->count);
	if (err)
		goto err_del;
	f->file = fget(fd);
	err = f->file ? luo_file_save(f) : -EBADF;
	if (err)
		goto err_release;
	return 0;

err_release:
	luo_file_release(f);
	kho_block_set_shrink(&set->blocks, set->count - 1);
err_del:
	luo_file_del(set, f);
	return err;
}

static void luo_file_unpreserve_one(struct luo_file_set *set, struct luo_file *f)
{
	struct liveupdate_file_op_args args = luo_file_args(f);

	f->fh->ops->unpreserve(&args);
	trace_liveupdate_file(f->fh->compatible, f->key.token, "unpreserve", 0);
	luo_flb_unpreserve_for(f->fh);
	luo_handler_count(f->fh, -1);
	luo_file_release(f);
	luo_file_del(set, f);
	kho_block_set_shrink(&set->blocks, set->count);
}

/**
 * luo_file_unpreserve - give one file up before the jump
 * @set: where it belongs
 * @token: its number
 *
 * Context: the caller has the set locked; it is not frozen.
 * Return: 0 or -ENOENT.
 */
int luo_file_unpreserve(struct luo_file_set *set, u64 token)
{
	struct luo_file *f = luo_file_find(set, token);

	if (!f)
		return -ENOENT;
	luo_file_unpreserve_one(set, f);
	return 0;
}

/**
 * luo_file_unpreserve_all - give all files up before the jump
 * @set: where they belong
 *
 * Context: the caller has the set locked; it is not frozen.
 */
void luo_file_unpreserve_all(struct luo_file_set *set)
{
	struct luo_file *f, *next;

	list_for_each_entry_safe_reverse(f, next, &set->list, list)
		luo_file_unpreserve_one(set, f);
}

/**
 * luo_file_unfreeze - go back to where preserve left all files
 * @set: where they belong
 *
 * Context: with the state locked for writing.
 */
void luo_file_unfreeze(struct luo_file_set *set)
{
	struct luo_file *f;

	list_for_each_entry_reverse(f, &set->list, list) {
		struct liveupdate_file_op_args args = luo_file_args(f);

		if (f->frozen && f->fh->ops->unfreeze)
			f->fh->ops->unfreeze(&args);
		f->frozen = false;
	}
	kho_block_set_clear(&set->blocks);
}

static int luo_file_freeze_one(struct luo_file *f, struct luo_file_ser *ser)
{
	struct liveupdate_file_op_args args = luo_file_args(f);
	int err;

	if (WARN_ON_ONCE(!ser))
		return -ENOSPC;
	if (f->fh->ops->freeze) {
		err = luo_fault(f->fh->compatible, LIVEUPDATE_CALL_FREEZE) ?:
			f->fh->ops->freeze(&args);
		trace_liveupdate_file(f->fh->compatible, f->key.token, "freeze", err);
		if (err)
			return err;
		f->data = args.serialized_data;
	}
	f->frozen = true;
	memcpy(ser->compatible, f->fh->compatible, sizeof(ser->compatible));
	ser->data = f->data;
	ser->token = f->key.token;
	return 0;
}

/**
 * luo_file_freeze - save the rest and write the table for the next kernel
 * @set: the files
 * @ser: set to where the table is
 * @culprit: set to the token of the file that refused
 *
 * Context: with the state locked for writing.
 * Return: 0, or the first error, with no file frozen.
 */
int luo_file_freeze(struct luo_file_set *set, struct luo_file_set_ser *ser, u64 *culprit)
{
	struct kho_block_set_it it;
	struct luo_file *f;
	int err;

	kho_block_set_it_init(&it, &set->blocks);
	list_for_each_entry(f, &set->list, list) {
		err = luo_file_freeze_one(f, kho_block_set_it_reserve_entry(&it));
		if (err) {
			*culprit = f->key.token;
			luo_file_unfreeze(set);
			return err;
		}
	}
	ser->files = kho_block_set_head_pa(&set->blocks);
	ser->count = set->count;
	return 0;
}

static int luo_file_restore_table(struct luo_file_set *set)
{
	struct luo_file_ser *ser;
	struct kho_block_set_it it;

	kho_block_set_it_init(&it, &set->blocks);
	while ((ser = kho_block_set_it_read_entry(&it))) {
		struct luo_file *f;

		if (luo_string_check(ser->compatible, sizeof(ser->compatible)))
			return -EINVAL;
		f = luo_file_add(set, ser->token);
		if (IS_ERR(f))
			return PTR_ERR(f);
		strscpy(f->compatible, ser->compatible, sizeof(f->compatible));
		f->data = ser->data;
	}
	return 0;
}

/**
 * luo_file_restore - take over the files of a session
 * @set: an empty set
 * @ser: what the previous kernel says, unchecked
 *
 * What could be read before an error stays in the set.
 *
 * Context: during boot.
 * Return: 0; -EINVAL or -EEXIST where the table is corrupt; -ENOMEM.
 */
int luo_file_restore(struct luo_file_set *set, const struct luo_file_set_ser *ser)
{
	u64 count;
	int err;

	err = luo_blocks_check(ser->files, sizeof(struct luo_file_ser), luo_map, &count);
	if (err)
		return err;
	if (count != ser->count)
		return -EINVAL;

	err = kho_block_set_restore(&set->blocks, ser->files);
	if (err)
		return err;
	err = luo_file_restore_table(set);
	kho_block_set_destroy(&set->blocks);
	return err;
}

static int luo_file_resolve(struct luo_file *f)
{
	if (!f->fh)
		f->fh = luo_handler_by_name(f->compatible);
	if (f->fh)
		return 0;
	pr_err("token %#llx is of format '%s', which nothing here can restore\n",
	       f->key.token, f->compatible);
	return -EIO;
}

/* Want of resources is its caller's trouble, anything else the handover's. */
static int luo_file_make(struct luo_file *f)
{
	struct liveupdate_file_op_args args = luo_file_args(f);
	int err;

	err = luo_fault(f->compatible, LUO_FAULT_RETRIEVE) ?: f->fh->ops->retrieve(&args);
	trace_liveupdate_file(f->compatible, f->key.token, "retrieve", err);
	f->private = args.private_data;
	if (liveupdate_retrieve_again(err) && f->fh->ops->retrieve_again)
		return err;

	f->status = err ?: 1;
	if (err && !liveupdate_retrieve_again(err))
		liveupdate_restore_fail("token %#llx of format '%s': %pe", f->key.token,
					f->compatible, ERR_PTR(err));
	if (!err) {
		f->file = args.file;
		/* Only guards against preserving it again before finish. */
		luo_file_identify(f);
	}
	return err;
}

/**
 * luo_file_retrieve - make an incoming file again
 * @set: where it belongs
 * @token: its number
 * @filep: set to the file, with a reference for the caller
 *
 * Context: the caller has the set locked.
 * Return: 0; -ENOENT where no file has this token; -EIO where nothing in this
 * kernel knows the format; or the handler's error, now and each time again, unless it is
 * one of those after which it can be tried again.
 */
int luo_file_retrieve(struct luo_file_set *set, u64 token, struct file **filep)
{
	struct luo_file *f = luo_file_find(set, token);
	int err;

	if (!f)
		return -ENOENT;
	if (!f->status) {
		err = luo_file_resolve(f);
		if (err)
			return err;
		err = luo_file_make(f);
		if (err)
			return err;
	}
	if (f->status < 0)
		return f->status;
	*filep = get_file(f->file);
	return 0;
}

/**
 * luo_file_can_finish - ask every file whether it can be finished
 * @set: the files
 * @culprit: set to the token of the first that cannot
 *
 * Context: the caller has the set locked.
 * Return: 0; -EBUSY where a handler says no; -EIO where it does because something cannot
 * be restored, and where a file has none.
 */
int luo_file_can_finish(struct luo_file_set *set, u64 *culprit)
{
	struct luo_file *f;

	list_for_each_entry(f, &set->list, list) {
		struct liveupdate_file_op_args args;

		*culprit = f->key.token;
		if (luo_file_resolve(f)) {
			liveupdate_restore_fail("nothing can restore format '%s'", f->compatible);
			return -EIO;
		}
		args = luo_file_args(f);
		if (luo_fault(f->compatible, LIVEUPDATE_CALL_CAN_FINISH))
			return -EBUSY;
		if (f->fh->ops->can_finish && !f->fh->ops->can_finish(&args))
			return luo_restore_failed() ? -EIO : -EBUSY;
	}
	return 0;
}

/**
 * luo_file_finish - let go of all files; those not retrieved are discarded
 * @set: the files, for which luo_file_can_finish() said yes
 * @session: whose they are, to be named in the log where one is discarded;
 *	NULL where that has been said
 *
 * Context: the caller has the set locked.
 */
void luo_file_finish(struct luo_file_set *set, const char *session)
{
	struct luo_file *f, *next;

	list_for_each_entry_safe_reverse(f, next, &set->list, list) {
		struct liveupdate_file_op_args args = luo_file_args(f);

		if (session && !f->status)
			pr_warn("session \"%s\": token %#llx was never retrieved, it is discarded\n",
				session, f->key.token);
		f->fh->ops->finish(&args);
		trace_liveupdate_file(f->compatible, f->key.token, "finish", 0);
		luo_flb_finish_for(f->fh);
		luo_file_release(f);
		luo_file_del(set, f);
	}
}

/**
 * luo_file_tokens - list the tokens of a set
 * @set: the files
 * @tokens: array to fill
 * @room: entries that fit there
 *
 * Context: the caller has the set locked.
 * Return: how many files there are, which may be more than @room.
 */
u64 luo_file_tokens(struct luo_file_set *set, u64 *tokens, u64 room)
{
	struct luo_file *f;
	u64 at = 0;

	list_for_each_entry(f, &set->list, list) {
		if (at == room)
			break;
		tokens[at++] = f->key.token;
	}
	return set->count;
}

/**
 * luo_file_init - get ready for files
 *
 * Return: 0 or -ENOMEM.
 */
int __init luo_file_init(void)
{
	return rhashtable_init(&luo_files, &luo_file_params);
}
