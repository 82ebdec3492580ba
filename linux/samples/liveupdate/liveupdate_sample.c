// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Live update sample
 *
 * A module that takes part in live updates, to start from. It keeps a text, in
 * ``/sys/kernel/liveupdate_sample/text``, which survives a live update:
 *
 * - PREPARE makes a copy of the text in memory that the next kernel will not
 *   overwrite. From then on the text must not change: writing to it fails.
 * - FREEZE has nothing to add but how often the text was read, which may change
 *   until then. This is the blackout: it does no more than it must, needs no
 *   memory, and prints nothing.
 * - CANCEL gives the copy up, and the text may be written again.
 * - In the next kernel boot checks what it finds, takes the text over and keeps
 *   the memory, since the update can still be looked at, until FINISH.
 *
 * The module can be loaded at any time, also long after the jump: what was
 * handed over waits for it. ``registered`` beside the text takes it in and out
 * while it stays loaded. ``refuse=`` names a callback that shall fail, to see
 * what happens then.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/liveupdate.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/sysfs.h>

/* What is handed over. The next kernel may be of another version: no pointers. */
struct sample_ser {
	char compatible[16];
	u64 reads;
	char text[PAGE_SIZE - 24];
};

#define SAMPLE_COMPATIBLE	"sample-v1"

static char *name = "sample";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "under which it takes part");

static bool optional;
module_param(optional, bool, 0444);
MODULE_PARM_DESC(optional, "the next kernel may do without it");

static char refuse[16];
module_param_string(refuse, refuse, sizeof(refuse), 0644);
MODULE_PARM_DESC(refuse, "the callback that fails: prepare, freeze, boot or can_finish");

static unsigned int delay_ms;
module_param(delay_ms, uint, 0644);
MODULE_PARM_DESC(delay_ms, "how long each callback and each write takes, to see what a slow one does");

/* Protects the text. Taken inside of liveupdate_work_begin(), see there. */
static DEFINE_MUTEX(sample_lock);
static char sample_text[sizeof_field(struct sample_ser, text)];
static u64 sample_reads;

static bool sample_refuses(const char *callback)
{
	if (delay_ms)
		msleep(delay_ms);
	return !strcmp(refuse, callback);
}

static int sample_prepare(struct liveupdate_subsystem *s, u64 *data)
{
	struct sample_ser *ser;

	if (sample_refuses("prepare"))
		return -EPERM;
	ser = kho_alloc_preserve(sizeof(*ser));
	if (IS_ERR(ser))
		return PTR_ERR(ser);

	strscpy(ser->compatible, SAMPLE_COMPATIBLE);
	scoped_guard(mutex, &sample_lock)
		strscpy(ser->text, sample_text);
	*data = virt_to_phys(ser);
	return 0;
}

static int sample_freeze(struct liveupdate_subsystem *s, u64 *data)
{
	struct sample_ser *ser = phys_to_virt(*data);

	if (sample_refuses("freeze"))
		return -EPERM;
	ser->reads = READ_ONCE(sample_reads);
	return 0;
}

static void sample_cancel(struct liveupdate_subsystem *s, u64 data)
{
	kho_unpreserve_free(phys_to_virt(data));
}

/* Nothing that the previous kernel says is believed. */
static int sample_check(u64 data)
{
	struct sample_ser *ser;

	if (!liveupdate_handed_over(data, sizeof(*ser)))
		return -EINVAL;
	ser = phys_to_virt(data);
	if (strncmp(ser->compatible, SAMPLE_COMPATIBLE, sizeof(ser->compatible)))
		return -EPROTONOSUPPORT;
	if (strnlen(ser->text, sizeof(ser->text)) == sizeof(ser->text))
		return -EINVAL;
	return 0;
}

static int sample_boot(struct liveupdate_subsystem *s, u64 data)
{
	struct sample_ser *ser = phys_to_virt(data);
	int err;

	if (sample_refuses("boot"))
		return -EPERM;
	err = sample_check(data);
	if (err)
		return err;

	guard(mutex)(&sample_lock);
	strscpy(sample_text, ser->text);
	WRITE_ONCE(sample_reads, ser->reads);
	return 0;
}

static bool sample_can_finish(struct liveupdate_subsystem *s, u64 data)
{
	return !sample_refuses("can_finish");
}

static void sample_finish(struct liveupdate_subsystem *s, u64 data)
{
	kho_restore_free(phys_to_virt(data));
}

static const struct liveupdate_subsystem_ops sample_ops = {
	.prepare	= sample_prepare,
	.freeze		= sample_freeze,
	.cancel		= sample_cancel,
	.boot		= sample_boot,
	.can_finish	= sample_can_finish,
	.finish		= sample_finish,
	.owner		= THIS_MODULE,
};

static struct liveupdate_subsystem sample_subsystem = {
	.ops = &sample_ops,
};

static ssize_t text_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	WRITE_ONCE(sample_reads, sample_reads + 1);
	guard(mutex)(&sample_lock);
	return sysfs_emit(buf, "%s\n", sample_text);
}

static ssize_t text_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			  size_t count)
{
	int cookie;

	if (count >= sizeof(sample_text))
		return -E2BIG;

	/* Either this is done before PREPARE copies the text, or not at all. */
	cookie = liveupdate_work_begin(&sample_subsystem);
	if (cookie < 0)
		return cookie;
	if (delay_ms)
		msleep(delay_ms);
	scoped_guard(mutex, &sample_lock) {
		memcpy(sample_text, buf, count);
		sample_text[count] = 0;
		strim(sample_text);
	}
	liveupdate_work_end(&sample_subsystem, cookie);
	return count;
}

static ssize_t reads_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(sample_reads));
}

/* What a driver does when its device comes and goes */
static ssize_t registered_store(struct kobject *kobj, struct kobj_attribute *attr,
				const char *buf, size_t count)
{
	bool wanted;
	int err;

	err = kstrtobool(buf, &wanted);
	if (err)
		return err;
	err = wanted ? liveupdate_register_subsystem(&sample_subsystem) :
		liveupdate_unregister_subsystem(&sample_subsystem);
	return err ?: count;
}

static struct kobj_attribute text_attr = __ATTR_RW(text);
static struct kobj_attribute reads_attr = __ATTR_RO(reads);
static struct kobj_attribute registered_attr = __ATTR_WO(registered);

static struct attribute *sample_attrs[] = {
	&text_attr.attr,
	&reads_attr.attr,
	&registered_attr.attr,
	NULL
};
ATTRIBUTE_GROUPS(sample);

static struct kobject *sample_kobj;

static int __init sample_init(void)
{
	int err;

	sample_kobj = kobject_create_and_add("liveupdate_sample", kernel_kobj);
	if (!sample_kobj)
		return -ENOMEM;
	err = sysfs_create_groups(sample_kobj, sample_groups);
	if (err)
		goto err_put;

	sample_subsystem.name = name;
	sample_subsystem.optional = optional;
	err = liveupdate_register_subsystem(&sample_subsystem);
	if (err)
		goto err_put;
	if (!liveupdate_state_normal())
		pr_info("loaded in the middle of a live update\n");
	return 0;

err_put:
	kobject_put(sample_kobj);
	return err;
}
module_init(sample_init);

/* While it has something handed over or saved, the module is held: this works. */
static void __exit sample_exit(void)
{
	int err = liveupdate_unregister_subsystem(&sample_subsystem);

	WARN_ON(err && err != -ENOENT);
	kobject_put(sample_kobj);
}
module_exit(sample_exit);

MODULE_DESCRIPTION("Live update sample");
MODULE_LICENSE("GPL");
