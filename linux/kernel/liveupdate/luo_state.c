// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO state machine
 *
 * A live update takes a machine through the states NORMAL, PREPARED, FROZEN,
 * over kexec, UPDATED, and NORMAL again. What has to be done on the way is an
 * event (luo_event.c); here is where the machine stands, and the lock under
 * which that changes.
 *
 * Hot paths ask for the state through static keys, which a change of the state
 * patches. None changes with FREEZE: nothing is patched in the blackout of an
 * update that was prepared before.
 *
 * Locking: @luo_state_rwsem is the outermost lock of the orchestrator. An
 * event holds it for writing from the first question to the new state, and
 * anything that depends on the state holds it for reading. Below it come the
 * locks of sessions, of the registry of handlers, and of FLB objects, in this
 * order. A callback of a participant, which runs with it held, is known by its
 * task and gets an error rather than wait for itself.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/jump_label.h>
#include <linux/liveupdate.h>
#include <linux/printk.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <trace/events/liveupdate.h>
#include "luo_internal.h"

static DECLARE_RWSEM(luo_state_rwsem);
static enum liveupdate_state luo_state;

/* Who has the lock for writing, to tell a callback that wants it from the rest */
static struct task_struct *luo_state_owner;

DEFINE_STATIC_KEY_FALSE(liveupdate_normal_key);
EXPORT_SYMBOL_GPL(liveupdate_normal_key);
DEFINE_STATIC_KEY_FALSE(liveupdate_updated_key);
EXPORT_SYMBOL_GPL(liveupdate_updated_key);

static const char *const luo_state_names[] = {
	[LIVEUPDATE_STATE_UNDEFINED]	= "undefined",
	[LIVEUPDATE_STATE_NORMAL]	= "normal",
	[LIVEUPDATE_STATE_PREPARED]	= "prepared",
	[LIVEUPDATE_STATE_FROZEN]	= "frozen",
	[LIVEUPDATE_STATE_UPDATED]	= "updated",
};

/**
 * luo_state_name - name of a state, as userspace reads it
 * @state: the state
 *
 * Return: a constant string.
 */
const char *luo_state_name(enum liveupdate_state state)
{
	return state < ARRAY_SIZE(luo_state_names) ? luo_state_names[state] : "?";
}

/**
 * luo_current_state_name - name of the state the machine is in
 *
 * Return: a constant string.
 */
const char *luo_current_state_name(void)
{
	return luo_state_name(liveupdate_get_state());
}

/**
 * luo_state_next - where an event leads when everybody agrees
 * @state: the state it finds
 * @event: an &enum liveupdate_event, as a caller gave it
 *
 * Return: the new state, -EINVAL where the event does not fit the state, or
 * -EOPNOTSUPP where there is no such event.
 */
int luo_state_next(enum liveupdate_state state, u32 event)
{
	switch (event) {
	case LIVEUPDATE_PREPARE:
		return state == LIVEUPDATE_STATE_NORMAL ?
			LIVEUPDATE_STATE_PREPARED : -EINVAL;
	case LIVEUPDATE_FREEZE:
		return state == LIVEUPDATE_STATE_PREPARED ?
			LIVEUPDATE_STATE_FROZEN : -EINVAL;
	case LIVEUPDATE_FINISH:
		return state == LIVEUPDATE_STATE_UPDATED ?
			LIVEUPDATE_STATE_NORMAL : -EINVAL;
	case LIVEUPDATE_CANCEL:
		return state == LIVEUPDATE_STATE_PREPARED ||
		       state == LIVEUPDATE_STATE_FROZEN ?
			LIVEUPDATE_STATE_NORMAL : -EINVAL;
	}
	return -EOPNOTSUPP;
}

/* Patches code, and so only where it has to */
static void luo_key_set(struct static_key *key, bool on)
{
	if (on && !static_key_enabled(key))
		static_key_enable(key);
	else if (!on && static_key_enabled(key))
		static_key_disable(key);
}

/**
 * luo_state_set - the machine is in another state now
 * @state: the state
 * @event: name of what led to it
 * @quiet: nobody is left who could be told
 *
 * Context: with the state locked for writing.
 */
void luo_state_set(enum liveupdate_state state, const char *event, bool quiet)
{
	lockdep_assert_held_write(&luo_state_rwsem);
	/* A line on a serial console takes milliseconds: none in the blackout. */
	if (state != LIVEUPDATE_STATE_FROZEN && !quiet)
		pr_info("state: %s -> %s\n", luo_current_state_name(), luo_state_name(state));
	trace_liveupdate_state(luo_state, state, event, luo_record_number());
	WRITE_ONCE(luo_state, state);

	luo_key_set(&liveupdate_normal_key.key, state == LIVEUPDATE_STATE_NORMAL);
	luo_key_set(&liveupdate_updated_key.key, state == LIVEUPDATE_STATE_UPDATED);
	if (!quiet)
		luo_sysfs_state_changed(event);
}

/**
 * luo_state_is_mine - whether this is called from inside a transition
 *
 * Return: true where the caller's own task has the state locked for writing.
 */
bool luo_state_is_mine(void)
{
	return READ_ONCE(luo_state_owner) == current;
}

/**
 * luo_state_write_enter - let nothing else happen for a while
 *
 * Return: 0, or -EDEADLK from within a participant's callback.
 */
int luo_state_write_enter(void)
{
	if (luo_state_is_mine())
		return -EDEADLK;
	down_write(&luo_state_rwsem);
	WRITE_ONCE(luo_state_owner, current);
	return 0;
}

/**
 * luo_state_write_enter_killable - as luo_state_write_enter(), for those who
 * can be killed
 *
 * Return: 0 or -EINTR.
 */
int luo_state_write_enter_killable(void)
{
	if (down_write_killable(&luo_state_rwsem))
		return -EINTR;
	WRITE_ONCE(luo_state_owner, current);
	return 0;
}

/**
 * luo_state_write_exit - let others go on
 */
void luo_state_write_exit(void)
{
	WRITE_ONCE(luo_state_owner, NULL);
	up_write(&luo_state_rwsem);
}

/**
 * luo_state_read_enter - keep the state as it is for a while
 *
 * To be paired with luo_state_read_exit(). Does not nest.
 *
 * Return: 0, or -EINTR when killed while an event was under way.
 */
int luo_state_read_enter(void)
{
	return down_read_killable(&luo_state_rwsem);
}

/**
 * luo_state_read_enter_uninterruptible - as luo_state_read_enter(), for those
 * who cannot fail
 */
void luo_state_read_enter_uninterruptible(void)
{
	down_read(&luo_state_rwsem);
}

/**
 * luo_state_read_exit - let the state change again
 */
void luo_state_read_exit(void)
{
	up_read(&luo_state_rwsem);
}

/**
 * luo_state_sealed - whether the set of preserved things is closed
 *
 * Context: between luo_state_read_enter() and luo_state_read_exit().
 * Return: true in FROZEN.
 */
bool luo_state_sealed(void)
{
	return luo_state == LIVEUPDATE_STATE_FROZEN;
}

/**
 * liveupdate_get_state - the state the machine is in
 *
 * Without a lock the answer may be outdated when it arrives.
 *
 * Context: any.
 * Return: an &enum liveupdate_state; %LIVEUPDATE_STATE_UNDEFINED only before
 * early initcalls.
 */
enum liveupdate_state liveupdate_get_state(void)
{
	return READ_ONCE(luo_state);
}
EXPORT_SYMBOL_GPL(liveupdate_get_state);
