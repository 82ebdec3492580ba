// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO state machine
 *
 * A live update takes a machine through the states NORMAL, PREPARED, FROZEN,
 * over kexec, UPDATED, and NORMAL again. Each event asks every participant in
 * turn, and either all of them follow or none (luo_participant.c).
 *
 * Participants are asked to prepare and to freeze in the order in which they
 * were added (sessions with their files first), and to cancel and to finish in
 * the reverse of it. Before anybody is told to finish, everybody has been
 * asked whether they can: a veto finds everything still in place.
 *
 * An update is explicit when an orchestrator sent PREPARE, and implicit when
 * all came from reboot(2) itself, as with clients that know no events. After
 * an implicit one the new kernel returns to NORMAL by itself with the last
 * session; after an explicit one it waits for FINISH.
 *
 * Locking: @luo_state_rwsem is the outermost lock of the orchestrator. An
 * event holds it for writing from the first question to the new state, and
 * anything that depends on the state holds it for reading. Below it come the
 * locks of sessions, of the registry of handlers, and of FLB objects, in this
 * order.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/liveupdate.h>
#include <linux/printk.h>
#include <linux/rwsem.h>
#include <linux/string.h>
#include "luo_internal.h"

static DECLARE_RWSEM(luo_state_rwsem);
static enum liveupdate_state luo_state;

/* The update under way, or the one that led here, was asked for by events. */
static bool luo_explicit;

/*
 * Set while the last steps are done on behalf of kexec. Once they succeeded it
 * stays: there is no way back from there. The next kernel will find what FREEZE
 * left, so nothing may change it.
 */
static bool luo_departing;

/* Filled during boot and by modules, changed under the write lock only. */
static LIST_HEAD(luo_participants);

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

/**
 * luo_participant_add - take part in live updates from now on
 * @p: the participant; stays in use until luo_participant_remove()
 *
 * Context: process; sleeps while an event is under way.
 */
void luo_participant_add(struct luo_participant *p)
{
	down_write(&luo_state_rwsem);
	list_add_tail(&p->list, &luo_participants);
	up_write(&luo_state_rwsem);
}

/**
 * luo_participant_remove - do not take part in live updates any more
 * @p: the participant; not in use any more afterwards
 *
 * Context: process; sleeps while an event is under way.
 * Return: 0, or -EBUSY while @p has something saved.
 */
int luo_participant_remove(struct luo_participant *p)
{
	guard(rwsem_write)(&luo_state_rwsem);
	if (p->phase != LUO_PHASE_IDLE)
		return -EBUSY;
	list_del(&p->list);
	return 0;
}

static void luo_set_state(enum liveupdate_state state)
{
	lockdep_assert_held_write(&luo_state_rwsem);
	/*
	 * A line on a serial console takes milliseconds: none in the blackout.
	 * On the way out there is nobody left to be woken, either.
	 */
	if (state != LIVEUPDATE_STATE_FROZEN && !luo_departing)
		pr_info("state: %s -> %s\n", luo_current_state_name(), luo_state_name(state));
	WRITE_ONCE(luo_state, state);
	if (!luo_departing)
		luo_sysfs_state_changed();
}

static void luo_cancel(void)
{
	luo_participants_cancel(&luo_participants);
	luo_outgoing_unseal();
	luo_explicit = false;
	luo_set_state(LIVEUPDATE_STATE_NORMAL);
}

static int luo_prepare(bool explicit, struct luo_blame *blame)
{
	int err;

	if (!luo_outgoing_ready()) {
		luo_blame(blame, "no memory for the handover");
		return -ENOMEM;
	}
	err = luo_participants_prepare(&luo_participants, blame);
	if (err)
		return err;
	luo_explicit = explicit;
	luo_set_state(LIVEUPDATE_STATE_PREPARED);
	return 0;
}

static int luo_freeze(struct luo_blame *blame)
{
	int err = luo_participants_freeze(&luo_participants, blame);

	if (err) {
		luo_cancel();
		return err;
	}
	luo_outgoing_seal(luo_explicit);
	luo_set_state(LIVEUPDATE_STATE_FROZEN);
	return 0;
}

static int luo_finish(struct luo_blame *blame)
{
	int err;

	if (luo_restore_failed()) {
		luo_blame(blame, "restore failed");
		return -EIO;
	}
	err = luo_participants_finish(&luo_participants, blame);
	if (err)
		return err;
	luo_explicit = false;
	luo_set_state(LIVEUPDATE_STATE_NORMAL);
	return 0;
}

/**
 * luo_state_event - carry out an event that an orchestrator sent
 * @event: an &enum liveupdate_event, unchecked
 * @blame: filled in where somebody refused
 *
 * Context: process; sleeps for as long as the participants take.
 * Return: 0 with the new state reached; -EINVAL, -EOPNOTSUPP as
 * luo_state_next(); -EINTR when killed while waiting; -EBUSY when the machine
 * is on its way into the next kernel, or a participant is not ready to finish;
 * -EIO when something handed over cannot be restored; or the error of the
 * participant that refused, with everything back in NORMAL.
 */
int luo_state_event(u32 event, struct luo_blame *blame)
{
	int err;

	if (down_write_killable(&luo_state_rwsem))
		return -EINTR;

	err = luo_state_next(luo_state, event);
	if (err < 0)
		goto out;
	if (luo_departing) {
		luo_blame(blame, "the jump has begun");
		err = -EBUSY;
		goto out;
	}

	err = 0;
	if (event == LIVEUPDATE_PREPARE)
		err = luo_prepare(true, blame);
	else if (event == LIVEUPDATE_FREEZE)
		err = luo_freeze(blame);
	else if (event == LIVEUPDATE_FINISH)
		err = luo_finish(blame);
	else
		luo_cancel();
out:
	up_write(&luo_state_rwsem);
	return err;
}

/* What is still missing before the jump, from whatever state this is. */
static int luo_depart(struct luo_blame *blame)
{
	int err = 0;

	if (luo_state == LIVEUPDATE_STATE_UPDATED)
		err = luo_finish(blame);
	if (err)
		return err;

	luo_departing = true;
	if (luo_state == LIVEUPDATE_STATE_NORMAL)
		err = luo_prepare(false, blame);
	if (!err && luo_state == LIVEUPDATE_STATE_PREPARED)
		err = luo_freeze(blame);
	if (err) {
		luo_departing = false;
		luo_sysfs_state_changed();
	}
	return err;
}

/**
 * luo_state_reboot - get everything ready for a kexec that happens now
 * @handover: the loaded image takes a handover along
 * @blame: filled in where somebody refused
 *
 * Finishes, prepares and freezes as far as each was not done yet. After
 * success no event is taken any more.
 *
 * Return: 0, the errors of the events, or -ENOEXEC where there is something to
 * hand over and the image would lose it.
 */
int luo_state_reboot(bool handover, struct luo_blame *blame)
{
	int err;

	if (down_write_killable(&luo_state_rwsem))
		return -EINTR;

	if (handover) {
		err = luo_depart(blame);
	} else if (luo_state == LIVEUPDATE_STATE_NORMAL && !luo_session_outgoing_count()) {
		err = 0;
	} else {
		luo_blame(blame, "the loaded image, which takes no handover along");
		err = -ENOEXEC;
	}
	up_write(&luo_state_rwsem);
	return err;
}

/**
 * luo_state_settle - finish an implicit update once nothing is left of it
 *
 * To be called, without the state locked, after something that may have been
 * the last session is finished.
 */
void luo_state_settle(void)
{
	struct luo_blame blame = {};

	if (READ_ONCE(luo_state) != LIVEUPDATE_STATE_UPDATED)
		return;

	down_write(&luo_state_rwsem);
	if (luo_state == LIVEUPDATE_STATE_UPDATED && !luo_explicit &&
	    !luo_restore_failed() && !luo_session_unfinished_count())
		luo_finish(&blame);
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
 * luo_update_explicit - whether the live update was asked for by events
 *
 * Return: true for an explicit one, be it under way or the unfinished one that
 * led to this kernel.
 */
bool luo_update_explicit(void)
{
	return READ_ONCE(luo_explicit);
}

/**
 * luo_state_init - set the first state of this kernel
 * @updated: something was handed over, or an orchestrator waits to finish
 * @explicit: the update that led here was explicit
 */
void __init luo_state_init(bool updated, bool explicit)
{
	down_write(&luo_state_rwsem);
	luo_explicit = explicit;
	luo_set_state(updated ? LIVEUPDATE_STATE_UPDATED : LIVEUPDATE_STATE_NORMAL);
	up_write(&luo_state_rwsem);
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

/**
 * liveupdate_state_normal - whether no live update is in progress
 *
 * For hot paths: one load and one comparison.
 *
 * Context: any.
 * Return: true in NORMAL.
 */
bool liveupdate_state_normal(void)
{
	return liveupdate_get_state() == LIVEUPDATE_STATE_NORMAL;
}
EXPORT_SYMBOL_GPL(liveupdate_state_normal);

/**
 * liveupdate_state_updated - whether this kernel still takes state back
 *
 * True from boot until the live update is finished. A driver may ask it when
 * it probes a device, to take the device over rather than reset it.
 *
 * Context: any.
 * Return: true in UPDATED.
 */
bool liveupdate_state_updated(void)
{
	return liveupdate_get_state() == LIVEUPDATE_STATE_UPDATED;
}
EXPORT_SYMBOL_GPL(liveupdate_state_updated);
