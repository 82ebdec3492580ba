// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO file handlers
 *
 * Which types of file can be preserved is known by their handlers, which
 * subsystems and modules register. A handler is found by asking each whether
 * it takes a file, and, in the next kernel, by the name of its format. Its
 * module is held from then until the file is given up or finished, so it
 * cannot unregister while it is in use.
 *
 * Locking: @luo_register_rwsem protects the list of handlers and the FLB
 * objects that hang from each.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/list_private.h>
#include <linux/liveupdate.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/rwsem.h>
#include <linux/string.h>
#include "luo_internal.h"

DECLARE_RWSEM(luo_register_rwsem);
static LIST_HEAD(luo_handlers);

/**
 * luo_handler_for_file - find who can preserve a file
 * @file: the file
 *
 * Return: the handler, its module held until luo_handler_put(), or NULL.
 */
struct liveupdate_file_handler *luo_handler_for_file(struct file *file)
{
	struct liveupdate_file_handler *fh;

	guard(rwsem_read)(&luo_register_rwsem);
	list_private_for_each_entry(fh, &luo_handlers, list) {
		if (fh->ops->can_preserve(fh, file))
			return try_module_get(fh->ops->owner) ? fh : NULL;
	}
	return NULL;
}

static struct liveupdate_file_handler *luo_handler_find(const char *compatible)
{
	struct liveupdate_file_handler *fh;

	list_private_for_each_entry(fh, &luo_handlers, list) {
		if (!strcmp(fh->compatible, compatible))
			return fh;
	}
	return NULL;
}

/**
 * luo_handler_by_name - find who can restore a format
 * @compatible: its name
 *
 * Return: the handler, its module held until luo_handler_put(), or NULL.
 */
struct liveupdate_file_handler *luo_handler_by_name(const char *compatible)
{
	struct liveupdate_file_handler *fh;

	guard(rwsem_read)(&luo_register_rwsem);
	fh = luo_handler_find(compatible);
	return fh && try_module_get(fh->ops->owner) ? fh : NULL;
}

/**
 * luo_handler_put - let a handler's module go again
 * @fh: the handler
 */
void luo_handler_put(struct liveupdate_file_handler *fh)
{
	module_put(fh->ops->owner);
}

/**
 * liveupdate_register_file_handler - preserve a type of file from now on
 * @fh: the handler; stays in use until it is unregistered
 *
 * Files of this type that the previous kernel handed over can be retrieved as
 * soon as this returns.
 *
 * Context: process, usually from an initcall.
 * Return: 0; -EOPNOTSUPP where live update is off; -EINVAL where a required
 * callback or the name is missing; -EEXIST where the format has a handler.
 */
int liveupdate_register_file_handler(struct liveupdate_file_handler *fh)
{
	const struct liveupdate_file_ops *ops = fh->ops;

	if (!liveupdate_enabled())
		return -EOPNOTSUPP;
	if (!ops->can_preserve || !ops->preserve || !ops->unpreserve ||
	    !ops->retrieve || !ops->finish ||
	    luo_string_check(fh->compatible, sizeof(fh->compatible)))
		return -EINVAL;

	scoped_guard(rwsem_write, &luo_register_rwsem) {
		if (luo_handler_find(fh->compatible)) {
			pr_err("format '%s' has a handler already\n", fh->compatible);
			return -EEXIST;
		}
		INIT_LIST_HEAD(&ACCESS_PRIVATE(fh, flb_list));
		list_add_tail(&ACCESS_PRIVATE(fh, list), &luo_handlers);
	}
	luo_note_expect(LIVEUPDATE_NOTE_FILE, fh->compatible, fh);
	liveupdate_test_register(fh);
	return 0;
}
EXPORT_SYMBOL_GPL(liveupdate_register_file_handler);

/**
 * liveupdate_unregister_file_handler - do not preserve a type of file any more
 * @fh: the handler; not in use any more afterwards
 *
 * Takes its FLB objects off as well.
 *
 * Context: process, from the exit of the module that owns @fh. No file of the
 * type is preserved then, or the module would be held.
 */
void liveupdate_unregister_file_handler(struct liveupdate_file_handler *fh)
{
	if (!liveupdate_enabled())
		return;

	guard(rwsem_write)(&luo_register_rwsem);
	luo_flb_unregister_all(fh);
	list_del(&ACCESS_PRIVATE(fh, list));
}
EXPORT_SYMBOL_GPL(liveupdate_unregister_file_handler);
