/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_LIVEUPDATE_H
#define _LINUX_LIVEUPDATE_H

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/elfnote.h>
#include <linux/errno.h>
#include <linux/kho/abi/luo.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <uapi/linux/liveupdate.h>

struct file;
struct liveupdate_file_handler;
struct liveupdate_flb;
struct liveupdate_subsystem;
struct luo_format;
struct luo_subsystem;
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
 *	unpreserve; or what a retrieve left that can be called again
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
 *	torn down when it is asked. What @finish could not discard is told to
 *	liveupdate_restore_fail() here, while it can still be looked at.
 * @finish: required; lets go of what was handed over. Cannot fail. Where
 *	@retrieve was never called it also discards the state.
 * @get_id: what identifies the resource behind the file, so that it is
 *	preserved once only; the file itself where absent
 * @owner: the module, held while a file is preserved or not finished
 * @retrieve_again: where @retrieve fails for want of memory, as
 *	liveupdate_retrieve_again() says, nothing is lost, and it is called again
 *	when the file is asked for again, with the private data that it left
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
	bool retrieve_again;
};

/**
 * liveupdate_retrieve_again - whether a retrieve that failed may succeed later
 * @err: its error
 *
 * Want of resources is the caller's trouble; any other error the handover's.
 *
 * Return: true for -ENOMEM, -EINTR and -ENFILE.
 */
static inline bool liveupdate_retrieve_again(int err)
{
	return err == -ENOMEM || err == -EINTR || err == -ENFILE;
}

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
	struct luo_format *__private format;
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

/**
 * struct liveupdate_subsystem_ops - how a subsystem or driver takes part
 * @prepare: saves what can be saved while work goes on, into memory that KHO
 *	preserves, and sets the word that leads there. On failure nothing is
 *	left of it, and it is not cancelled.
 * @freeze: saves the rest, inside the blackout; may change the word. On
 *	failure the subsystem is as @prepare left it, and is cancelled.
 * @cancel: undoes @prepare, and @freeze where that was done
 * @boot: takes over what the previous kernel left. Called once, when both the
 *	data and the subsystem are there: a module gets it as it registers. An
 *	error is a handover that cannot be restored, see
 *	liveupdate_restore_fail().
 * @can_finish: false vetoes the end of the live update. Nothing has been torn
 *	down when it is asked. Only where something was taken over.
 * @finish: the live update is over: lets go of what was handed over and not
 *	put to use. Cannot fail. Only where something was taken over.
 * @owner: the module, held from @prepare to @cancel or the jump, and from
 *	@boot to @finish
 *
 * Each is optional. A subsystem without @prepare and without @freeze hands
 * nothing over, and only watches. All run in process context, may sleep, and do
 * not overlap with each other nor with those of any other subsystem. None may
 * register or unregister a subsystem, or wait for somebody who does.
 */
struct liveupdate_subsystem_ops {
	int (*prepare)(struct liveupdate_subsystem *s, u64 *data);
	int (*freeze)(struct liveupdate_subsystem *s, u64 *data);
	void (*cancel)(struct liveupdate_subsystem *s, u64 data);
	int (*boot)(struct liveupdate_subsystem *s, u64 data);
	bool (*can_finish)(struct liveupdate_subsystem *s, u64 data);
	void (*finish)(struct liveupdate_subsystem *s, u64 data);
	struct module *owner;
};

/**
 * struct liveupdate_subsystem - a subsystem or driver that takes part
 * @ops: its callbacks
 * @name: names it and the format of what it hands over: the subsystem of this
 *	name in the next kernel gets it. Letters, digits, and ``-_.:+``, no more
 *	than fit into %LIVEUPDATE_PARTICIPANT_NAME_LENGTH.
 * @optional: the next kernel may do without it, and then what it left is
 *	lost. Else somebody has to take it over before the update can finish.
 */
struct liveupdate_subsystem {
	const struct liveupdate_subsystem_ops *ops;
	const char *name;
	bool optional;

	/* private: */
	struct luo_subsystem *__private luo;
	bool __private restricted;
};

/* The text comes last, as it is in two places. */
#define __LIVEUPDATE_RESTORED(_type, _note, _name, _ops, ...)			\
	ELFNOTE32(LIVEUPDATE_NOTE_OWNER, _note, __VA_ARGS__);			\
	static struct _type _name = { .compatible = __VA_ARGS__, .ops = _ops }

#define __LIVEUPDATE_SUBSYSTEM(_name, _version, _ops, _optional, ...)		\
	ELFNOTE32(LIVEUPDATE_NOTE_OWNER, LIVEUPDATE_NOTE_SUBSYSTEM,		\
		  __VA_ARGS__ "\0" _version);					\
	static struct liveupdate_subsystem _name = {				\
		.name = __VA_ARGS__,						\
		.ops = _ops,							\
		.optional = _optional,						\
	}

/**
 * LIVEUPDATE_FILE_HANDLER - define a file handler, and list it as what can be restored
 * @_name: of the variable, which is static
 * @_compatible: the format, a string literal
 * @_ops: its operations
 *
 * The restore note goes into vmlinux, where programs find it that look at a kernel
 * before it is jumped to. A handler that is defined otherwise works, and is warned of
 * when it is registered.
 */
#define LIVEUPDATE_FILE_HANDLER(_name, _compatible, _ops)			\
	__LIVEUPDATE_RESTORED(liveupdate_file_handler, LIVEUPDATE_NOTE_FILE,	\
			      _name, _ops, _compatible)

/**
 * LIVEUPDATE_FLB - define an FLB, and list it as what can be restored
 * @_name: of the variable, which is static
 * @_compatible: the format, a string literal
 * @_ops: its operations
 */
#define LIVEUPDATE_FLB(_name, _compatible, _ops)				\
	__LIVEUPDATE_RESTORED(liveupdate_flb, LIVEUPDATE_NOTE_FLB,		\
			      _name, _ops, _compatible)

/**
 * LIVEUPDATE_SUBSYSTEM - define a subsystem, and list it as what can be restored
 * @_name: of the variable, which is static
 * @_participant: the subsystem's name, a string literal
 * @_version: of what it leaves to the next kernel, a string literal
 * @_ops: its operations
 * @_optional: whether a next kernel may be without it
 */
#define LIVEUPDATE_SUBSYSTEM(_name, _participant, _version, _ops, _optional)	\
	__LIVEUPDATE_SUBSYSTEM(_name, _version, _ops, _optional, _participant)

#ifdef CONFIG_LIVEUPDATE

DECLARE_STATIC_KEY_FALSE(liveupdate_normal_key);
DECLARE_STATIC_KEY_FALSE(liveupdate_updated_key);

/**
 * liveupdate_state_normal - whether no live update is in progress
 *
 * For hot paths: a jump that is patched when the state changes, and no access
 * to memory. The answer may be outdated when it arrives, see
 * liveupdate_work_begin() for one that holds.
 *
 * Context: any.
 * Return: true in NORMAL.
 */
static __always_inline bool liveupdate_state_normal(void)
{
	return static_branch_likely(&liveupdate_normal_key);
}

/**
 * liveupdate_state_updated - whether this kernel still takes state back
 *
 * True from boot until the live update is finished. A driver may ask it when
 * it probes a device, to take the device over rather than reset it. As cheap
 * as liveupdate_state_normal().
 *
 * Context: any.
 * Return: true in UPDATED.
 */
static __always_inline bool liveupdate_state_updated(void)
{
	return static_branch_unlikely(&liveupdate_updated_key);
}

bool liveupdate_enabled(void);
enum liveupdate_state liveupdate_get_state(void);
int liveupdate_reboot(void);

int liveupdate_register_subsystem(struct liveupdate_subsystem *s);
int liveupdate_unregister_subsystem(struct liveupdate_subsystem *s);
int liveupdate_get_subsystem_data(struct liveupdate_subsystem *s, u64 *data);
int __must_check liveupdate_work_begin(struct liveupdate_subsystem *s);
void liveupdate_work_end(struct liveupdate_subsystem *s, int cookie);

int liveupdate_run_order(phys_addr_t phys);
bool liveupdate_claim_run(phys_addr_t phys, unsigned int order);
bool liveupdate_handed_over(phys_addr_t phys, size_t size);
__printf(1, 2) void liveupdate_restore_fail(const char *fmt, ...);
void liveupdate_progress(long todo, long done);

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

static inline int liveupdate_register_subsystem(struct liveupdate_subsystem *s)
{
	return -EOPNOTSUPP;
}

static inline int liveupdate_unregister_subsystem(struct liveupdate_subsystem *s)
{
	return -EOPNOTSUPP;
}

static inline int liveupdate_get_subsystem_data(struct liveupdate_subsystem *s, u64 *data)
{
	return -EOPNOTSUPP;
}

static inline int __must_check liveupdate_work_begin(struct liveupdate_subsystem *s)
{
	return 0;
}

static inline void liveupdate_work_end(struct liveupdate_subsystem *s, int cookie) { }

static inline int liveupdate_run_order(phys_addr_t phys)
{
	return -ENOENT;
}

static inline bool liveupdate_claim_run(phys_addr_t phys, unsigned int order)
{
	return false;
}

static inline bool liveupdate_handed_over(phys_addr_t phys, size_t size)
{
	return false;
}

static inline __printf(1, 2) void liveupdate_restore_fail(const char *fmt, ...) { }

static inline void liveupdate_progress(long todo, long done) { }

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
