// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO rows of the record
 *
 * Each participant has a row in the record of the last live update: how long it
 * took in each callback, and with which error it refused. What it did in the
 * old kernel and what it does in the new one stands in the same row, found by
 * its name.
 *
 * A row outlives its participant: a module that has gone still took its time,
 * and one that was not loaded yet has something waiting for it. Rows of
 * participants that this kernel does not have go when the next update begins.
 *
 * In sysfs a row is a directory in ``participants/``, with a file for each
 * callback, in ns, and ``error``. What is not known reads as "unknown".
 *
 * Locking: the state, for writing. What sysfs shows is read without.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "luo_internal.h"

/* Those that are part of this kernel, in the order of preparing */
static LIST_HEAD(luo_rows);
/* Those that the previous kernel named, or that have gone */
static LIST_HEAD(luo_absent_rows);
static struct kobject *luo_rows_dir;

struct luo_row_attribute {
	struct attribute attr;
	enum liveupdate_callback call;
};

#define LUO_ROW_ATTRIBUTE(_name, _call)						\
	static struct luo_row_attribute luo_row_##_name = {			\
		.attr = { .name = __stringify(_name) "_ns", .mode = 0444 },	\
		.call = _call,							\
	}

LUO_ROW_ATTRIBUTE(prepare, LIVEUPDATE_CALL_PREPARE);
LUO_ROW_ATTRIBUTE(freeze, LIVEUPDATE_CALL_FREEZE);
LUO_ROW_ATTRIBUTE(cancel, LIVEUPDATE_CALL_CANCEL);
LUO_ROW_ATTRIBUTE(boot, LIVEUPDATE_CALL_BOOT);
LUO_ROW_ATTRIBUTE(can_finish, LIVEUPDATE_CALL_CAN_FINISH);
LUO_ROW_ATTRIBUTE(finish, LIVEUPDATE_CALL_FINISH);

static struct attribute luo_row_error = { .name = "error", .mode = 0444 };

static struct attribute *luo_row_attrs[] = {
	&luo_row_prepare.attr,
	&luo_row_freeze.attr,
	&luo_row_cancel.attr,
	&luo_row_boot.attr,
	&luo_row_can_finish.attr,
	&luo_row_finish.attr,
	&luo_row_error,
	NULL
};
ATTRIBUTE_GROUPS(luo_row);

static ssize_t luo_row_show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	const struct luo_row *row = container_of(kobj, struct luo_row, kobj);
	enum liveupdate_callback call;
	u64 ns;

	if (attr == &luo_row_error)
		return sysfs_emit(buf, "%d\n", READ_ONCE(row->error));
	call = container_of(attr, struct luo_row_attribute, attr)->call;
	ns = READ_ONCE(row->ns[call]);
	if (ns == LIVEUPDATE_TIME_UNKNOWN)
		return sysfs_emit(buf, "unknown\n");
	return sysfs_emit(buf, "%llu\n", ns);
}

static void luo_row_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct luo_row, kobj));
}

static const struct sysfs_ops luo_row_sysfs_ops = {
	.show = luo_row_show,
};

static const struct kobj_type luo_row_type = {
	.release	= luo_row_release,
	.sysfs_ops	= &luo_row_sysfs_ops,
	.default_groups	= luo_row_groups,
};

static void luo_row_clear(struct luo_row *row)
{
	WRITE_ONCE(row->error, 0);
	for (unsigned int i = 0; i < LUO_CALLS; i++)
		WRITE_ONCE(row->ns[i], LIVEUPDATE_TIME_UNKNOWN);
}

/* Without its directory a row does all else that it is for, and gets it later. */
static void luo_row_publish(struct luo_row *row)
{
	int err;

	if (!luo_rows_dir || row->kobj.state_in_sysfs)
		return;
	err = kobject_add(&row->kobj, luo_rows_dir, "%s", row->name);
	if (err)
		pr_warn("%s is not in sysfs: %pe\n", row->name, ERR_PTR(err));
}

static struct luo_row *luo_row_make(const char *name)
{
	struct luo_row *row = luo_fault(name, LUO_FAULT_ALLOC) ? NULL : kzalloc_obj(*row);

	if (!row)
		return NULL;
	kobject_init(&row->kobj, &luo_row_type);
	strscpy(row->name, name);
	luo_row_clear(row);
	INIT_LIST_HEAD(&row->list);
	return row;
}

static void luo_row_drop(struct luo_row *row)
{
	list_del(&row->list);
	kobject_put(&row->kobj);
}

/**
 * luo_row_find - find a row, whether its participant is there or not
 * @name: whose
 *
 * Return: the row or NULL.
 */
struct luo_row *luo_row_find(const char *name)
{
	struct luo_row *row;

	list_for_each_entry(row, &luo_rows, list) {
		if (!strcmp(row->name, name))
			return row;
	}
	list_for_each_entry(row, &luo_absent_rows, list) {
		if (!strcmp(row->name, name))
			return row;
	}
	return NULL;
}

/**
 * luo_row_join - the row of a participant that is there from now on
 * @name: its name, which no other participant has
 * @flags: LIVEUPDATE_PARTICIPANT_FLAG_*
 *
 * Return: the row, which may hold what the previous kernel said, or NULL
 * without memory.
 */
struct luo_row *luo_row_join(const char *name, u32 flags)
{
	struct luo_row *row = luo_row_find(name) ?: luo_row_make(name);

	if (!row)
		return NULL;
	row->flags = (row->flags & LIVEUPDATE_PARTICIPANT_FLAG_INCOMING) | flags |
		LIVEUPDATE_PARTICIPANT_FLAG_PRESENT;
	list_move_tail(&row->list, &luo_rows);
	luo_row_publish(row);
	return row;
}

/**
 * luo_row_leave - a participant is not there any more
 * @row: its row
 */
void luo_row_leave(struct luo_row *row)
{
	row->flags &= ~LIVEUPDATE_PARTICIPANT_FLAG_PRESENT;
	list_move_tail(&row->list, &luo_absent_rows);
}

/**
 * luo_row_restore - take over what the previous kernel says of a participant
 * @ser: what it says, checked
 *
 * Return: 0; -EEXIST where that was said before; -ENOMEM.
 */
int luo_row_restore(const struct luo_participant_ser *ser)
{
	struct luo_row *row = luo_row_find(ser->name);

	if (row && row->ns[LIVEUPDATE_CALL_PREPARE] != LIVEUPDATE_TIME_UNKNOWN)
		return -EEXIST;
	if (!row) {
		row = luo_row_make(ser->name);
		if (!row)
			return -ENOMEM;
		list_add_tail(&row->list, &luo_absent_rows);
		luo_row_publish(row);
	}
	if (ser->flags & LUO_PARTICIPANT_SER_SUBSYSTEM) {
		if (row->flags & LIVEUPDATE_PARTICIPANT_FLAG_INCOMING)
			return -EEXIST;
		row->flags |= LIVEUPDATE_PARTICIPANT_FLAG_INCOMING |
			LIVEUPDATE_PARTICIPANT_FLAG_SUBSYSTEM;
		if (ser->flags & LUO_PARTICIPANT_SER_OPTIONAL)
			row->flags |= LIVEUPDATE_PARTICIPANT_FLAG_OPTIONAL;
	}
	row->data = ser->data;
	row->ns[LIVEUPDATE_CALL_PREPARE] = ser->prepare_ns;
	row->ns[LIVEUPDATE_CALL_FREEZE] = ser->freeze_ns;
	return 0;
}

/**
 * luo_row_call - a participant was called
 * @row: its row; nothing is recorded without
 * @call: for what
 * @ns: how long it took
 * @err: 0 or its error
 *
 * What cannot fail leaves the error of what did.
 */
void luo_row_call(struct luo_row *row, enum liveupdate_callback call, u64 ns, int err)
{
	if (!row)
		return;
	WRITE_ONCE(row->ns[call], ns);
	if (call != LIVEUPDATE_CALL_CANCEL && call != LIVEUPDATE_CALL_FINISH)
		WRITE_ONCE(row->error, err);
}

/**
 * luo_row_phase - a participant went on, or back
 * @row: its row; nothing is recorded without
 * @phase: to where
 */
void luo_row_phase(struct luo_row *row, enum luo_phase phase)
{
	if (!row)
		return;
	row->flags &= ~(LIVEUPDATE_PARTICIPANT_FLAG_PREPARED | LIVEUPDATE_PARTICIPANT_FLAG_FROZEN);
	if (phase == LUO_PHASE_PREPARED)
		row->flags |= LIVEUPDATE_PARTICIPANT_FLAG_PREPARED;
	if (phase == LUO_PHASE_FROZEN)
		row->flags |= LIVEUPDATE_PARTICIPANT_FLAG_PREPARED |
			LIVEUPDATE_PARTICIPANT_FLAG_FROZEN;
}

/**
 * luo_rows_incoming - whether a subsystem was left something
 *
 * Return: true for any that somebody here has, or has to have.
 */
bool luo_rows_incoming(void)
{
	struct luo_row *row;

	list_for_each_entry(row, &luo_rows, list) {
		if (row->flags & LIVEUPDATE_PARTICIPANT_FLAG_INCOMING)
			return true;
	}
	list_for_each_entry(row, &luo_absent_rows, list) {
		if (row->flags & LIVEUPDATE_PARTICIPANT_FLAG_INCOMING)
			return true;
	}
	return false;
}

/**
 * luo_rows_unclaimed - find what nobody in this kernel has taken over
 *
 * Return: the row of a subsystem that has to be there and is not, or NULL.
 */
const struct luo_row *luo_rows_unclaimed(void)
{
	struct luo_row *row;

	list_for_each_entry(row, &luo_absent_rows, list) {
		if (row->flags & LIVEUPDATE_PARTICIPANT_FLAG_INCOMING &&
		    !(row->flags & LIVEUPDATE_PARTICIPANT_FLAG_OPTIONAL))
			return row;
	}
	return NULL;
}

/**
 * luo_rows_restart - another live update begins
 */
void luo_rows_restart(void)
{
	struct luo_row *row, *next;

	list_for_each_entry_safe(row, next, &luo_absent_rows, list)
		luo_row_drop(row);
	list_for_each_entry(row, &luo_rows, list)
		luo_row_clear(row);
}

/**
 * luo_rows_finish - what was handed over is nobody's any more
 */
void luo_rows_finish(void)
{
	struct luo_row *row;

	list_for_each_entry(row, &luo_rows, list)
		row->flags &= ~LIVEUPDATE_PARTICIPANT_FLAG_INCOMING;
	list_for_each_entry(row, &luo_absent_rows, list) {
		if (row->flags & LIVEUPDATE_PARTICIPANT_FLAG_INCOMING)
			pr_warn("nobody here knows %s, what it handed over is lost\n", row->name);
		row->flags &= ~LIVEUPDATE_PARTICIPANT_FLAG_INCOMING;
	}
}

/**
 * luo_rows_each - describe all rows
 * @fn: fills one entry in
 * @array: entries to be filled in
 * @entry_size: size of one
 * @room: how many fit
 *
 * Context: with the state locked for reading.
 * Return: how many rows there are, which may be more than @room.
 */
u32 luo_rows_each(void (*fn)(const struct luo_row *row, void *at), void *array,
		  size_t entry_size, u32 room)
{
	struct luo_row *row;
	u32 n = 0;

	list_for_each_entry(row, &luo_rows, list) {
		if (n++ < room)
			fn(row, array + (n - 1) * entry_size);
	}
	list_for_each_entry(row, &luo_absent_rows, list) {
		if (n++ < room)
			fn(row, array + (n - 1) * entry_size);
	}
	return n;
}

/**
 * luo_rows_publish - show all rows in sysfs, those to come as well
 * @parent: the directory they go to
 *
 * Context: during boot, with the state locked for writing.
 */
void luo_rows_publish(struct kobject *parent)
{
	struct luo_row *row;

	luo_rows_dir = parent;
	list_for_each_entry(row, &luo_rows, list)
		luo_row_publish(row);
	list_for_each_entry(row, &luo_absent_rows, list)
		luo_row_publish(row);
}
