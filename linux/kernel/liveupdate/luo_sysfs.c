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
 * ``state``
 *   normal, prepared, frozen or updated; poll(2) tells when it changes
 */
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/liveupdate.h>
#include <linux/sysfs.h>
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

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", luo_current_state_name());
}

static struct kobj_attribute luo_enabled_attr = __ATTR_RO(enabled);
static struct kobj_attribute luo_number_attr = __ATTR_RO(number);
static struct kobj_attribute luo_state_attr = __ATTR_RO(state);

static struct attribute *luo_attrs[] = {
	&luo_enabled_attr.attr,
	&luo_number_attr.attr,
	&luo_state_attr.attr,
	NULL
};
ATTRIBUTE_GROUPS(luo);

/**
 * luo_sysfs_state_changed - wake those who poll the state
 */
void luo_sysfs_state_changed(void)
{
	if (luo_kobj)
		sysfs_notify(luo_kobj, NULL, "state");
}

static int __init luo_sysfs_init(void)
{
	struct kobject *kobj = kobject_create_and_add("liveupdate", kernel_kobj);
	int err;

	if (!kobj)
		return -ENOMEM;
	err = sysfs_create_groups(kobj, luo_groups);
	if (err) {
		kobject_put(kobj);
		return err;
	}
	luo_kobj = kobj;
	return 0;
}
subsys_initcall(luo_sysfs_init);
