/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_LUO_INTERNAL_H
#define _LINUX_LUO_INTERNAL_H

#include <linux/kho/abi/luo_state.h>
#include <linux/kho_block.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/liveupdate.h>
#include <linux/mutex.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>
#include <linux/uaccess.h>

/* luo_participant.c: who takes part, and how all of them take a step */

/* Who refused. The first to say so is kept. */
struct luo_blame {
	char text[LIVEUPDATE_CULPRIT_LENGTH];
};

enum luo_phase {
	LUO_PHASE_IDLE,
	LUO_PHASE_PREPARED,
	LUO_PHASE_FROZEN,
};

struct luo_participant;
struct luo_row;

/**
 * struct luo_participant_ops - how something takes part in a live update
 * @prepare: save what can be saved while work goes on; on failure nothing is
 *	left of it
 * @freeze: save the rest, in the blackout; on failure the participant is as
 *	@prepare left it
 * @cancel: undo @prepare, and @freeze where @phase of the participant says
 *	that it was reached
 * @boot: take over what the previous kernel left
 * @can_finish: an error vetoes, and nothing was torn down
 * @finish: the new kernel's side is complete
 * @has: whether a call leads to anything that is worth being counted; the
 *	presence of the operation tells where this is absent
 *
 * Each is optional and is called with the state locked for writing.
 */
struct luo_participant_ops {
	int (*prepare)(struct luo_participant *p, struct luo_blame *blame);
	int (*freeze)(struct luo_participant *p, struct luo_blame *blame);
	void (*cancel)(struct luo_participant *p);
	int (*boot)(struct luo_participant *p, struct luo_blame *blame);
	int (*can_finish)(struct luo_participant *p, struct luo_blame *blame);
	void (*finish)(struct luo_participant *p);
	bool (*has)(struct luo_participant *p, enum liveupdate_callback call);
};

/**
 * struct luo_participant - somebody who takes part
 * @name: who it is
 * @ops: what it does
 * @flags: LUO_PARTICIPANT_SER_*
 * @data: the word that a subsystem hands over
 * @phase: how far it went
 * @row: its row in the record; NULL where nothing is recorded
 * @list: in the order of preparing
 */
struct luo_participant {
	const char *name;
	const struct luo_participant_ops *ops;
	u32 flags;
	u64 data;
	enum luo_phase phase;
	struct luo_row *row;
	struct list_head list;
};

__printf(2, 3) void luo_blame(struct luo_blame *blame, const char *fmt, ...);
const char *luo_call_name(enum liveupdate_callback call);
int luo_participant_prepare(struct luo_participant *p, struct luo_blame *blame);
int luo_participant_boot(struct luo_participant *p, struct luo_blame *blame);
int luo_participants_prepare(struct list_head *list, struct luo_blame *blame);
int luo_participants_freeze(struct list_head *list, struct luo_blame *blame);
void luo_participants_cancel(struct list_head *list);
int luo_participants_can_finish(struct list_head *list, struct luo_blame *blame);
void luo_participants_finish(struct list_head *list);

/* luo_state.c: the state, and its lock */

int luo_state_next(enum liveupdate_state state, u32 event);
const char *luo_state_name(enum liveupdate_state state);
const char *luo_current_state_name(void);
void luo_state_set(enum liveupdate_state state, const char *event, bool quiet);
int __must_check luo_state_write_enter(void);
int __must_check luo_state_write_enter_killable(void);
void luo_state_write_exit(void);
int __must_check luo_state_read_enter(void);
void luo_state_read_enter_uninterruptible(void);
void luo_state_read_exit(void);
bool luo_state_is_mine(void);
bool luo_state_sealed(void);

/* luo_event.c: what happens between two states */

int luo_participant_add(struct luo_participant *p, struct luo_blame *blame);
int luo_participant_remove(struct luo_participant *p);
int luo_state_event(u32 event, struct luo_blame *blame);
int luo_state_reboot(bool handover, struct luo_blame *blame);
void luo_state_settle(void);
bool luo_update_explicit(void);
bool luo_departing(void);
void __init luo_state_init(bool updated, bool explicit);

/* luo_subsystem.c: kernel subsystems and drivers as participants */

void luo_subsystems_restrict(void);
void luo_subsystems_release(void);

/* luo_core.c: boot, policy */

bool luo_restore_failed(void);
u64 luo_number(void);

/* luo_outgoing.c: the roots for the next kernel */

bool luo_outgoing_ready(void);
int luo_outgoing_reserve(struct list_head *participants);
void luo_outgoing_set_sessions(u64 sessions_pa, u64 count);
void luo_outgoing_set_flbs(u64 flbs_pa);
void luo_outgoing_begin_freeze(void);
void luo_outgoing_seal(struct list_head *participants, bool explicit);
void luo_outgoing_unseal(void);

/* luo_row.c: what each participant did in the last live update */

#define LUO_CALLS	(LIVEUPDATE_CALL_FINISH + 1)

/**
 * struct luo_row - a participant's row in the record
 * @kobj: its directory in sysfs, and what it lives by
 * @list: among those of this kernel, or those that only the previous one named
 * @name: whose it is
 * @flags: LIVEUPDATE_PARTICIPANT_FLAG_*
 * @error: with which it refused
 * @data: what the previous kernel left, where @flags say so
 * @ns: how long it took in each callback
 *
 * Changed with the state locked for writing; sysfs reads it at any time.
 */
struct luo_row {
	struct kobject kobj;
	struct list_head list;
	char name[LIVEUPDATE_PARTICIPANT_NAME_LENGTH];
	u32 flags;
	int error;
	u64 data;
	u64 ns[LUO_CALLS];
};

struct luo_row *luo_row_join(const char *name, u32 flags);
void luo_row_leave(struct luo_row *row);
struct luo_row *luo_row_find(const char *name);
int luo_row_restore(const struct luo_participant_ser *ser);
void luo_row_call(struct luo_row *row, enum liveupdate_callback call, u64 ns, int err);
void luo_row_phase(struct luo_row *row, enum luo_phase phase);
bool luo_rows_incoming(void);
const struct luo_row *luo_rows_unclaimed(void);
void luo_rows_restart(void);
void luo_rows_finish(void);
u32 luo_rows_each(void (*fn)(const struct luo_row *row, void *at), void *array,
		  size_t entry_size, u32 room);
void luo_rows_publish(struct kobject *parent);

/* luo_record.c: the last live update */

enum luo_span {
	LUO_SPAN_PREPARE,
	LUO_SPAN_FREEZE,
	LUO_SPAN_SHUTDOWN,
	LUO_SPAN_JUMP,
	LUO_SPAN_BLACKOUT,
	LUO_SPAN_RESTORE,
	LUO_SPANS
};

/**
 * struct luo_record - what became of a live update, and when
 * @number: which one it is
 * @result: an &enum liveupdate_result
 * @callback: what was refused, where there is a @culprit
 * @error: with which error
 * @ns: how long each part took
 * @old_release: of the kernel it began in
 * @new_release: of the kernel it led to
 * @culprit: who refused
 */
struct luo_record {
	u64 number;
	u32 result;
	u32 callback;
	int error;
	u64 ns[LUO_SPANS];
	char old_release[LIVEUPDATE_RELEASE_LENGTH];
	char new_release[LIVEUPDATE_RELEASE_LENGTH];
	char culprit[LIVEUPDATE_CULPRIT_LENGTH];
};

u64 luo_since(u64 then);
u64 luo_clock(void);
u32 luo_clock_khz(void);
u64 luo_clock_span(u64 from, u64 to, u32 khz_then, u32 khz_now);
void luo_record_get(struct luo_record *copy);
u64 luo_record_number(void);
void luo_record_start(u64 number);
void luo_record_span(enum luo_span span, u64 ns);
void luo_record_refuse(enum liveupdate_callback call, int err, const struct luo_blame *blame);
void luo_record_end(enum liveupdate_result result);
void luo_record_fail(const char *why);
void __init luo_record_arrive(const struct luo_state_ser *ser, u64 number, u64 arrived);
void luo_record_updated(void);
void luo_record_restored(void);

/* luo_log.c: the log of the previous kernel */

#ifdef CONFIG_LIVEUPDATE_LOG
void luo_log_depart(void);
size_t luo_log_read(char *buf, loff_t at, size_t count);
#else
static inline void luo_log_depart(void) { }
static inline size_t luo_log_read(char *buf, loff_t at, size_t count) { return 0; }
#endif

/* luo_debug.c: faults on demand, for tests */

/* Points at which a fault can be made to happen, besides the callbacks */
enum luo_fault_point {
	LUO_FAULT_PRESERVE = LUO_CALLS,
	LUO_FAULT_RETRIEVE,
	LUO_FAULT_ALLOC,
};

#ifdef CONFIG_LIVEUPDATE_DEBUG
int luo_fault(const char *who, unsigned int point);
void luo_debug_boot_begin(void);
void luo_debug_boot_end(void);
void luo_debug_seal(struct luo_state_ser *state);
void luo_debug_corrupt(struct luo_ser *luo, struct luo_state_ser *state);
#else
static inline int luo_fault(const char *who, unsigned int point) { return 0; }
static inline void luo_debug_boot_begin(void) { }
static inline void luo_debug_boot_end(void) { }
static inline void luo_debug_seal(struct luo_state_ser *state) { }
static inline void luo_debug_corrupt(struct luo_ser *luo, struct luo_state_ser *state) { }
#endif

/* luo_handover.c: what the previous kernel says is not believed */

#define LUO_MAX_BLOCKS	10000

typedef void *(*luo_map_fn)(u64 pa, size_t size);

void *luo_map(u64 pa, size_t size);
int luo_blocks_check(u64 head_pa, size_t entry_size, luo_map_fn map, u64 *entries);
int luo_string_check(const char *s, size_t size);
int luo_ser_check(const struct luo_ser *ser, size_t size);
u32 luo_state_ser_checksum(const struct luo_state_ser *ser);
int luo_state_ser_check(const struct luo_state_ser *ser, size_t size, const struct luo_ser *luo);
int luo_flb_table_check(const struct luo_flb_header_ser *header, size_t size);
bool luo_participant_name_ok(const char *name);
u32 luo_participants_checksum(u32 crc, const struct luo_participant_ser *ser);
int luo_participants_check(const struct luo_participant_ser *ser, u64 count, u32 checksum);

/* luo_file.c: the files of a session */

struct luo_file_set {
	struct list_head list;
	struct kho_block_set blocks;
	u64 count;
};

int __init luo_file_init(void);
void luo_file_set_init(struct luo_file_set *set);
int luo_file_preserve(struct luo_file_set *set, u64 token, int fd);
int luo_file_unpreserve(struct luo_file_set *set, u64 token);
void luo_file_unpreserve_all(struct luo_file_set *set);
int luo_file_freeze(struct luo_file_set *set, struct luo_file_set_ser *ser, u64 *culprit);
void luo_file_unfreeze(struct luo_file_set *set);
int luo_file_restore(struct luo_file_set *set, const struct luo_file_set_ser *ser);
int luo_file_retrieve(struct luo_file_set *set, u64 token, struct file **filep);
int luo_file_can_finish(struct luo_file_set *set, u64 *culprit);
void luo_file_finish(struct luo_file_set *set, const char *session);
u64 luo_file_tokens(struct luo_file_set *set, u64 *tokens, u64 room);

/* luo_handler.c: who can preserve what */

struct liveupdate_file_handler *luo_handler_for_file(struct file *file);
struct liveupdate_file_handler *luo_handler_by_name(const char *compatible);
void luo_handler_put(struct liveupdate_file_handler *fh);
void luo_handlers_publish(struct kobject *kobj);
void luo_handler_count(struct liveupdate_file_handler *fh, long files);

extern struct rw_semaphore luo_register_rwsem;

/* luo_note.c: what is listed as what this kernel restores */

/* Of the linker script */
extern const char __start_notes[];
extern const char __stop_notes[];

void luo_note_expect(u32 type, const char *text, const void *owner);

/* luo_flb.c: global data bound to files */

extern struct luo_participant luo_flb_participant;

int luo_flb_restore(u64 flbs_pa);
int luo_flb_preserve_for(struct liveupdate_file_handler *fh);
void luo_flb_unpreserve_for(struct liveupdate_file_handler *fh);
void luo_flb_finish_for(struct liveupdate_file_handler *fh);
void luo_flb_unregister_all(struct liveupdate_file_handler *fh);

/* luo_session.c: sessions */

/**
 * struct luo_session - files that one owner wants back in the next kernel
 * @name: its name, padded with zeroes, the key of @node
 * @node: in the names of its set
 * @list: in the list of its set
 * @incoming: handed over by the previous kernel
 * @retrieved: an incoming session that has a descriptor
 * @finished: an incoming session whose files are finished
 * @orphan: an outgoing session whose descriptor was closed after the set was
 *	sealed; goes away should the update be cancelled
 * @files: its files
 * @mutex: protects the members from @retrieved on
 */
struct luo_session {
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];
	struct rhash_head node;
	struct list_head list;
	bool incoming;
	bool retrieved;
	bool finished;
	bool orphan;
	struct luo_file_set files;
	struct mutex mutex; /* protects the members from @retrieved on */
};

extern struct luo_participant luo_session_participant;

int __init luo_session_init(void);
int luo_session_restore(u64 sessions_pa);
int luo_session_create(const char *name, struct luo_session **sessionp);
int luo_session_retrieve(const char *name, struct luo_session **sessionp);
int luo_session_finish(struct luo_session *session);
void luo_session_abandon(struct luo_session *session);
void luo_session_close(struct luo_session *session);
u64 luo_session_outgoing_count(void);
u64 luo_session_unfinished_count(void);
u32 luo_session_info(struct liveupdate_session_info *infos, u32 room);

/* luo_session_fd.c: the descriptor of a session */

struct file *luo_session_getfile(struct luo_session *session);

/* luo_ioctl.c: the calling convention of all ioctls */

/**
 * struct luo_call - one ioctl in execution
 * @object: what the descriptor stands for
 * @arg: the caller's structure, copied in; copied out afterwards
 * @file: set by a call that makes a descriptor
 */
struct luo_call {
	void *object;
	void *arg;
	struct file *file;
};

/* Changes something: needs a descriptor that is open for writing. */
#define LUO_IOCTL_WRITES	BIT(0)
/* Makes a descriptor, whose number is the second word of the structure. */
#define LUO_IOCTL_MAKES_FD	BIT(1)
/* The structure is copied out on failure too. */
#define LUO_IOCTL_EXPLAINS	BIT(2)

struct luo_ioctl {
	unsigned int cmd;
	unsigned int size;
	unsigned int min_size;
	unsigned int flags;
	int (*execute)(struct luo_call *call);
};

#define LUO_IOCTL_MAX_SIZE	384

#define LUO_IOCTL(_cmd, _fn, _struct, _last, _flags) {			\
	.cmd = _cmd,							\
	.size = sizeof(_struct) +					\
		BUILD_BUG_ON_ZERO(sizeof(_struct) > LUO_IOCTL_MAX_SIZE),	\
	.min_size = offsetofend(_struct, _last),			\
	.flags = _flags,						\
	.execute = _fn,							\
}

long luo_ioctl_run(const struct luo_ioctl *table, unsigned int n, void *object,
		   struct file *filp, unsigned int cmd, unsigned long arg);

int luo_copy_entries(u64 user, u32 user_size, u32 n, const void *entries, size_t size);
struct kobject *luo_device_kobj(void);

/* luo_report.c: who takes part, and the record, as ioctls */

int luo_ioctl_list_participants(struct luo_call *call);
int luo_ioctl_get_report(struct luo_call *call);

/* luo_sysfs.c */

void luo_sysfs_state_changed(const char *event);
void luo_sysfs_wake(void);

#ifdef CONFIG_LIVEUPDATE_TEST
void liveupdate_test_register(struct liveupdate_file_handler *fh);
#else
static inline void liveupdate_test_register(struct liveupdate_file_handler *fh) { }
#endif

u64 luo_progress_todo(void);
u64 luo_progress_done(void);

#endif /* _LINUX_LUO_INTERNAL_H */
