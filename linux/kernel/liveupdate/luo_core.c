// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Live Update Orchestrator (LUO)
 *
 * A live update moves a machine to a new kernel by kexec while chosen
 * resources stay alive in memory: the memory of virtual machines, in-memory
 * databases, devices that keep working. The orchestrator takes everybody who
 * has something to hand over through it in the right order, all or nothing.
 *
 * It is made of a state machine that drives participants (luo_state.c), of
 * sessions in which userspace groups the files it wants back (luo_session.c,
 * luo_file.c), of global data that those files share (luo_flb.c), and of the
 * checks without which nothing from the previous kernel is used
 * (luo_handover.c). Memory is carried by Kexec Handover, see
 * Documentation/core-api/kho/index.rst.
 *
 * Life cycle: during boot an early initcall looks for what the previous kernel
 * left, takes it over into lists of its own, and sets the first state. A late
 * initcall creates the root that the next kernel will find; it stays empty
 * until FREEZE fills it in. The last step is liveupdate_reboot(), which
 * kexec calls before it leaves this kernel.
 *
 * A kernel must not go on as if nothing had happened when part of what it was
 * handed cannot be restored: memory would be lost, and a device might still
 * write to it. By default it panics then, with a line that says why. With
 * ``liveupdate.on_restore_failure=warn`` it stays in UPDATED, refuses to
 * finish, and lets everything be looked at.
 *
 * Boot parameters: ``liveupdate=on`` turns the orchestrator on, where KHO is
 * on as well (``kho=on``).
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/err.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/luo_state.h>
#include <linux/kstrtox.h>
#include <linux/liveupdate.h>
#include <linux/moduleparam.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/stdarg.h>
#include <linux/string.h>
#include "luo_internal.h"

static bool luo_on;

/* How many live updates led to this kernel. Set once, during boot. */
static u64 luo_incoming_number;
static bool luo_failed;

static bool luo_failure_warns;

static int luo_failure_set(const char *val, const struct kernel_param *kp)
{
	if (sysfs_streq(val, "warn"))
		luo_failure_warns = true;
	else if (sysfs_streq(val, "panic"))
		luo_failure_warns = false;
	else
		return -EINVAL;
	return 0;
}

static int luo_failure_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", luo_failure_warns ? "warn" : "panic");
}

static const struct kernel_param_ops luo_failure_ops = {
	.set = luo_failure_set,
	.get = luo_failure_get,
};

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "liveupdate."
module_param_cb(on_restore_failure, &luo_failure_ops, NULL, 0644);

static int __init luo_early_param(char *buf)
{
	return kstrtobool(buf, &luo_on);
}
early_param("liveupdate", luo_early_param);

/**
 * liveupdate_restore_fail - something handed over cannot be restored
 * @fmt: what and why, in one line
 *
 * For whoever finds that state from the previous kernel is missing, corrupt,
 * or of a kind that this kernel does not know, and that going on without it
 * would not be safe. Panics, or, where the machine's owner chose so with
 * ``liveupdate.on_restore_failure=warn``, logs the line and keeps the live
 * update from ever being finished. Not for want of memory on behalf of a
 * process: that is an error to return.
 *
 * Context: process.
 */
void liveupdate_restore_fail(const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	struct luo_blame why = {};
	va_list ap;

	va_start(ap, fmt);
	vaf.va = &ap;
	if (!luo_failure_warns)
		panic("liveupdate: restore failed: %pV", &vaf);
	pr_emerg("restore failed: %pV\n", &vaf);
	luo_blame(&why, "%pV", &vaf);
	va_end(ap);
	luo_record_fail(why.text);
	WRITE_ONCE(luo_failed, true);
}
EXPORT_SYMBOL_GPL(liveupdate_restore_fail);

/**
 * luo_restore_failed - whether something could not be restored
 *
 * Return: true once liveupdate_restore_fail() was called in this kernel.
 */
bool luo_restore_failed(void)
{
	return READ_ONCE(luo_failed);
}

/**
 * luo_number - the number of the last live update
 *
 * Return: how many of them led to this kernel.
 */
u64 luo_number(void)
{
	return luo_incoming_number;
}

/*
 * Find a root that the previous kernel left, copy as much of it as this kernel
 * knows, and give its memory back. Returns what is readable there, 0 where
 * there is none.
 */
static size_t __init luo_take_root(const char *name, void *copy, size_t size)
{
	phys_addr_t pa;
	size_t len;
	void *root;
	int err;

	memset(copy, 0, size);
	err = kho_retrieve_subtree(name, &pa, &len);
	if (err == -ENOENT)
		return 0;
	if (!err && !len)
		err = -EINVAL;
	root = err ? NULL : luo_map(pa, len);
	if (!root) {
		liveupdate_restore_fail("root '%s' is not in memory that was handed over (%pe)",
					name, ERR_PTR(err));
		return 0;
	}
	memcpy(copy, root, min(len, size));
	kho_restore_free(root);
	return len;
}

/* What is not a subsystem's boot callback takes its time as well. */
static int __init luo_restore_part(struct luo_participant *p, int (*restore)(u64 pa), u64 pa)
{
	u64 ns = local_clock();
	int err = restore(pa);

	if (pa)
		luo_row_call(p->row, LIVEUPDATE_CALL_BOOT, luo_since(ns), err);
	return err;
}

/* The sessions and objects of a shared part that was found to be in order */
static void __init luo_take_over(const struct luo_ser *ser)
{
	int err;

	if (!luo_on && ser->sessions_pa) {
		liveupdate_restore_fail("sessions were handed over, but liveupdate is off here");
		return;
	}
	err = luo_restore_part(&luo_flb_participant, luo_flb_restore, ser->flbs_pa);
	if (err)
		liveupdate_restore_fail("table of shared objects at %#llx: %pe", ser->flbs_pa,
					ERR_PTR(err));
	err = luo_restore_part(&luo_session_participant, luo_session_restore, ser->sessions_pa);
	if (err)
		liveupdate_restore_fail("sessions at %#llx: %pe", ser->sessions_pa, ERR_PTR(err));
}

/*
 * Our own part where the previous kernel had one. Returns whether it has
 * something to say about the shared part, which it has not where it is missing
 * (another kernel's orchestrator) or could not be believed.
 */
static bool __init luo_take_state(const struct luo_ser *luo, struct luo_state_ser *state)
{
	/* Room for what later versions may append */
	static u8 buf[1024] __aligned(8) __initdata;
	size_t len;
	int err;

	len = luo_take_root(LUO_STATE_KHO_ENTRY_NAME, buf, sizeof(buf));
	if (!len)
		return false;
	err = luo_state_ser_check((void *)buf, min(len, sizeof(buf)), luo);
	if (err) {
		liveupdate_restore_fail("root '" LUO_STATE_KHO_ENTRY_NAME "': %pe", ERR_PTR(err));
		return false;
	}
	memcpy(state, buf, min(sizeof(*state), ((struct luo_state_ser *)buf)->length));
	return true;
}

/*
 * The table of participants, copied out of the blocks that it came in, which are
 * free afterwards. To be freed by the caller, NULL where it is empty.
 */
static int __init luo_table_restore(const struct luo_state_ser *state,
				    struct luo_participant_ser **serp, u64 *countp)
{
	struct luo_participant_ser *ser, *entry;
	struct kho_block_set blocks;
	struct kho_block_set_it it;
	u64 count, at = 0;
	int err;

	*serp = NULL;
	err = luo_blocks_check(state->participants, sizeof(*ser), luo_map, &count);
	if (err)
		return err;
	*countp = count;
	if (count != state->participants_count)
		return -EINVAL;
	if (!count)
		return 0;
	ser = luo_fault("participants", LUO_FAULT_ALLOC) ? NULL : kvzalloc_objs(*ser, count);
	if (!ser)
		return -ENOMEM;

	kho_block_set_init(&blocks, sizeof(*ser));
	err = kho_block_set_restore(&blocks, state->participants);
	if (!err) {
		kho_block_set_it_init(&it, &blocks);
		while ((entry = kho_block_set_it_read_entry(&it)) && at < count)
			ser[at++] = *entry;
		kho_block_set_destroy(&blocks);
		err = luo_participants_check(ser, count, state->participants_checksum);
	}
	if (err)
		kvfree(ser);
	else
		*serp = ser;
	return err;
}

/* What our own part says of the previous kernel's participants */
static void __init luo_take_participants(const struct luo_state_ser *state)
{
	struct luo_participant_ser *ser;
	u64 count;
	int err;

	err = luo_table_restore(state, &ser, &count);
	if (err) {
		liveupdate_restore_fail("table of participants at %#llx: %pe",
					state->participants, ERR_PTR(err));
		return;
	}
	for (u64 i = 0; i < count && !err; i++) {
		if (!luo_on && ser[i].flags & LUO_PARTICIPANT_SER_SUBSYSTEM &&
		    !(ser[i].flags & LUO_PARTICIPANT_SER_OPTIONAL))
			liveupdate_restore_fail("%s was handed over, but liveupdate is off here",
						ser[i].name);
		err = luo_row_restore(&ser[i]);
		if (err)
			liveupdate_restore_fail("participant %s: %pe", ser[i].name, ERR_PTR(err));
	}
	kvfree(ser);
}

static void __init luo_start_participants(void)
{
	struct luo_blame blame = {};
	int err;

	err = luo_file_init() ?: luo_session_init();
	if (err || !kho_is_enabled()) {
		if (luo_on)
			pr_warn("liveupdate is turned off: %s\n",
				err ? "out of memory" : "KHO is off, boot with kho=on");
		luo_on = false;
	}
	err = luo_participant_add(&luo_session_participant, &blame) ?:
		luo_participant_add(&luo_flb_participant, &blame);
	if (err) {
		pr_warn("liveupdate is turned off: %pe\n", ERR_PTR(err));
		luo_on = false;
	}
}

/* Returns whether something waits to be taken back, or to be looked at. */
static bool __init luo_take_all(u64 arrived, bool *explicit)
{
	struct luo_state_ser state = {};
	struct luo_ser ser;
	bool known;
	size_t len;
	int err;

	len = luo_take_root(LUO_KHO_ENTRY_NAME, &ser, sizeof(ser));
	if (!len)
		return luo_restore_failed();
	err = luo_ser_check(&ser, len);
	if (err) {
		liveupdate_restore_fail("root '" LUO_KHO_ENTRY_NAME "': %pe", ERR_PTR(err));
		return true;
	}

	luo_incoming_number = ser.liveupdate_num;
	luo_record_arrive(NULL, luo_incoming_number, arrived);
	known = luo_take_state(&ser, &state);
	/* The jump came without FREEZE: nothing in there was meant for us. */
	if (known && !(state.flags & LUO_STATE_SER_FROZEN)) {
		ser.sessions_pa = 0;
		ser.flbs_pa = 0;
		state.participants = 0;
		state.participants_count = 0;
	}
	if (known) {
		luo_record_arrive(&state, luo_incoming_number, arrived);
		luo_take_participants(&state);
	}
	luo_take_over(&ser);
	if (known && luo_session_unfinished_count() != state.sessions)
		liveupdate_restore_fail("%llu sessions were handed over, %llu arrived",
					state.sessions, luo_session_unfinished_count());
	pr_info("live update number %llu, %llu sessions handed over\n", luo_incoming_number,
		luo_session_unfinished_count());

	*explicit = state.flags & LUO_STATE_SER_EXPLICIT;
	return luo_session_unfinished_count() || luo_restore_failed() ||
		(luo_on && (*explicit || luo_rows_incoming()));
}

static int __init luo_boot(void)
{
	u64 arrived = luo_clock();
	bool explicit = false;
	bool updated;

	luo_start_participants();
	luo_debug_boot_begin();
	updated = luo_take_all(arrived, &explicit);
	luo_debug_boot_end();
	luo_state_init(updated, explicit);
	return 0;
}
early_initcall(luo_boot);

/**
 * liveupdate_reboot - get everything ready for a kexec that happens now
 *
 * For kexec, before it does anything that cannot be undone. Whatever part of a
 * live update has not been done yet is done here: in NORMAL that is all of it,
 * in UPDATED the last one is finished first. After success the caller must
 * jump; on failure it must not, and the machine runs on as before.
 *
 * Context: process context, with kexec locked.
 * Return: 0, also where there is nothing to do; the error of whoever refused;
 * -ENOEXEC where something would be lost because the loaded image takes no
 * handover along; -EINTR when killed while waiting.
 */
int liveupdate_reboot(void)
{
	struct luo_blame blame = {};
	int err;

	if (!liveupdate_enabled())
		return 0;

	err = luo_state_reboot(kexec_image && kexec_image->kho.fdt, &blame);
	if (err)
		pr_warn("kexec stopped by %s: %pe\n", blame.text[0] ? blame.text : "its state",
			ERR_PTR(err));
	return err;
}

/**
 * liveupdate_enabled - whether the orchestrator is on
 *
 * Context: any, after early initcalls.
 * Return: true where things can be preserved, and handed to the next kernel.
 */
bool liveupdate_enabled(void)
{
	return luo_on;
}
EXPORT_SYMBOL_GPL(liveupdate_enabled);
