// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO participants
 *
 * Whoever takes part in a live update stands in a list. One step forward asks
 * each of them in the order of the list, and either all of them take it or
 * none: the first that refuses makes those before it turn back, in reverse
 * order. Which steps there are, and when, is up to the state machine; here is
 * only how a list of participants takes one.
 *
 * Locking: the caller's. Nothing in a list changes during a step.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/err.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/stdarg.h>
#include <linux/string.h>
#include "luo_internal.h"

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

static int luo_refused(const struct luo_participant *p, const char *what, int err,
		       struct luo_blame *blame)
{
	luo_blame(blame, "%s", p->name);
	pr_warn("%s refused by %s: %pe\n", what, blame->text, ERR_PTR(err));
	return err;
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
		if (p->ops->cancel)
			p->ops->cancel(p);
		p->phase = LUO_PHASE_IDLE;
	}
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
		err = p->ops->prepare ? p->ops->prepare(p, blame) : 0;
		if (err) {
			luo_refused(p, "prepare", err, blame);
			luo_participants_cancel(list);
			return err;
		}
		p->phase = LUO_PHASE_PREPARED;
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
		err = p->ops->freeze ? p->ops->freeze(p, blame) : 0;
		if (err) {
			luo_refused(p, "freeze", err, blame);
			luo_participants_cancel(list);
			return err;
		}
		p->phase = LUO_PHASE_FROZEN;
	}
	return 0;
}

/**
 * luo_participants_finish - everybody lets go of what was handed over, or nobody
 * @list: the participants
 * @blame: filled in where somebody refuses
 *
 * All are asked in order, and then told in reverse order.
 *
 * Return: 0, or the first error, with nothing torn down.
 */
int luo_participants_finish(struct list_head *list, struct luo_blame *blame)
{
	struct luo_participant *p;
	int err;

	list_for_each_entry(p, list, list) {
		err = p->ops->can_finish ? p->ops->can_finish(p, blame) : 0;
		if (err)
			return luo_refused(p, "finish", err, blame);
	}
	list_for_each_entry_reverse(p, list, list) {
		if (p->ops->finish)
			p->ops->finish(p);
	}
	return 0;
}
