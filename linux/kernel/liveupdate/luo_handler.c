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
 * How many files are preserved in the format of each is in sysfs, so that
 * programs know what the next kernel has to restore.
 *
 * Locking: @luo_register_rwsem protects the list of handlers, the FLB objects
 * that hang from each, and what is in sysfs of them.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kobject.h>
#include <linux/list_private.h>
#include <linux/liveupdate.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "luo_internal.h"

/* What sysfs shows of a handler */
struct luo_format {
	struct kobj_attribute attr;
	atomic_long_t files;
	bool published;
};

DECLARE_RWSEM(luo_register_rwsem);
static LIST_HEAD(luo_handlers);
static struct kobject *luo_formats_kobj;

static ssize_t luo_format_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct luo_format *format = container_of(attr, struct luo_format, attr);

	return sysfs_emit(buf, "%ld\n", atomic_long_read(&format->files));
}

/* That sysfs does not have it is no reason to do without the handler. */
static void luo_format_publish(const struct liveupdate_file_handler *fh)
{
	struct luo_format *format = ACCESS_PRIVATE(fh, format);

	if (!luo_formats_kobj || strchr(fh->compatible, '/'))
		return;
	format->published = !sysfs_create_file(luo_formats_kobj, &format->attr.attr);
	if (!format->published)
		pr_warn("no file in sysfs for format '%s'\n", fh->compatible);
}

static int luo_format_add(struct liveupdate_file_handler *fh)
{
	struct luo_format *format = kzalloc(sizeof(*format), GFP_KERNEL);

	if (!format)
		return -ENOMEM;
	sysfs_attr_init(&format->attr.attr);
	format->attr.attr.name = fh->compatible;
	format->attr.attr.mode = 0444;
	format->attr.show = luo_format_show;
	ACCESS_PRIVATE(fh, format) = format;
	luo_format_publish(fh);
	return 0;
}

/* Nobody reads it any more when this returns; readers take no lock. */
static void luo_format_del(struct liveupdate_file_handler *fh)
{
	struct luo_format *format = ACCESS_PRIVATE(fh, format);

	if (format->published)
		sysfs_remove_file(luo_formats_kobj, &format->attr.attr);
	kfree(format);
}

/**
 * luo_handlers_publish - show in sysfs what is preserved in which format
 * @kobj: the directory
 */
void luo_handlers_publish(struct kobject *kobj)
{
	struct liveupdate_file_handler *fh;

	guard(rwsem_write)(&luo_register_rwsem);
	luo_formats_kobj = kobj;
	list_private_for_each_entry(fh, &luo_handlers, list)
		luo_format_publish(fh);
}

/**
 * luo_handler_count - a file is preserved, or is not any more
 * @fh: its handler, whose module is held
 * @files: 1 or -1
 */
void luo_handler_count(struct liveupdate_file_handler *fh, long files)
{
	atomic_long_add(files, &ACCESS_PRIVATE(fh, format)->files);
}

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
 * callback or the name is missing; -EEXIST where the format has a handler;
 * -ENOMEM.
 */
int liveupdate_register_file_handler(struct liveupdate_file_handler *fh)
{
	const struct liveupdate_file_ops *ops = fh->ops;
	int err;

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
		err = luo_format_add(fh);
		if (err)
			return err;
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
	luo_format_del(fh);
}
EXPORT_SYMBOL_GPL(liveupdate_unregister_file_handler);
