// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO participants
 *
 * Whoever takes part in a live update stands in a list. One step forward asks
 * each of them in the order of the list, and either all of them take it or
 * none: the first that refuses makes those before it turn back, in reverse
 * order. Which steps there are, and when, is up to the events (luo_event.c);
 * here is only how a list of participants takes one.
 *
 * Every call is timed for the record, can be traced, and is named in the log
 * when it takes longer than ``liveupdate.callback_warn_ms`` allows. That takes
 * two numbers, in milliseconds: for a call that freezes (default 50), which
 * prolongs the blackout, and before it for any other (default 1000). 0 never
 * warns.
 *
 * Locking: the caller's. Nothing in a list changes during a step.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/err.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sched/clock.h>
#include <linux/stdarg.h>
#include <linux/string.h>
#include "luo_internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/liveupdate.h>

enum luo_warn {
	LUO_WARN_CALM,
	LUO_WARN_FREEZE,
	LUO_WARNS
};

static unsigned int luo_callback_warn_ms[LUO_WARNS] = { 1000, 50 };

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "liveupdate."
static struct kparam_array luo_callback_warn_array = {
	.max		= LUO_WARNS,
	.elemsize	= sizeof(luo_callback_warn_ms[0]),
	.ops		= &param_ops_uint,
	.elem		= luo_callback_warn_ms,
};
module_param_cb(callback_warn_ms, &param_array_ops, &luo_callback_warn_array, 0644);

static const char *const luo_call_names[] = {
	[LIVEUPDATE_CALL_PREPARE]	= "prepare",
	[LIVEUPDATE_CALL_FREEZE]	= "freeze",
	[LIVEUPDATE_CALL_CANCEL]	= "cancel",
	[LIVEUPDATE_CALL_BOOT]		= "boot",
	[LIVEUPDATE_CALL_CAN_FINISH]	= "can_finish",
	[LIVEUPDATE_CALL_FINISH]	= "finish",
};

/**
 * luo_call_name - name of a callback, as userspace reads it
 * @call: which
 *
 * Return: a constant string.
 */
const char *luo_call_name(enum liveupdate_callback call)
{
	return call < ARRAY_SIZE(luo_call_names) ? luo_call_names[call] : "?";
}

/**
 * luo_blame - note who refused, and on what
 * @blame: where; what is there already stays
 * @fmt: words for a person
 */
void luo_blame(struct luo_blame *blame, const char *fmt, ...)
{
	va_list ap;

	if (blame->text[0])
		return;
	va_start(ap, fmt);
	vsnprintf(blame->text, sizeof(blame->text), fmt, ap);
	va_end(ap);
}

static int luo_refused(const struct luo_participant *p, enum liveupdate_callback call, int err,
		       struct luo_blame *blame)
{
	luo_blame(blame, "%s", p->name);
	pr_warn("%s refused by %s: %pe\n", luo_call_name(call), blame->text, ERR_PTR(err));
	return err;
}

static bool luo_has(struct luo_participant *p, enum liveupdate_callback call)
{
	const struct luo_participant_ops *ops = p->ops;

	if (ops->has)
		return ops->has(p, call);
	switch (call) {
	case LIVEUPDATE_CALL_PREPARE:
		return ops->prepare;
	case LIVEUPDATE_CALL_FREEZE:
		return ops->freeze;
	case LIVEUPDATE_CALL_CANCEL:
		return ops->cancel;
	case LIVEUPDATE_CALL_BOOT:
		return ops->boot;
	case LIVEUPDATE_CALL_CAN_FINISH:
		return ops->can_finish;
	case LIVEUPDATE_CALL_FINISH:
		return ops->finish;
	}
	return false;
}

static int luo_dispatch(struct luo_participant *p, enum liveupdate_callback call,
			struct luo_blame *blame)
{
	const struct luo_participant_ops *ops = p->ops;

	switch (call) {
	case LIVEUPDATE_CALL_PREPARE:
		return ops->prepare ? ops->prepare(p, blame) : 0;
	case LIVEUPDATE_CALL_FREEZE:
		return ops->freeze ? ops->freeze(p, blame) : 0;
	case LIVEUPDATE_CALL_BOOT:
		return ops->boot ? ops->boot(p, blame) : 0;
	case LIVEUPDATE_CALL_CAN_FINISH:
		return ops->can_finish ? ops->can_finish(p, blame) : 0;
	case LIVEUPDATE_CALL_CANCEL:
		if (ops->cancel)
			ops->cancel(p);
		return 0;
	case LIVEUPDATE_CALL_FINISH:
		if (ops->finish)
			ops->finish(p);
		return 0;
	}
	return -EINVAL;
}

static bool luo_call_can_fail(enum liveupdate_callback call)
{
	return call != LIVEUPDATE_CALL_CANCEL && call != LIVEUPDATE_CALL_FINISH;
}

/* One call, with all that is to be known about it afterwards */
static int luo_call(struct luo_participant *p, enum liveupdate_callback call,
		    struct luo_blame *blame)
{
	unsigned int warn_ms = luo_callback_warn_ms[call == LIVEUPDATE_CALL_FREEZE ?
						    LUO_WARN_FREEZE : LUO_WARN_CALM];
	u64 ns;
	int err;

	if (!luo_has(p, call))
		return luo_dispatch(p, call, blame);

	trace_liveupdate_callback_begin(p->name, call);
	ns = local_clock();
	err = luo_call_can_fail(call) ? luo_fault(p->name, call) : 0;
	if (!err)
		err = luo_dispatch(p, call, blame);
	if (err > 0)
		err = -EINVAL;
	ns = luo_since(ns);
	trace_liveupdate_callback_end(p->name, call, ns, err);

	luo_row_call(p->row, call, ns, err);
	if (warn_ms && ns >= warn_ms * (u64)NSEC_PER_MSEC)
		pr_warn("%s of %s took %llu ms\n", luo_call_name(call), p->name,
			ns / NSEC_PER_MSEC);
	return err;
}

static void luo_reach(struct luo_participant *p, enum luo_phase phase)
{
	p->phase = phase;
	luo_row_phase(p->row, phase);
}

/**
 * luo_participants_cancel - everybody goes back to where they were in NORMAL
 * @list: the participants
 *
 * In reverse order; those that are there already are not asked.
 */
void luo_participants_cancel(struct list_head *list)
{
	struct luo_participant *p;

	list_for_each_entry_reverse(p, list, list) {
		if (p->phase == LUO_PHASE_IDLE)
			continue;
		luo_call(p, LIVEUPDATE_CALL_CANCEL, NULL);
		luo_reach(p, LUO_PHASE_IDLE);
	}
}

/**
 * luo_participant_prepare - one participant saves what it can
 * @p: the participant
 * @blame: filled in where it refuses
 *
 * Return: 0, or its error, and then it is as before.
 */
int luo_participant_prepare(struct luo_participant *p, struct luo_blame *blame)
{
	int err = luo_call(p, LIVEUPDATE_CALL_PREPARE, blame);

	if (err)
		return luo_refused(p, LIVEUPDATE_CALL_PREPARE, err, blame);
	luo_reach(p, LUO_PHASE_PREPARED);
	return 0;
}

/**
 * luo_participants_prepare - everybody saves what they can, or nobody
 * @list: the participants
 * @blame: filled in where somebody refuses
 *
 * Return: 0, or the first error, with everybody cancelled.
 */
int luo_participants_prepare(struct list_head *list, struct luo_blame *blame)
{
	struct luo_participant *p;
	int err;

	list_for_each_entry(p, list, list) {
		err = luo_participant_prepare(p, blame);
		if (err) {
			luo_participants_cancel(list);
			return err;
		}
	}
	return 0;
}

/**
 * luo_participants_freeze - everybody saves the rest, or nobody
 * @list: the participants, prepared
 * @blame: filled in where somebody refuses
 *
 * Return: 0, or the first error, with everybody cancelled.
 */
int luo_participants_freeze(struct list_head *list, struct luo_blame *blame)
{
	struct luo_participant *p;
	int err;

	list_for_each_entry(p, list, list) {
		err = luo_call(p, LIVEUPDATE_CALL_FREEZE, blame);
		if (err) {
			luo_refused(p, LIVEUPDATE_CALL_FREEZE, err, blame);
			luo_participants_cancel(list);
			return err;
		}
		luo_reach(p, LUO_PHASE_FROZEN);
	}
	return 0;
}

/**
 * luo_participant_boot - one participant takes over what was left for it
 * @p: the participant
 * @blame: filled in where it cannot
 *
 * Return: 0 or its error.
 */
int luo_participant_boot(struct luo_participant *p, struct luo_blame *blame)
{
	int err = luo_call(p, LIVEUPDATE_CALL_BOOT, blame);

	return err ? luo_refused(p, LIVEUPDATE_CALL_BOOT, err, blame) : 0;
}

/**
 * luo_participants_can_finish - ask everybody whether they are ready
 * @list: the participants
 * @blame: filled in where somebody is not
 *
 * Return: 0 or the first error.
 */
int luo_participants_can_finish(struct list_head *list, struct luo_blame *blame)
{
	struct luo_participant *p;
	int err;

	list_for_each_entry(p, list, list) {
		err = luo_call(p, LIVEUPDATE_CALL_CAN_FINISH, blame);
		if (err)
			return luo_refused(p, LIVEUPDATE_CALL_CAN_FINISH, err, blame);
	}
	return 0;
}

/**
 * luo_participants_finish - everybody lets go of what was handed over
 * @list: the participants, who have said that they are ready
 *
 * In reverse order.
 */
void luo_participants_finish(struct list_head *list)
{
	struct luo_participant *p;

	list_for_each_entry_reverse(p, list, list)
		luo_call(p, LIVEUPDATE_CALL_FINISH, NULL);
}
