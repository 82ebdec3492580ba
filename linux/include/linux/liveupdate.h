/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_LIVEUPDATE_H
#define _LINUX_LIVEUPDATE_H

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kho/abi/luo.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <uapi/linux/liveupdate.h>

struct file;
struct liveupdate_file_handler;
struct liveupdate_flb;
struct module;

/**
 * struct liveupdate_file_op_args - what a file callback gets and gives
 * @handler: the handler that is called
 * @retrieve_status: for can_finish and finish: 0 while nobody has asked for
 *	the file, positive once retrieve succeeded, its error if it failed
 * @file: the file; set by retrieve, given to all others. NULL for a file that
 *	was never retrieved.
 * @serialized_data: the word that travels to the next kernel; set by preserve,
 *	may be changed by freeze
 * @private_data: the handler's own in this kernel; set by preserve, freed by
 *	unpreserve
 */
struct liveupdate_file_op_args {
	struct liveupdate_file_handler *handler;
	int retrieve_status;
	struct file *file;
	u64 serialized_data;
	void *private_data;
};

/**
 * struct liveupdate_file_ops - how one type of file survives a live update
 * @can_preserve: required; true if this handler takes the file. Cheap, must
 *	not sleep for long.
 * @preserve: required; saves the file's state while its owner goes on
 * @unpreserve: required; undoes @preserve, when the session is given up
 * @freeze: saves the rest, inside the blackout
 * @unfreeze: undoes @freeze, when the update is cancelled
 * @retrieve: required; makes the file again in the new kernel
 * @can_finish: false vetoes the finish of the whole session. Nothing has been
 *	torn down when it is asked.
 * @finish: required; lets go of what was handed over. Cannot fail. Where
 *	@retrieve was never called it also discards the state.
 * @get_id: what identifies the resource behind the file, so that it is
 *	preserved once only; the file itself where absent
 * @owner: the module, held while a file is preserved or not finished
 *
 * All run in process context and may sleep. Calls for files of one session do
 * not overlap.
 */
struct liveupdate_file_ops {
	bool (*can_preserve)(struct liveupdate_file_handler *handler, struct file *file);
	int (*preserve)(struct liveupdate_file_op_args *args);
	void (*unpreserve)(struct liveupdate_file_op_args *args);
	int (*freeze)(struct liveupdate_file_op_args *args);
	void (*unfreeze)(struct liveupdate_file_op_args *args);
	int (*retrieve)(struct liveupdate_file_op_args *args);
	bool (*can_finish)(struct liveupdate_file_op_args *args);
	void (*finish)(struct liveupdate_file_op_args *args);
	unsigned long (*get_id)(struct file *file);
	struct module *owner;
};

/**
 * struct liveupdate_file_handler - one type of file that can be preserved
 * @ops: its callbacks
 * @compatible: names the format of what it hands over; the handler of this
 *	name in the next kernel gets it
 */
struct liveupdate_file_handler {
	const struct liveupdate_file_ops *ops;
	const char compatible[LIVEUPDATE_HNDL_COMPAT_LENGTH];

	/* private: */
	struct list_head __private list;
	struct list_head __private flb_list;
};

/**
 * struct liveupdate_flb_op_args - what an FLB callback gets and gives
 * @flb: the object that is called
 * @data: the word that travels; set by preserve, given to the others
 * @obj: the live object; set by preserve and by retrieve, given to the others
 */
struct liveupdate_flb_op_args {
	struct liveupdate_flb *flb;
	u64 data;
	void *obj;
};

/**
 * struct liveupdate_flb_ops - how file-lifecycle-bound data survives
 * @preserve: the first file that depends on it is preserved
 * @unpreserve: the last such file was given up
 * @retrieve: first asked for in the new kernel
 * @finish: the last such file is finished
 * @owner: the module, held from preserve to unpreserve, and from retrieve to
 *	finish
 *
 * All are required, run in process context and may sleep. They do not overlap
 * for one object. They may use other objects, not their own.
 */
struct liveupdate_flb_ops {
	int (*preserve)(struct liveupdate_flb_op_args *argp);
	void (*unpreserve)(struct liveupdate_flb_op_args *argp);
	int (*retrieve)(struct liveupdate_flb_op_args *argp);
	void (*finish)(struct liveupdate_flb_op_args *argp);
	struct module *owner;
};

/*
 * One direction of an FLB. @users counts files and get/put pairs, and the
 * object lives while it is above zero; @files counts outgoing files alone,
 * which is what the next kernel has to wait for. @status belongs to the
 * incoming side: 0 before the object exists, 1 while it does, the error of a
 * failed retrieve, or -ENODATA once it is finished.
 */
struct luo_flb_side {
	struct mutex lock; /* protects all of it, held over callbacks */
	u64 users;
	u64 files;
	u64 data;
	void *obj;
	int status;
};

/* What the orchestrator keeps of an FLB; ready once its locks are set up */
struct luo_flb_private {
	struct list_head list;
	struct luo_flb_side outgoing;
	struct luo_flb_side incoming;
	unsigned int handlers;
	bool ready;
};

/**
 * struct liveupdate_flb - global data shared by files that are preserved
 * @ops: its callbacks
 * @compatible: names the format, as with file handlers
 */
struct liveupdate_flb {
	const struct liveupdate_flb_ops *ops;
	const char compatible[LIVEUPDATE_FLB_COMPAT_LENGTH];

	/* private: */
	struct luo_flb_private __private private;
};

#ifdef CONFIG_LIVEUPDATE

bool liveupdate_enabled(void);
enum liveupdate_state liveupdate_get_state(void);
bool liveupdate_state_normal(void);
bool liveupdate_state_updated(void);
int liveupdate_reboot(void);

bool liveupdate_handed_over(phys_addr_t phys, size_t size);
__printf(1, 2) void liveupdate_restore_fail(const char *fmt, ...);

int liveupdate_register_file_handler(struct liveupdate_file_handler *fh);
void liveupdate_unregister_file_handler(struct liveupdate_file_handler *fh);

int liveupdate_register_flb(struct liveupdate_file_handler *fh, struct liveupdate_flb *flb);
void liveupdate_unregister_flb(struct liveupdate_file_handler *fh, struct liveupdate_flb *flb);
int liveupdate_flb_get_incoming(struct liveupdate_flb *flb, void **objp);
void liveupdate_flb_put_incoming(struct liveupdate_flb *flb);
int liveupdate_flb_get_outgoing(struct liveupdate_flb *flb, void **objp);
void liveupdate_flb_put_outgoing(struct liveupdate_flb *flb);

#else /* !CONFIG_LIVEUPDATE */

static inline bool liveupdate_enabled(void)
{
	return false;
}

static inline enum liveupdate_state liveupdate_get_state(void)
{
	return LIVEUPDATE_STATE_NORMAL;
}

static inline bool liveupdate_state_normal(void)
{
	return true;
}

static inline bool liveupdate_state_updated(void)
{
	return false;
}

static inline int liveupdate_reboot(void)
{
	return 0;
}

static inline bool liveupdate_handed_over(phys_addr_t phys, size_t size)
{
	return false;
}

static inline __printf(1, 2) void liveupdate_restore_fail(const char *fmt, ...) { }

static inline int liveupdate_register_file_handler(struct liveupdate_file_handler *fh)
{
	return -EOPNOTSUPP;
}

static inline void liveupdate_unregister_file_handler(struct liveupdate_file_handler *fh) { }

static inline int liveupdate_register_flb(struct liveupdate_file_handler *fh,
					  struct liveupdate_flb *flb)
{
	return -EOPNOTSUPP;
}

static inline void liveupdate_unregister_flb(struct liveupdate_file_handler *fh,
					     struct liveupdate_flb *flb) { }

static inline int liveupdate_flb_get_incoming(struct liveupdate_flb *flb, void **objp)
{
	return -EOPNOTSUPP;
}

static inline void liveupdate_flb_put_incoming(struct liveupdate_flb *flb) { }

static inline int liveupdate_flb_get_outgoing(struct liveupdate_flb *flb, void **objp)
{
	return -EOPNOTSUPP;
}

static inline void liveupdate_flb_put_outgoing(struct liveupdate_flb *flb) { }

#endif /* CONFIG_LIVEUPDATE */

#endif /* _LINUX_LIVEUPDATE_H */
