// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO in sysfs
 *
 * /sys/kernel/liveupdate/, readable by all, one value a file:
 *
 * ``enabled``
 *   1 where the orchestrator is on, else 0
 * ``number``
 *   how many live updates led to this kernel
 * ``preserved_bytes``, ``preserving_bytes``
 *   how much memory is preserved, and how much is still to be by what is being
 *   preserved now
 * ``sessions``
 *   how many sessions there are, those that are finished not counted
 * ``state``
 *   normal, prepared, frozen or updated; poll(2) tells when it changes
 * ``last_update/``
 *   the last live update, or the one in progress: ``number``, ``result`` (none,
 *   running, refused, cancelled, completed, failed), ``old_release``,
 *   ``new_release``, ``culprit``, ``callback`` and ``error`` of a refusal, and how
 *   long its parts took in ns: ``prepare_ns``, ``freeze_ns``, ``shutdown_ns``,
 *   ``jump_ns``, ``blackout_ns``, ``restore_ns``; "unknown" where that cannot be
 *   told. ``log`` is the log of the kernel that the machine came from, for root.
 * ``formats/``
 *   a file for each type of file that can be preserved, named by its format: how
 *   many files are preserved in it
 * ``participants/``
 *   a directory for each participant, with the time of each callback in the last
 *   live update, in ns, and ``error``
 *
 * A change of the state also sends a uevent of the device, with STATE, EVENT and
 * NUMBER. It is sent by a worker, so that nobody waits for memory in the
 * blackout; on the way out to the next kernel none is sent.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/err.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/liveupdate.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>
#include "luo_internal.h"

static struct kobject *luo_kobj;

static ssize_t enabled_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", liveupdate_enabled());
}

static ssize_t number_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", luo_number());
}

static ssize_t preserved_bytes_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", luo_progress_done());
}

static ssize_t preserving_bytes_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", luo_progress_todo());
}

static ssize_t sessions_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  luo_session_outgoing_count() + luo_session_unfinished_count());
}

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", luo_current_state_name());
}

static struct kobj_attribute luo_enabled_attr = __ATTR_RO(enabled);
static struct kobj_attribute luo_number_attr = __ATTR_RO(number);
static struct kobj_attribute luo_preserved_bytes_attr = __ATTR_RO(preserved_bytes);
static struct kobj_attribute luo_preserving_bytes_attr = __ATTR_RO(preserving_bytes);
static struct kobj_attribute luo_sessions_attr = __ATTR_RO(sessions);
static struct kobj_attribute luo_state_attr = __ATTR_RO(state);

static struct attribute *luo_attrs[] = {
	&luo_enabled_attr.attr,
	&luo_number_attr.attr,
	&luo_preserved_bytes_attr.attr,
	&luo_preserving_bytes_attr.attr,
	&luo_sessions_attr.attr,
	&luo_state_attr.attr,
	NULL
};

static const struct attribute_group luo_group = {
	.attrs = luo_attrs,
};

/* Which member of the record a file in last_update/ shows */
enum luo_field {
	LUO_FIELD_NUMBER = LUO_SPANS,
	LUO_FIELD_RESULT,
	LUO_FIELD_CALLBACK,
	LUO_FIELD_ERROR,
	LUO_FIELD_CULPRIT,
	LUO_FIELD_OLD_RELEASE,
	LUO_FIELD_NEW_RELEASE,
};

static const char *const luo_result_names[] = {
	[LIVEUPDATE_RESULT_NONE]	= "none",
	[LIVEUPDATE_RESULT_RUNNING]	= "running",
	[LIVEUPDATE_RESULT_REFUSED]	= "refused",
	[LIVEUPDATE_RESULT_CANCELLED]	= "cancelled",
	[LIVEUPDATE_RESULT_COMPLETED]	= "completed",
	[LIVEUPDATE_RESULT_FAILED]	= "failed",
};

struct luo_last_attribute {
	struct kobj_attribute attr;
	unsigned int field;
};

static ssize_t luo_last_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned int field = container_of(attr, struct luo_last_attribute, attr)->field;
	struct luo_record record;

	luo_record_get(&record);
	switch (field) {
	case LUO_FIELD_NUMBER:
		return sysfs_emit(buf, "%llu\n", record.number);
	case LUO_FIELD_RESULT:
		return sysfs_emit(buf, "%s\n", luo_result_names[record.result]);
	case LUO_FIELD_CALLBACK:
		return sysfs_emit(buf, "%s\n",
				  record.error ? luo_call_name(record.callback) : "");
	case LUO_FIELD_ERROR:
		return sysfs_emit(buf, "%d\n", record.error);
	case LUO_FIELD_CULPRIT:
		return sysfs_emit(buf, "%s\n", record.culprit);
	case LUO_FIELD_OLD_RELEASE:
		return sysfs_emit(buf, "%s\n", record.old_release);
	case LUO_FIELD_NEW_RELEASE:
		return sysfs_emit(buf, "%s\n", record.new_release);
	}
	if (record.ns[field] == LIVEUPDATE_TIME_UNKNOWN)
		return sysfs_emit(buf, "unknown\n");
	return sysfs_emit(buf, "%llu\n", record.ns[field]);
}

#define LUO_LAST(_name, _field)						\
	static struct luo_last_attribute luo_last_##_name = {		\
		.attr = __ATTR(_name, 0444, luo_last_show, NULL),	\
		.field = _field,					\
	}

LUO_LAST(number, LUO_FIELD_NUMBER);
LUO_LAST(result, LUO_FIELD_RESULT);
LUO_LAST(callback, LUO_FIELD_CALLBACK);
LUO_LAST(error, LUO_FIELD_ERROR);
LUO_LAST(culprit, LUO_FIELD_CULPRIT);
LUO_LAST(old_release, LUO_FIELD_OLD_RELEASE);
LUO_LAST(new_release, LUO_FIELD_NEW_RELEASE);
LUO_LAST(prepare_ns, LUO_SPAN_PREPARE);
LUO_LAST(freeze_ns, LUO_SPAN_FREEZE);
LUO_LAST(shutdown_ns, LUO_SPAN_SHUTDOWN);
LUO_LAST(jump_ns, LUO_SPAN_JUMP);
LUO_LAST(blackout_ns, LUO_SPAN_BLACKOUT);
LUO_LAST(restore_ns, LUO_SPAN_RESTORE);

static struct attribute *luo_last_attrs[] = {
	&luo_last_number.attr.attr,
	&luo_last_result.attr.attr,
	&luo_last_callback.attr.attr,
	&luo_last_error.attr.attr,
	&luo_last_culprit.attr.attr,
	&luo_last_old_release.attr.attr,
	&luo_last_new_release.attr.attr,
	&luo_last_prepare_ns.attr.attr,
	&luo_last_freeze_ns.attr.attr,
	&luo_last_shutdown_ns.attr.attr,
	&luo_last_jump_ns.attr.attr,
	&luo_last_blackout_ns.attr.attr,
	&luo_last_restore_ns.attr.attr,
	NULL
};

static ssize_t log_read(struct file *file, struct kobject *kobj,
			const struct bin_attribute *attr, char *buf, loff_t at, size_t count)
{
	return luo_log_read(buf, at, count);
}

/* As private as the log of the running kernel may be */
static const BIN_ATTR(log, 0400, log_read, NULL, 0);

static const struct bin_attribute *const luo_last_bin_attrs[] = {
	&bin_attr_log,
	NULL
};

static const struct attribute_group luo_last_group = {
	.name = "last_update",
	.attrs = luo_last_attrs,
	.bin_attrs = luo_last_bin_attrs,
};

static const struct attribute_group *luo_groups[] = {
	&luo_group,
	&luo_last_group,
	NULL
};

/* Changes of the state that no uevent told of yet. More than fit are dropped. */
#define LUO_CHANGES	16

struct luo_change {
	enum liveupdate_state state;
	const char *event;
	u64 number;
};

static struct {
	struct luo_change ring[LUO_CHANGES];
	unsigned int first;
	unsigned int count;
} luo_changes;
static DEFINE_SPINLOCK(luo_changes_lock);

static bool luo_next_change(struct luo_change *change)
{
	guard(spinlock)(&luo_changes_lock);
	if (!luo_changes.count)
		return false;
	*change = luo_changes.ring[luo_changes.first++ % LUO_CHANGES];
	luo_changes.count--;
	return true;
}

static void luo_send_uevent(struct kobject *kobj, const struct luo_change *change)
{
	char state[24], event[24], number[32];
	char *env[4] = { state, event, number };
	int err;

	snprintf(state, sizeof(state), "STATE=%s", luo_state_name(change->state));
	snprintf(event, sizeof(event), "EVENT=%s", change->event);
	snprintf(number, sizeof(number), "NUMBER=%llu", change->number);
	err = kobject_uevent_env(kobj, KOBJ_CHANGE, env);
	if (err)
		pr_warn("no uevent for state %s: %pe\n", luo_state_name(change->state),
			ERR_PTR(err));
}

static void luo_tell_changes(struct work_struct *work)
{
	struct kobject *kobj = luo_device_kobj();
	struct luo_change change;

	while (luo_next_change(&change)) {
		if (kobj)
			luo_send_uevent(kobj, &change);
	}
}

static DECLARE_WORK(luo_changes_work, luo_tell_changes);

/**
 * luo_sysfs_wake - wake those who poll the state
 */
void luo_sysfs_wake(void)
{
	if (luo_kobj)
		sysfs_notify(luo_kobj, NULL, "state");
}

/**
 * luo_sysfs_state_changed - tell everybody that the state has changed
 * @event: name of what led to it, a constant string
 */
void luo_sysfs_state_changed(const char *event)
{
	luo_sysfs_wake();
	if (!luo_device_kobj())
		return;
	scoped_guard(spinlock, &luo_changes_lock) {
		unsigned int at = luo_changes.first + luo_changes.count;

		if (luo_changes.count == LUO_CHANGES)
			return;
		luo_changes.ring[at % LUO_CHANGES] = (struct luo_change) {
			.state = liveupdate_get_state(),
			.event = event,
			.number = luo_record_number(),
		};
		luo_changes.count++;
	}
	schedule_work(&luo_changes_work);
}

static int __init luo_sysfs_init(void)
{
	struct kobject *kobj = kobject_create_and_add("liveupdate", kernel_kobj);
	struct kobject *participants, *formats;
	int err = -ENOMEM;

	if (!kobj)
		return -ENOMEM;
	participants = kobject_create_and_add("participants", kobj);
	formats = kobject_create_and_add("formats", kobj);
	if (participants && formats)
		err = sysfs_create_groups(kobj, luo_groups);
	if (err) {
		kobject_put(formats);
		kobject_put(participants);
		kobject_put(kobj);
		return err;
	}
	luo_kobj = kobj;
	luo_handlers_publish(formats);
	if (WARN_ON(luo_state_write_enter()))
		return -EINVAL;
	luo_rows_publish(participants);
	luo_state_write_exit();
	return 0;
}
subsys_initcall(luo_sysfs_init);
