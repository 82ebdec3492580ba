// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO session descriptors
 *
 * The ioctls on the descriptor of a session. Each runs with the state locked
 * for reading and the session locked, in this order, so that no event falls
 * between its checks and its work. What only an outgoing session can do is
 * -EINVAL on an incoming one, and the other way round.
 */
#include <linux/anon_inodes.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/liveupdate.h>
#include <linux/slab.h>
#include "luo_internal.h"

static int luo_session_lock(struct luo_session *session)
{
	int err = luo_state_read_enter();

	if (err)
		return err;
	err = mutex_lock_killable(&session->mutex);
	if (err)
		luo_state_read_exit();
	return err;
}

static void luo_session_exit(struct luo_session *session)
{
	mutex_unlock(&session->mutex);
	luo_state_read_exit();
}

/* As luo_session_lock(), if the session is of the right kind and may change */
static int luo_session_enter(struct luo_session *session, bool incoming)
{
	int err;

	if (session->incoming != incoming)
		return -EINVAL;
	err = luo_session_lock(session);
	if (err)
		return err;
	if (!incoming && luo_state_sealed()) {
		luo_session_exit(session);
		return -EBUSY;
	}
	return 0;
}

static int luo_session_preserve_fd(struct luo_call *call)
{
	struct liveupdate_session_preserve_fd *arg = call->arg;
	struct luo_session *session = call->object;
	int err = luo_session_enter(session, false);

	if (err)
		return err;
	err = luo_file_preserve(&session->files, arg->token, arg->fd);
	luo_session_exit(session);
	return err;
}

static int luo_session_unpreserve_fd(struct luo_call *call)
{
	struct liveupdate_session_unpreserve_fd *arg = call->arg;
	struct luo_session *session = call->object;
	int err;

	if (arg->reserved)
		return -EINVAL;
	err = luo_session_enter(session, false);
	if (err)
		return err;
	err = luo_file_unpreserve(&session->files, arg->token);
	luo_session_exit(session);
	return err;
}

static int luo_session_retrieve_fd(struct luo_call *call)
{
	struct liveupdate_session_retrieve_fd *arg = call->arg;
	struct luo_session *session = call->object;
	int err = luo_session_enter(session, true);

	if (err)
		return err;
	err = luo_file_retrieve(&session->files, arg->token, &call->file);
	luo_session_exit(session);
	return err;
}

static int luo_session_finish_fd(struct luo_call *call)
{
	struct liveupdate_session_finish *arg = call->arg;
	struct luo_session *session = call->object;
	int err;

	if (arg->reserved)
		return -EINVAL;
	err = luo_session_enter(session, true);
	if (err)
		return err;
	err = luo_session_finish(session);
	luo_session_exit(session);
	luo_state_settle();
	return err;
}

static int luo_session_get_name(struct luo_call *call)
{
	struct liveupdate_session_get_name *arg = call->arg;
	struct luo_session *session = call->object;

	if (arg->reserved)
		return -EINVAL;
	memcpy(arg->name, session->name, sizeof(arg->name));
	return 0;
}

static int luo_session_list_fds(struct luo_call *call)
{
	struct liveupdate_session_list_fds *arg = call->arg;
	struct luo_session *session = call->object;
	u64 *tokens = NULL;
	u64 count, room;
	int err;

	err = luo_session_lock(session);
	if (err)
		return err;
	room = min_t(u64, arg->count, session->files.count);
	if (room)
		tokens = kvmalloc_objs(*tokens, room);
	count = luo_file_tokens(&session->files, tokens, tokens ? room : 0);
	luo_session_exit(session);

	if (room && !tokens)
		return -ENOMEM;
	if (room && copy_to_user(u64_to_user_ptr(arg->tokens), tokens, room * sizeof(*tokens)))
		err = -EFAULT;
	arg->count = min_t(u64, count, U32_MAX);
	kvfree(tokens);
	return err;
}

static const struct luo_ioctl luo_session_ioctls[] = {
	LUO_IOCTL(LIVEUPDATE_SESSION_PRESERVE_FD, luo_session_preserve_fd,
		  struct liveupdate_session_preserve_fd, token, LUO_IOCTL_WRITES),
	LUO_IOCTL(LIVEUPDATE_SESSION_RETRIEVE_FD, luo_session_retrieve_fd,
		  struct liveupdate_session_retrieve_fd, token,
		  LUO_IOCTL_WRITES | LUO_IOCTL_MAKES_FD),
	LUO_IOCTL(LIVEUPDATE_SESSION_FINISH, luo_session_finish_fd,
		  struct liveupdate_session_finish, reserved, LUO_IOCTL_WRITES),
	LUO_IOCTL(LIVEUPDATE_SESSION_GET_NAME, luo_session_get_name,
		  struct liveupdate_session_get_name, name, 0),
	LUO_IOCTL(LIVEUPDATE_SESSION_UNPRESERVE_FD, luo_session_unpreserve_fd,
		  struct liveupdate_session_unpreserve_fd, token, LUO_IOCTL_WRITES),
	LUO_IOCTL(LIVEUPDATE_SESSION_LIST_FDS, luo_session_list_fds,
		  struct liveupdate_session_list_fds, tokens, 0),
};

static long luo_session_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	return luo_ioctl_run(luo_session_ioctls, ARRAY_SIZE(luo_session_ioctls),
			     filp->private_data, filp, cmd, arg);
}

static int luo_session_release(struct inode *inode, struct file *filp)
{
	luo_state_read_enter_uninterruptible();
	luo_session_close(filp->private_data);
	luo_state_read_exit();
	luo_state_settle();
	return 0;
}

static const struct file_operations luo_session_fops = {
	.owner		= THIS_MODULE,
	.release	= luo_session_release,
	.unlocked_ioctl	= luo_session_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

/**
 * luo_session_getfile - make the file of a session
 * @session: the session, which from now on ends with the file
 *
 * Return: the file, or an error, with which the session is still the caller's.
 */
struct file *luo_session_getfile(struct luo_session *session)
{
	char name[sizeof("[luo_session] ") + LIVEUPDATE_SESSION_NAME_LENGTH];

	snprintf(name, sizeof(name), "[luo_session] %s", session->name);
	return anon_inode_getfile(name, &luo_session_fops, session, O_RDWR);
}
