// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO device
 *
 * /dev/liveupdate, and the calling convention that its ioctls share with those
 * of session descriptors.
 *
 * Only one descriptor at a time may be open for writing, so that two
 * orchestrators do not work against each other. Closing it changes nothing: an
 * orchestrator that died can be started again and go on, or cancel. Reading
 * descriptors are free, for those who only watch.
 *
 * A call that makes a descriptor reserves its number and tells the caller
 * first, then acts, and then the number comes to life: nothing has to be
 * undone when the caller's memory cannot be written.
 */
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/liveupdate.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "luo_internal.h"

static int luo_ioctl_make_fd(const struct luo_ioctl *op, struct luo_call *call,
			     void __user *user, u32 user_size)
{
	s32 *fd = call->arg + sizeof(u32);
	int err;

	*fd = get_unused_fd_flags(O_CLOEXEC);
	if (*fd < 0)
		return *fd;
	err = copy_struct_to_user(user, user_size, call->arg, op->size, NULL);
	if (!err)
		err = op->execute(call);
	if (err)
		put_unused_fd(*fd);
	else
		fd_install(*fd, call->file);
	return err;
}

/**
 * luo_ioctl_run - find and carry out an ioctl
 * @table: the calls that the descriptor has
 * @n: how many
 * @object: what the descriptor stands for
 * @filp: the descriptor's file
 * @cmd: number of the call
 * @arg: address of the caller's structure
 *
 * Return: what the ioctl returns, see the errors in the uapi header.
 */
long luo_ioctl_run(const struct luo_ioctl *table, unsigned int n, void *object,
		   struct file *filp, unsigned int cmd, unsigned long arg)
{
	u8 buf[LUO_IOCTL_MAX_SIZE] __aligned(8) = {};
	struct luo_call call = { .object = object, .arg = buf };
	void __user *user = (void __user *)arg;
	const struct luo_ioctl *op = table;
	u32 user_size;
	int err;

	while (op < table + n && op->cmd != cmd)
		op++;
	if (op == table + n)
		return -ENOTTY;
	if (get_user(user_size, (u32 __user *)user))
		return -EFAULT;
	if (user_size < op->min_size)
		return -EINVAL;
	if (op->flags & LUO_IOCTL_WRITES && !(filp->f_mode & FMODE_WRITE))
		return -EBADF;
	err = copy_struct_from_user(buf, op->size, user, user_size);
	if (err)
		return err;

	if (op->flags & LUO_IOCTL_MAKES_FD)
		return luo_ioctl_make_fd(op, &call, user, user_size);

	err = op->execute(&call);
	if (err && !(op->flags & LUO_IOCTL_EXPLAINS))
		return err;
	return copy_struct_to_user(user, user_size, buf, op->size, NULL) ?: err;
}

/* Gives a session the file with which it ends. */
static int luo_session_file(struct luo_call *call, struct luo_session *session)
{
	struct file *file = luo_session_getfile(session);

	if (IS_ERR(file)) {
		luo_session_abandon(session);
		return PTR_ERR(file);
	}
	call->file = file;
	return 0;
}

static int luo_ioctl_create_session(struct luo_call *call)
{
	struct liveupdate_ioctl_create_session *arg = call->arg;
	struct luo_session *session;
	int err;

	err = luo_state_read_enter();
	if (err)
		return err;
	err = luo_session_create(arg->name, &session);
	if (!err)
		err = luo_session_file(call, session);
	luo_state_read_exit();
	return err;
}

static int luo_ioctl_retrieve_session(struct luo_call *call)
{
	struct liveupdate_ioctl_retrieve_session *arg = call->arg;
	struct luo_session *session;
	int err;

	err = luo_state_read_enter();
	if (err)
		return err;
	err = luo_session_retrieve(arg->name, &session);
	if (!err)
		err = luo_session_file(call, session);
	luo_state_read_exit();
	return err;
}

static int luo_ioctl_get_state(struct luo_call *call)
{
	struct liveupdate_ioctl_get_state *arg = call->arg;

	if (arg->reserved)
		return -EINVAL;
	arg->state = liveupdate_get_state();
	arg->flags = 0;
	if (arg->state != LIVEUPDATE_STATE_NORMAL && luo_update_explicit())
		arg->flags |= LIVEUPDATE_STATE_FLAG_EXPLICIT;
	if (luo_restore_failed())
		arg->flags |= LIVEUPDATE_STATE_FLAG_RESTORE_FAILED;
	arg->number = luo_number();
	return 0;
}

static int luo_ioctl_set_event(struct luo_call *call)
{
	struct liveupdate_ioctl_set_event *arg = call->arg;
	struct luo_blame blame = {};
	int err = luo_state_event(arg->event, &blame);

	memcpy(arg->culprit, blame.text, sizeof(arg->culprit));
	return err;
}

/**
 * luo_copy_entries - copy a list to userspace
 * @user: address of the caller's array
 * @user_size: size of one entry of the caller's
 * @n: how many entries
 * @entries: the entries
 * @size: size of one of them
 *
 * Return: 0, or -EFAULT, -E2BIG as copy_struct_to_user().
 */
int luo_copy_entries(u64 user, u32 user_size, u32 n, const void *entries, size_t size)
{
	void __user *to = u64_to_user_ptr(user);
	int err = 0;

	for (u32 i = 0; i < n && !err; i++)
		err = copy_struct_to_user(to + (size_t)i * user_size, user_size,
					  entries + i * size, size, NULL);
	return err;
}

static int luo_ioctl_list_sessions(struct luo_call *call)
{
	struct liveupdate_ioctl_list_sessions *arg = call->arg;
	struct liveupdate_session_info *infos = NULL;
	u32 count, room;
	int err;

	if (arg->reserved || (arg->count && arg->entry_size < sizeof(*infos)))
		return -EINVAL;

	err = luo_state_read_enter();
	if (err)
		return err;
	room = min_t(u32, arg->count, luo_session_info(NULL, 0));
	if (room) {
		infos = kvzalloc_objs(*infos, room);
		if (!infos) {
			luo_state_read_exit();
			return -ENOMEM;
		}
	}
	count = luo_session_info(infos, room);
	luo_state_read_exit();

	err = luo_copy_entries(arg->entries, arg->entry_size, min(room, count), infos,
			       sizeof(*infos));
	arg->count = count;
	kvfree(infos);
	return err;
}

static const struct luo_ioctl luo_device_ioctls[] = {
	LUO_IOCTL(LIVEUPDATE_IOCTL_CREATE_SESSION, luo_ioctl_create_session,
		  struct liveupdate_ioctl_create_session, name,
		  LUO_IOCTL_WRITES | LUO_IOCTL_MAKES_FD),
	LUO_IOCTL(LIVEUPDATE_IOCTL_RETRIEVE_SESSION, luo_ioctl_retrieve_session,
		  struct liveupdate_ioctl_retrieve_session, name,
		  LUO_IOCTL_WRITES | LUO_IOCTL_MAKES_FD),
	LUO_IOCTL(LIVEUPDATE_IOCTL_GET_STATE, luo_ioctl_get_state,
		  struct liveupdate_ioctl_get_state, number, 0),
	LUO_IOCTL(LIVEUPDATE_IOCTL_SET_EVENT, luo_ioctl_set_event,
		  struct liveupdate_ioctl_set_event, culprit,
		  LUO_IOCTL_WRITES | LUO_IOCTL_EXPLAINS),
	LUO_IOCTL(LIVEUPDATE_IOCTL_LIST_SESSIONS, luo_ioctl_list_sessions,
		  struct liveupdate_ioctl_list_sessions, entries, 0),
	LUO_IOCTL(LIVEUPDATE_IOCTL_LIST_PARTICIPANTS, luo_ioctl_list_participants,
		  struct liveupdate_ioctl_list_participants, entries, 0),
	LUO_IOCTL(LIVEUPDATE_IOCTL_GET_REPORT, luo_ioctl_get_report,
		  struct liveupdate_ioctl_get_report, culprit, 0),
};

static long luo_device_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	return luo_ioctl_run(luo_device_ioctls, ARRAY_SIZE(luo_device_ioctls), NULL, filp,
			     cmd, arg);
}

static atomic_t luo_device_writer = ATOMIC_INIT(0);

static int luo_device_open(struct inode *inode, struct file *filp)
{
	if (filp->f_mode & FMODE_WRITE && atomic_cmpxchg(&luo_device_writer, 0, 1))
		return -EBUSY;
	return 0;
}

static int luo_device_release(struct inode *inode, struct file *filp)
{
	if (filp->f_mode & FMODE_WRITE)
		atomic_set(&luo_device_writer, 0);
	return 0;
}

static const struct file_operations luo_device_fops = {
	.owner		= THIS_MODULE,
	.open		= luo_device_open,
	.release	= luo_device_release,
	.unlocked_ioctl	= luo_device_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice luo_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "liveupdate",
	.mode	= 0600,
	.fops	= &luo_device_fops,
};

/**
 * luo_device_kobj - what uevents are sent from
 *
 * Return: the device's object, or NULL before there is one.
 */
struct kobject *luo_device_kobj(void)
{
	struct device *dev = READ_ONCE(luo_device.this_device);

	return IS_ERR_OR_NULL(dev) ? NULL : &dev->kobj;
}

static int __init luo_device_init(void)
{
	return liveupdate_enabled() ? misc_register(&luo_device) : 0;
}
late_initcall(luo_device_init);
