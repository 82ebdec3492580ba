// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO sessions
 *
 * A session is a named group of files that one owner wants to have back in the
 * next kernel. There are two sets of them: outgoing ones, created here and
 * bound for the next kernel, and incoming ones, which the previous kernel
 * handed over. A name is unique within its set.
 *
 * Life cycle: an outgoing session lives from its creation until its descriptor
 * is closed, or until the jump. Once FREEZE has sealed the set, a session that
 * loses its descriptor stays as an orphan: the tables for the next kernel are
 * complete and name it. Should the update be cancelled, it goes away then. An
 * incoming session waits until somebody retrieves it by name; finishing it
 * lets go of its files, and closing its descriptor finishes it too. Those that
 * nobody retrieved are discarded when the live update is finished.
 *
 * For the next kernel an entry a session is written into a chain of KHO
 * blocks. The blocks grow with the set, so that FREEZE needs no memory.
 *
 * Locking: luo_state_rwsem, then &luo_session.mutex, then the lock of the set,
 * which is held for its list, its names and its blocks only. Names are found
 * through a hash table: a host may hold tens of thousands of sessions.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/liveupdate.h>
#include <linux/printk.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <trace/events/liveupdate.h>
#include "luo_internal.h"

/**
 * struct luo_session_set - all sessions that go the same way
 * @lock: protects all that follows
 * @list: the sessions, in order of creation
 * @names: the same, by name
 * @blocks: room in the table for the next kernel, for each outgoing session
 * @count: how many there are
 * @unfinished: how many of them are not finished
 */
struct luo_session_set {
	struct mutex lock; /* innermost, see above */
	struct list_head list;
	struct rhashtable names;
	struct kho_block_set blocks;
	u64 count;
	u64 unfinished;
};

static struct luo_session_set luo_incoming;
static struct luo_session_set luo_outgoing;

static const struct rhashtable_params luo_session_params = {
	.key_len = LIVEUPDATE_SESSION_NAME_LENGTH,
	.key_offset = offsetof(struct luo_session, name),
	.head_offset = offsetof(struct luo_session, node),
	.automatic_shrinking = true,
};

static struct luo_session_set *luo_session_set(const struct luo_session *session)
{
	return session->incoming ? &luo_incoming : &luo_outgoing;
}

static struct luo_session *luo_session_alloc(const char *name, bool incoming)
{
	struct luo_session *session;

	session = luo_fault("session", LUO_FAULT_ALLOC) ? NULL : kzalloc_obj(*session);
	if (!session)
		return NULL;
	strscpy_pad(session->name, name);
	session->incoming = incoming;
	luo_file_set_init(&session->files);
	mutex_init(&session->mutex);
	return session;
}

static void luo_session_free(struct luo_session *session)
{
	mutex_destroy(&session->mutex);
	kfree(session);
}

static int luo_session_add(struct luo_session *session)
{
	struct luo_session_set *set = luo_session_set(session);
	int err;

	guard(mutex)(&set->lock);
	err = rhashtable_lookup_insert_fast(&set->names, &session->node, luo_session_params);
	if (err)
		return err;
	if (!session->incoming) {
		err = kho_block_set_grow(&set->blocks, set->count + 1);
		if (err) {
			rhashtable_remove_fast(&set->names, &session->node, luo_session_params);
			return err;
		}
	}
	list_add_tail(&session->list, &set->list);
	set->count++;
	set->unfinished++;
	return 0;
}

static struct luo_session *luo_session_make(const char *name, bool incoming)
{
	struct luo_session *session = luo_session_alloc(name, incoming);
	int err;

	if (!session)
		return ERR_PTR(-ENOMEM);
	err = luo_session_add(session);
	if (err) {
		luo_session_free(session);
		return ERR_PTR(err);
	}
	return session;
}

static void luo_session_remove(struct luo_session *session)
{
	struct luo_session_set *set = luo_session_set(session);

	guard(mutex)(&set->lock);
	list_del(&session->list);
	rhashtable_remove_fast(&set->names, &session->node, luo_session_params);
	set->count--;
	if (!session->finished)
		set->unfinished--;
	if (!session->incoming)
		kho_block_set_shrink(&set->blocks, set->count);
}

/**
 * luo_session_create - make an outgoing session
 * @name: its name, room for %LIVEUPDATE_SESSION_NAME_LENGTH bytes
 * @sessionp: set to the session, which ends with luo_session_close()
 *
 * Context: with the state locked for reading.
 * Return: 0; -EINVAL for a name that is empty or not terminated; -EEXIST;
 * -EBUSY where the set is sealed; -ENOSPC; -ENOMEM.
 */
int luo_session_create(const char *name, struct luo_session **sessionp)
{
	struct luo_session *session;

	if (luo_string_check(name, LIVEUPDATE_SESSION_NAME_LENGTH))
		return -EINVAL;
	if (luo_state_sealed())
		return -EBUSY;

	session = luo_session_make(name, false);
	trace_liveupdate_session(name, "create", PTR_ERR_OR_ZERO(session));
	if (IS_ERR(session))
		return PTR_ERR(session);
	*sessionp = session;
	return 0;
}

/**
 * luo_session_retrieve - take an incoming session back
 * @name: its name, room for %LIVEUPDATE_SESSION_NAME_LENGTH bytes
 * @sessionp: set to the session, which ends with luo_session_close()
 *
 * Context: with the state locked for reading.
 * Return: 0; -ENOENT where none has this name; -EINVAL where it has been
 * retrieved already.
 */
int luo_session_retrieve(const char *name, struct luo_session **sessionp)
{
	char key[LIVEUPDATE_SESSION_NAME_LENGTH] = {};
	struct luo_session *session;

	if (luo_string_check(name, sizeof(key)))
		return -ENOENT;
	strscpy(key, name);

	guard(mutex)(&luo_incoming.lock);
	session = rhashtable_lookup_fast(&luo_incoming.names, key, luo_session_params);
	if (!session)
		return -ENOENT;
	if (session->retrieved)
		return -EINVAL;
	session->retrieved = true;
	trace_liveupdate_session(key, "retrieve", 0);
	*sessionp = session;
	return 0;
}

static int luo_session_can_finish(struct luo_session *session, struct luo_blame *blame)
{
	u64 token;
	int err = luo_file_can_finish(&session->files, &token);

	if (err)
		luo_blame(blame, "session \"%s\" token %#llx", session->name, token);
	return err;
}

static void luo_session_finish_now(struct luo_session *session)
{
	luo_file_finish(&session->files, session->retrieved ? session->name : NULL);
	guard(mutex)(&luo_incoming.lock);
	if (!session->finished)
		luo_incoming.unfinished--;
	session->finished = true;
	trace_liveupdate_session(session->name, "finish", 0);
}

/**
 * luo_session_finish - let go of the files of an incoming session
 * @session: the session
 *
 * Files that were not retrieved are discarded. May be called again.
 *
 * Context: with the state locked for reading and the session locked.
 * Return: 0; -EBUSY where a file is not ready; -EIO where one cannot be
 * restored. On failure nothing happened.
 */
int luo_session_finish(struct luo_session *session)
{
	struct luo_blame blame = {};
	int err;

	err = luo_session_can_finish(session, &blame);
	if (err) {
		pr_warn("finish refused by %s: %pe\n", blame.text, ERR_PTR(err));
		return err;
	}
	luo_session_finish_now(session);
	return 0;
}

static void luo_session_drop(struct luo_session *session)
{
	luo_file_unpreserve_all(&session->files);
	luo_session_remove(session);
	luo_session_free(session);
}

/**
 * luo_session_abandon - a session did not get a descriptor
 * @session: the session; must not be used any more
 *
 * One that was just created is gone, one that was just retrieved waits again.
 *
 * Context: with the state locked for reading.
 */
void luo_session_abandon(struct luo_session *session)
{
	if (!session->incoming) {
		luo_session_drop(session);
		return;
	}
	guard(mutex)(&luo_incoming.lock);
	session->retrieved = false;
}

/**
 * luo_session_close - the descriptor of a session is gone
 * @session: the session; must not be used any more
 *
 * Context: with the state locked for reading, by the last holder of the
 * session's descriptor.
 */
void luo_session_close(struct luo_session *session)
{
	int err;

	if (!session->incoming) {
		if (luo_state_sealed())
			session->orphan = true;
		else
			luo_session_drop(session);
		return;
	}

	mutex_lock(&session->mutex);
	err = luo_session_finish(session);
	mutex_unlock(&session->mutex);
	if (err) {
		/* Keep what is in it; somebody may come for it again. */
		pr_warn("session \"%s\" stays, its descriptor is closed\n", session->name);
		luo_session_abandon(session);
		return;
	}
	luo_session_remove(session);
	luo_session_free(session);
}

/**
 * luo_session_outgoing_count - count outgoing sessions
 *
 * Return: how many sessions are bound for the next kernel.
 */
u64 luo_session_outgoing_count(void)
{
	return READ_ONCE(luo_outgoing.count);
}

/**
 * luo_session_unfinished_count - count incoming sessions
 *
 * Return: how many of them are not finished.
 */
u64 luo_session_unfinished_count(void)
{
	return READ_ONCE(luo_incoming.unfinished);
}

static u32 luo_session_info_set(struct luo_session_set *set,
				struct liveupdate_session_info *infos, u32 at, u32 room)
{
	struct luo_session *session;

	guard(mutex)(&set->lock);
	list_for_each_entry(session, &set->list, list) {
		if (at < room) {
			struct liveupdate_session_info *info = &infos[at];

			memcpy(info->name, session->name, sizeof(info->name));
			info->files = READ_ONCE(session->files.count);
			if (session->incoming)
				info->flags |= LIVEUPDATE_SESSION_FLAG_INCOMING;
			if (session->retrieved)
				info->flags |= LIVEUPDATE_SESSION_FLAG_RETRIEVED;
			if (session->finished)
				info->flags |= LIVEUPDATE_SESSION_FLAG_FINISHED;
		}
		at++;
	}
	return at;
}

/**
 * luo_session_info - list all sessions
 * @infos: zeroed array to fill
 * @room: entries that fit there
 *
 * Context: with the state locked for reading.
 * Return: how many sessions there are, which may be more than @room.
 */
u32 luo_session_info(struct liveupdate_session_info *infos, u32 room)
{
	u32 at = luo_session_info_set(&luo_incoming, infos, 0, room);

	return luo_session_info_set(&luo_outgoing, infos, at, room);
}

/* What one entry of the previous kernel says, until its files are read */
struct luo_session_entry {
	struct luo_session *session;
	struct luo_file_set_ser files;
};

/*
 * All entries are copied before the files of any are read: reading gives
 * blocks back, and a chain may claim a block that is another's.
 */
static int luo_session_restore_entries(struct luo_session_entry *entries, u64 count)
{
	struct kho_block_set_it it;
	struct luo_session_ser *ser;
	u64 at = 0;

	kho_block_set_it_init(&it, &luo_incoming.blocks);
	while ((ser = kho_block_set_it_read_entry(&it)) && at < count) {
		struct luo_session *session;

		if (luo_string_check(ser->name, sizeof(ser->name)))
			return -EINVAL;
		session = luo_session_make(ser->name, true);
		if (IS_ERR(session))
			return PTR_ERR(session);
		entries[at].session = session;
		entries[at++].files = ser->file_set_ser;
	}
	return 0;
}

/**
 * luo_session_restore - take over the sessions of the previous kernel
 * @sessions_pa: their first block, unchecked; 0 for none
 *
 * What could be read before an error stays in the set.
 *
 * Context: during boot.
 * Return: 0; -EINVAL or -EEXIST where the tables are corrupt; -ENOMEM.
 */
int luo_session_restore(u64 sessions_pa)
{
	struct luo_session_entry *entries;
	u64 count;
	int err;

	err = luo_blocks_check(sessions_pa, sizeof(struct luo_session_ser), luo_map, &count);
	if (err || !count)
		return err;
	entries = luo_fault("sessions", LUO_FAULT_ALLOC) ? NULL : kvzalloc_objs(*entries, count);
	if (!entries)
		return -ENOMEM;

	err = kho_block_set_restore(&luo_incoming.blocks, sessions_pa);
	if (!err) {
		err = luo_session_restore_entries(entries, count);
		kho_block_set_destroy(&luo_incoming.blocks);
	}
	for (u64 i = 0; i < count && entries[i].session; i++) {
		struct luo_session *session = entries[i].session;
		int ret = luo_file_restore(&session->files, &entries[i].files);

		if (ret) {
			pr_err("files of session \"%s\" at %#llx: %pe\n", session->name,
			       entries[i].files.files, ERR_PTR(ret));
			err = err ?: ret;
		}
	}
	kvfree(entries);
	return err;
}

static void luo_session_unfreeze_before(struct luo_session *session)
{
	list_for_each_entry_continue_reverse(session, &luo_outgoing.list, list)
		luo_file_unfreeze(&session->files);
	kho_block_set_clear(&luo_outgoing.blocks);
}

static int luo_session_freeze(struct luo_participant *p, struct luo_blame *blame)
{
	struct luo_session *session;
	struct kho_block_set_it it;
	u64 token = 0;
	int err;

	kho_block_set_it_init(&it, &luo_outgoing.blocks);
	list_for_each_entry(session, &luo_outgoing.list, list) {
		struct luo_session_ser *ser = kho_block_set_it_reserve_entry(&it);

		err = WARN_ON_ONCE(!ser) ? -ENOSPC :
			luo_file_freeze(&session->files, &ser->file_set_ser, &token);
		if (err) {
			luo_blame(blame, "session \"%s\" token %#llx", session->name, token);
			luo_session_unfreeze_before(session);
			return err;
		}
		memcpy(ser->name, session->name, sizeof(ser->name));
	}
	luo_outgoing_set_sessions(kho_block_set_head_pa(&luo_outgoing.blocks),
				  luo_outgoing.count);
	return 0;
}

static void luo_session_cancel(struct luo_participant *p)
{
	struct luo_session *session, *next;

	if (p->phase != LUO_PHASE_FROZEN)
		return;

	luo_outgoing_set_sessions(0, 0);
	list_for_each_entry_reverse(session, &luo_outgoing.list, list)
		luo_file_unfreeze(&session->files);
	kho_block_set_clear(&luo_outgoing.blocks);

	list_for_each_entry_safe(session, next, &luo_outgoing.list, list) {
		if (session->orphan)
			luo_session_drop(session);
	}
}

static int luo_sessions_can_finish(struct luo_participant *p, struct luo_blame *blame)
{
	struct luo_session *session;
	int err;

	list_for_each_entry(session, &luo_incoming.list, list) {
		err = luo_session_can_finish(session, blame);
		if (err)
			return err;
	}
	return 0;
}

static void luo_sessions_finish(struct luo_participant *p)
{
	struct luo_session *session, *next;

	list_for_each_entry_safe_reverse(session, next, &luo_incoming.list, list) {
		if (!session->finished && !session->retrieved)
			pr_warn("session \"%s\" was never claimed, its %llu files are discarded\n",
				session->name, session->files.count);
		luo_session_finish_now(session);
		if (session->retrieved)
			continue;
		luo_session_remove(session);
		luo_session_free(session);
	}
}

static const struct luo_participant_ops luo_session_ops = {
	.freeze = luo_session_freeze,
	.cancel = luo_session_cancel,
	.can_finish = luo_sessions_can_finish,
	.finish = luo_sessions_finish,
};

/* Sessions and their files, as one participant */
struct luo_participant luo_session_participant = {
	.name = "sessions",
	.ops = &luo_session_ops,
};

static int __init luo_session_set_init(struct luo_session_set *set)
{
	mutex_init(&set->lock);
	INIT_LIST_HEAD(&set->list);
	kho_block_set_init(&set->blocks, sizeof(struct luo_session_ser));
	return rhashtable_init(&set->names, &luo_session_params);
}

/**
 * luo_session_init - get ready for sessions
 *
 * Return: 0 or -ENOMEM.
 */
int __init luo_session_init(void)
{
	int err = luo_session_set_init(&luo_incoming);

	return err ?: luo_session_set_init(&luo_outgoing);
}
