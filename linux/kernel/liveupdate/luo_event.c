// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO events
 *
 * Each event asks every participant in turn, and either all of them follow or
 * none. They are asked to prepare and to freeze in the order in which they were
 * added (sessions with their files first, then what those share, then
 * subsystems in the order of their registration), and to cancel and to finish
 * in the reverse of it. Before anybody is told to finish, everybody has been
 * asked whether they can: a veto finds everything still in place.
 *
 * An update is explicit when an orchestrator sent PREPARE, and implicit when
 * all came from reboot(2) itself, as with clients that know no events. After
 * an implicit one the new kernel returns to NORMAL by itself, once the last
 * session is finished and every subsystem that was left something is there;
 * after an explicit one it waits for FINISH.
 *
 * Who joins in PREPARED is prepared at once. Nobody can join in FROZEN.
 *
 * Locking: the state, for writing, from the first question to the new state.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/liveupdate.h>
#include <linux/printk.h>
#include <linux/sched/clock.h>
#include "luo_internal.h"

/* The update under way, or the one that led here, was asked for by events. */
static bool luo_explicit;

/*
 * Set while the last steps are done on behalf of kexec. Once they succeeded it
 * stays: there is no way back from there. The next kernel will find what FREEZE
 * left, so nothing may change it.
 */
static bool luo_leaving;

/* Who else was left something may still come, until all initcalls are done. */
static bool luo_booted;

static LIST_HEAD(luo_participants);

static const char *const luo_event_names[] = {
	[LIVEUPDATE_PREPARE]	= "prepare",
	[LIVEUPDATE_FREEZE]	= "freeze",
	[LIVEUPDATE_FINISH]	= "finish",
	[LIVEUPDATE_CANCEL]	= "cancel",
};

static void luo_enter(enum liveupdate_state state, u32 event)
{
	luo_state_set(state, luo_event_names[event], luo_leaving);
}

/* The way back to NORMAL before the jump, whatever led to it */
static void luo_undo(u32 event)
{
	luo_participants_cancel(&luo_participants);
	luo_outgoing_unseal();
	luo_subsystems_release();
	luo_explicit = false;
	if (liveupdate_get_state() != LIVEUPDATE_STATE_NORMAL)
		luo_enter(LIVEUPDATE_STATE_NORMAL, event);
}

static void luo_cancel(void)
{
	luo_record_end(LIVEUPDATE_RESULT_CANCELLED);
	luo_undo(LIVEUPDATE_CANCEL);
}

static int luo_prepare(bool explicit, struct luo_blame *blame)
{
	u64 start = local_clock();
	int err;

	if (!luo_outgoing_ready()) {
		luo_blame(blame, "no memory for the handover");
		return -ENOMEM;
	}
	luo_rows_restart();
	luo_record_start(luo_number() + 1);
	err = luo_outgoing_reserve(&luo_participants);
	if (err) {
		luo_blame(blame, "no memory for the table of participants");
	} else {
		luo_subsystems_restrict();
		err = luo_participants_prepare(&luo_participants, blame);
	}
	if (err)
		luo_undo(LIVEUPDATE_PREPARE);
	luo_record_span(LUO_SPAN_PREPARE, luo_since(start));
	if (err) {
		luo_record_refuse(LIVEUPDATE_CALL_PREPARE, err, blame);
		return err;
	}
	luo_explicit = explicit;
	luo_enter(LIVEUPDATE_STATE_PREPARED, LIVEUPDATE_PREPARE);
	return 0;
}

static int luo_freeze(struct luo_blame *blame)
{
	u64 start = local_clock();
	int err;

	luo_outgoing_begin_freeze();
	err = luo_participants_freeze(&luo_participants, blame);
	luo_record_span(LUO_SPAN_FREEZE, luo_since(start));
	if (err) {
		luo_record_refuse(LIVEUPDATE_CALL_FREEZE, err, blame);
		luo_undo(LIVEUPDATE_FREEZE);
		return err;
	}
	luo_outgoing_seal(&luo_participants, luo_explicit);
	luo_enter(LIVEUPDATE_STATE_FROZEN, LIVEUPDATE_FREEZE);
	return 0;
}

static int luo_can_finish(struct luo_blame *blame)
{
	const struct luo_row *row = luo_rows_unclaimed();

	if (row)
		liveupdate_restore_fail("%s was handed over, and nothing here claims it",
					row->name);
	if (luo_restore_failed()) {
		luo_blame(blame, "restore failed");
		return -EIO;
	}
	return luo_participants_can_finish(&luo_participants, blame);
}

static int luo_finish(struct luo_blame *blame)
{
	int err = luo_can_finish(blame);

	if (err) {
		if (err != -EIO)
			luo_record_refuse(LIVEUPDATE_CALL_CAN_FINISH, err, blame);
		return err;
	}
	luo_participants_finish(&luo_participants);
	luo_rows_finish();
	/* Something that was wrong was not seen before it was taken over. */
	if (luo_restore_failed()) {
		luo_blame(blame, "restore failed");
		return -EIO;
	}
	luo_record_restored();
	luo_explicit = false;
	luo_enter(LIVEUPDATE_STATE_NORMAL, LIVEUPDATE_FINISH);
	return 0;
}

/**
 * luo_participant_add - take part in live updates from now on
 * @p: the participant; stays in use until luo_participant_remove()
 * @blame: filled in where it refuses what has to be done at once
 *
 * Context: with the state locked for writing, unless during early boot.
 * Return: 0; -EBUSY in FROZEN; -ENOMEM; or its error to prepare. On failure it
 * does not take part.
 */
int luo_participant_add(struct luo_participant *p, struct luo_blame *blame)
{
	enum liveupdate_state state = liveupdate_get_state();
	u32 flags = 0;
	int err = 0;

	if (state == LIVEUPDATE_STATE_FROZEN)
		return -EBUSY;
	if (p->flags & LUO_PARTICIPANT_SER_SUBSYSTEM)
		flags |= LIVEUPDATE_PARTICIPANT_FLAG_SUBSYSTEM;
	if (p->flags & LUO_PARTICIPANT_SER_OPTIONAL)
		flags |= LIVEUPDATE_PARTICIPANT_FLAG_OPTIONAL;
	p->row = luo_row_join(p->name, flags);
	if (!p->row)
		return -ENOMEM;
	list_add_tail(&p->list, &luo_participants);
	/* Before there is anything to reserve it from, PREPARE does. */
	if (luo_outgoing_ready())
		err = luo_outgoing_reserve(&luo_participants);
	if (!err && state == LIVEUPDATE_STATE_PREPARED)
		err = luo_participant_prepare(p, blame);
	if (err) {
		list_del(&p->list);
		luo_row_leave(p->row);
	}
	return err;
}

/**
 * luo_participant_remove - do not take part in live updates any more
 * @p: the participant; not in use any more afterwards
 *
 * Context: with the state locked for writing.
 * Return: 0, or -EBUSY while @p has something saved.
 */
int luo_participant_remove(struct luo_participant *p)
{
	if (p->phase != LUO_PHASE_IDLE)
		return -EBUSY;
	list_del(&p->list);
	luo_row_leave(p->row);
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
	int err = luo_state_write_enter_killable();

	if (err)
		return err;
	err = luo_state_next(liveupdate_get_state(), event);
	if (err < 0)
		goto out;
	if (luo_leaving) {
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
	luo_state_write_exit();
	return err;
}

/* What is still missing before the jump, from whatever state this is. */
static int luo_leave(struct luo_blame *blame)
{
	bool prepared = liveupdate_get_state() == LIVEUPDATE_STATE_PREPARED;
	int err = 0;

	if (liveupdate_get_state() == LIVEUPDATE_STATE_UPDATED)
		err = luo_finish(blame);
	if (err)
		return err;

	luo_leaving = true;
	if (liveupdate_get_state() == LIVEUPDATE_STATE_NORMAL)
		err = luo_prepare(false, blame);
	if (!err && liveupdate_get_state() == LIVEUPDATE_STATE_PREPARED)
		err = luo_freeze(blame);
	if (err) {
		luo_leaving = false;
		/* Those who were told of PREPARED hear that it is over. */
		if (prepared)
			luo_sysfs_state_changed(luo_event_names[LIVEUPDATE_FREEZE]);
		else
			luo_sysfs_wake();
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
	int err = luo_state_write_enter_killable();

	if (err)
		return err;
	if (handover) {
		err = luo_leave(blame);
	} else if (liveupdate_get_state() != LIVEUPDATE_STATE_NORMAL ||
		   luo_session_outgoing_count()) {
		luo_blame(blame, "the loaded image, which takes no handover along");
		err = -ENOEXEC;
	}
	luo_state_write_exit();
	return err;
}

static bool luo_settled(void)
{
	return luo_booted && liveupdate_get_state() == LIVEUPDATE_STATE_UPDATED &&
		!luo_explicit && !luo_restore_failed() && !luo_session_unfinished_count() &&
		!luo_rows_unclaimed();
}

/**
 * luo_state_settle - finish an implicit update once nothing is left of it
 *
 * To be called, without the state locked, after something that may have been
 * the last session is finished, or the last subsystem has come.
 */
void luo_state_settle(void)
{
	struct luo_blame blame = {};

	if (liveupdate_get_state() != LIVEUPDATE_STATE_UPDATED || luo_state_write_enter())
		return;
	if (luo_settled())
		luo_finish(&blame);
	luo_state_write_exit();
}

/* All that is built in has registered by now. */
static int __init luo_settle_after_boot(void)
{
	luo_booted = true;
	luo_state_settle();
	return 0;
}
late_initcall_sync(luo_settle_after_boot);

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
 * luo_departing - whether this kernel is being left
 *
 * Return: true once everything is ready for the jump.
 */
bool luo_departing(void)
{
	return READ_ONCE(luo_leaving);
}

/**
 * luo_state_init - set the first state of this kernel
 * @updated: something was handed over, or an orchestrator waits to finish
 * @explicit: the update that led here was explicit
 */
void __init luo_state_init(bool updated, bool explicit)
{
	if (WARN_ON(luo_state_write_enter()))
		return;
	luo_explicit = explicit;
	if (luo_number()) {
		luo_record_updated();
		if (!updated)
			luo_record_restored();
	}
	luo_state_set(updated ? LIVEUPDATE_STATE_UPDATED : LIVEUPDATE_STATE_NORMAL, "boot", false);
	luo_state_write_exit();
}
