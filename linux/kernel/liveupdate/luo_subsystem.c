// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO subsystems
 *
 * A kernel subsystem or a driver takes part in live updates by registering
 * callbacks under a name. What it has to hand over it keeps in memory that KHO
 * preserves, and one word leads there: the subsystem of the same name in the
 * next kernel gets it.
 *
 * ::
 *
 *   this kernel:  prepare -> freeze -> (jump)  | cancel
 *   next kernel:  boot -> can_finish -> finish
 *
 * Registration may come at any time. In PREPARED the subsystem is prepared at
 * once, or is not registered. In UPDATED it gets its boot at once: a module
 * that is loaded late finds its data waiting. An update cannot be finished
 * while something that was handed over has not been taken over by anybody,
 * unless the one who left it called it optional.
 *
 * Between PREPARE and the jump a subsystem runs restricted: what it has saved
 * must not change any more, or only in ways that FREEZE will see. Paths that
 * would change it go between liveupdate_work_begin() and
 * liveupdate_work_end(). Once a PREPARE has begun the former refuses, and the
 * first callback runs only when all work that was let in before has ended.
 *
 * Locking: the state, for writing, over every callback. Restricted paths are
 * read sections of an SRCU domain and take no lock.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/liveupdate.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include "luo_internal.h"

/**
 * struct luo_subsystem - a registered subsystem
 * @p: as a participant
 * @s: whose it is
 * @incoming: what the previous kernel left for it
 * @claimed: @incoming is its own now, and its module is held for it
 * @list: among all of them
 */
struct luo_subsystem {
	struct luo_participant p;
	struct liveupdate_subsystem *s;
	u64 incoming;
	bool claimed;
	struct list_head list;
};

static LIST_HEAD(luo_subsystems);

DEFINE_STATIC_SRCU(luo_work_srcu);
/* Somebody has asked to be let in, ever: else there is nobody to be waited for. */
static bool luo_work_known;

/* Whoever was let in before subsystems were restricted has ended. */
static void luo_work_wait(void)
{
	/* Restricted before it looks; pairs with liveupdate_work_begin(). */
	smp_mb();
	if (READ_ONCE(luo_work_known))
		synchronize_srcu_expedited(&luo_work_srcu);
}

static struct luo_subsystem *to_subsystem(struct luo_participant *p)
{
	return container_of(p, struct luo_subsystem, p);
}

static int luo_subsystem_prepare(struct luo_participant *p, struct luo_blame *blame)
{
	struct luo_subsystem *sub = to_subsystem(p);
	const struct liveupdate_subsystem_ops *ops = sub->s->ops;
	int err;

	if (!try_module_get(ops->owner))
		return -ENODEV;
	p->data = 0;
	err = ops->prepare ? ops->prepare(sub->s, &p->data) : 0;
	if (err)
		module_put(ops->owner);
	return err;
}

static int luo_subsystem_freeze(struct luo_participant *p, struct luo_blame *blame)
{
	struct luo_subsystem *sub = to_subsystem(p);

	return sub->s->ops->freeze ? sub->s->ops->freeze(sub->s, &p->data) : 0;
}

static void luo_subsystem_cancel(struct luo_participant *p)
{
	struct luo_subsystem *sub = to_subsystem(p);

	if (sub->s->ops->cancel)
		sub->s->ops->cancel(sub->s, p->data);
	p->data = 0;
	module_put(sub->s->ops->owner);
}

static int luo_subsystem_boot(struct luo_participant *p, struct luo_blame *blame)
{
	struct luo_subsystem *sub = to_subsystem(p);

	return sub->s->ops->boot ? sub->s->ops->boot(sub->s, sub->incoming) : 0;
}

static int luo_subsystem_can_finish(struct luo_participant *p, struct luo_blame *blame)
{
	struct luo_subsystem *sub = to_subsystem(p);

	if (!sub->claimed || !sub->s->ops->can_finish)
		return 0;
	return sub->s->ops->can_finish(sub->s, sub->incoming) ? 0 : -EBUSY;
}

static void luo_subsystem_finish(struct luo_participant *p)
{
	struct luo_subsystem *sub = to_subsystem(p);

	if (!sub->claimed)
		return;
	if (sub->s->ops->finish)
		sub->s->ops->finish(sub->s, sub->incoming);
	sub->claimed = false;
	module_put(sub->s->ops->owner);
}

static bool luo_subsystem_has(struct luo_participant *p, enum liveupdate_callback call)
{
	const struct luo_subsystem *sub = to_subsystem(p);
	const struct liveupdate_subsystem_ops *ops = sub->s->ops;

	switch (call) {
	case LIVEUPDATE_CALL_PREPARE:
		return ops->prepare;
	case LIVEUPDATE_CALL_FREEZE:
		return ops->freeze;
	case LIVEUPDATE_CALL_CANCEL:
		return ops->cancel;
	case LIVEUPDATE_CALL_BOOT:
		return sub->claimed && ops->boot;
	case LIVEUPDATE_CALL_CAN_FINISH:
		return sub->claimed && ops->can_finish;
	case LIVEUPDATE_CALL_FINISH:
		return sub->claimed && ops->finish;
	}
	return false;
}

static const struct luo_participant_ops luo_subsystem_participant_ops = {
	.prepare	= luo_subsystem_prepare,
	.freeze		= luo_subsystem_freeze,
	.cancel		= luo_subsystem_cancel,
	.boot		= luo_subsystem_boot,
	.can_finish	= luo_subsystem_can_finish,
	.finish		= luo_subsystem_finish,
	.has		= luo_subsystem_has,
};

static bool luo_subsystem_known(const char *name)
{
	struct luo_row *row = luo_row_find(name);

	return row && row->flags & LIVEUPDATE_PARTICIPANT_FLAG_PRESENT;
}

static struct luo_subsystem *luo_subsystem_make(struct liveupdate_subsystem *s)
{
	struct luo_subsystem *sub = kzalloc_obj(*sub);

	if (!sub)
		return NULL;
	sub->s = s;
	sub->p.name = s->name;
	sub->p.ops = &luo_subsystem_participant_ops;
	if (s->ops->prepare || s->ops->freeze)
		sub->p.flags |= LUO_PARTICIPANT_SER_SUBSYSTEM;
	if (s->optional)
		sub->p.flags |= LUO_PARTICIPANT_SER_OPTIONAL;
	return sub;
}

/* What the previous kernel left under its name is its own from now on. */
static void luo_subsystem_claim(struct luo_subsystem *sub)
{
	struct luo_row *row = sub->p.row;
	struct luo_blame blame = {};
	int err;

	if (!(row->flags & LIVEUPDATE_PARTICIPANT_FLAG_INCOMING))
		return;
	/* Its module is just being loaded, and cannot go. */
	__module_get(sub->s->ops->owner);
	sub->incoming = row->data;
	sub->claimed = true;
	err = luo_participant_boot(&sub->p, &blame);
	if (err)
		liveupdate_restore_fail("%s: %pe", sub->s->name, ERR_PTR(err));
}

static int luo_subsystem_join(struct liveupdate_subsystem *s)
{
	struct luo_blame blame = {};
	struct luo_subsystem *sub;
	int err;

	if (liveupdate_get_state() == LIVEUPDATE_STATE_UNDEFINED)
		return -EAGAIN;
	if (luo_subsystem_known(s->name))
		return -EEXIST;
	sub = luo_subsystem_make(s);
	if (!sub)
		return -ENOMEM;

	if (liveupdate_get_state() == LIVEUPDATE_STATE_PREPARED) {
		WRITE_ONCE(ACCESS_PRIVATE(s, restricted), true);
		luo_work_wait();
	}
	err = luo_participant_add(&sub->p, &blame);
	if (err) {
		WRITE_ONCE(ACCESS_PRIVATE(s, restricted), false);
		kfree(sub);
		return err;
	}
	list_add_tail(&sub->list, &luo_subsystems);
	ACCESS_PRIVATE(s, luo) = sub;
	luo_subsystem_claim(sub);
	return 0;
}

/**
 * liveupdate_register_subsystem - take part in live updates from now on
 * @s: the subsystem; stays in use until it is unregistered
 *
 * What the previous kernel left under its name is passed to its boot callback
 * before this returns, also where the machine has been up for long. In the
 * middle of a live update that this kernel prepares, the subsystem is prepared
 * before this returns.
 *
 * Context: process, from an initcall, or from a module when it is loaded. Not
 * from within a callback of a subsystem, and not where one waits for it.
 * Return: 0; -EOPNOTSUPP where live update is off; -EINVAL where the
 * operations are missing or the name is not one; -EEXIST where the name is
 * taken; -EBUSY where the machine is about to jump; -EDEADLK from within a
 * callback; -EAGAIN before early initcalls are done; -ENOMEM; or the error of
 * its prepare callback. On failure it is not registered. A boot callback that
 * fails is not a failure of this: see liveupdate_restore_fail().
 */
int liveupdate_register_subsystem(struct liveupdate_subsystem *s)
{
	int err;

	if (!liveupdate_enabled())
		return -EOPNOTSUPP;
	if (!s->ops || !s->name || !luo_participant_name_ok(s->name))
		return -EINVAL;

	err = luo_state_write_enter();
	if (err)
		return err;
	err = luo_subsystem_join(s);
	luo_state_write_exit();
	if (err)
		return err;
	luo_note_expect(LIVEUPDATE_NOTE_SUBSYSTEM, s->name, s);
	luo_state_settle();
	return 0;
}
EXPORT_SYMBOL_GPL(liveupdate_register_subsystem);

/**
 * liveupdate_unregister_subsystem - do not take part in live updates any more
 * @s: the subsystem; not in use any more afterwards
 *
 * The module of a subsystem that has something saved, or not finished, is held,
 * so that in a module's exit this does not fail.
 *
 * Context: process. Not from within a callback of a subsystem.
 * Return: 0; -EBUSY while it has something saved for the next kernel, or from
 * the previous one; -ENOENT where it is not registered; -EDEADLK from within a
 * callback. On failure it stays registered.
 */
int liveupdate_unregister_subsystem(struct liveupdate_subsystem *s)
{
	struct luo_subsystem *sub;
	int err;

	err = luo_state_write_enter();
	if (err)
		return err;
	sub = ACCESS_PRIVATE(s, luo);
	if (!sub)
		err = -ENOENT;
	else if (sub->claimed)
		err = -EBUSY;
	else
		err = luo_participant_remove(&sub->p);
	if (!err) {
		ACCESS_PRIVATE(s, luo) = NULL;
		list_del(&sub->list);
		kfree(sub);
	}
	luo_state_write_exit();
	return err;
}
EXPORT_SYMBOL_GPL(liveupdate_unregister_subsystem);

/**
 * liveupdate_get_subsystem_data - what the previous kernel left for a subsystem
 * @s: the subsystem; need not be registered
 * @data: set to the word
 *
 * For those who want to look at it other than in their boot callback. It stays
 * until the live update is finished.
 *
 * Context: process, callbacks of subsystems included.
 * Return: 0, or -ENOENT where nothing was left, or no longer.
 */
int liveupdate_get_subsystem_data(struct liveupdate_subsystem *s, u64 *data)
{
	bool mine = luo_state_is_mine();
	const struct luo_row *row;
	int err = -ENOENT;

	if (!mine)
		luo_state_read_enter_uninterruptible();
	row = luo_row_find(s->name);
	if (row && row->flags & LIVEUPDATE_PARTICIPANT_FLAG_INCOMING) {
		*data = row->data;
		err = 0;
	}
	if (!mine)
		luo_state_read_exit();
	return err;
}
EXPORT_SYMBOL_GPL(liveupdate_get_subsystem_data);

/**
 * liveupdate_work_begin - do something that must not be done once it is saved
 * @s: the subsystem whose saved state it would change
 *
 * Lets work in as long as no live update is being prepared, and refuses it from
 * the beginning of PREPARE until everything is cancelled, or for good. Work that
 * was let in is waited for before the first participant prepares. What the
 * subsystem's own callbacks do needs no permission.
 *
 * Context: any that may call srcu_read_lock(); may sleep until
 * liveupdate_work_end(), but not wait for an event of the orchestrator, nor
 * register or unregister a subsystem.
 * Return: a cookie for liveupdate_work_end(), zero or more; or -EBUSY where the
 * work has to be refused.
 */
int liveupdate_work_begin(struct liveupdate_subsystem *s)
{
	int cookie = srcu_read_lock(&luo_work_srcu);

	if (unlikely(!READ_ONCE(luo_work_known))) {
		WRITE_ONCE(luo_work_known, true);
		/* Known before it looks; pairs with luo_work_wait(). */
		smp_mb();
	}
	if (likely(!READ_ONCE(ACCESS_PRIVATE(s, restricted))))
		return cookie;
	srcu_read_unlock(&luo_work_srcu, cookie);
	return -EBUSY;
}
EXPORT_SYMBOL_GPL(liveupdate_work_begin);

/**
 * liveupdate_work_end - work that was let in is done
 * @s: as liveupdate_work_begin() had it
 * @cookie: what that returned
 *
 * Context: the task that began it.
 */
void liveupdate_work_end(struct liveupdate_subsystem *s, int cookie)
{
	srcu_read_unlock(&luo_work_srcu, cookie);
}
EXPORT_SYMBOL_GPL(liveupdate_work_end);

/**
 * luo_subsystems_restrict - let no more work in, and wait for what is under way
 *
 * Context: with the state locked for writing.
 */
void luo_subsystems_restrict(void)
{
	struct luo_subsystem *sub;

	list_for_each_entry(sub, &luo_subsystems, list)
		WRITE_ONCE(ACCESS_PRIVATE(sub->s, restricted), true);
	luo_work_wait();
}

/**
 * luo_subsystems_release - work may go on
 *
 * Context: with the state locked for writing.
 */
void luo_subsystems_release(void)
{
	struct luo_subsystem *sub;

	list_for_each_entry(sub, &luo_subsystems, list)
		WRITE_ONCE(ACCESS_PRIVATE(sub->s, restricted), false);
}
