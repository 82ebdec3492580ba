/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libluo: talk to the Live Update Orchestrator of the running kernel.
 *
 * Every call returns zero or more on success, and a negative errno value on
 * failure. No call prints, exits or keeps state outside what it is handed. One
 * handle is for one thread at a time; different handles are independent.
 */
#ifndef LIBLUO_H
#define LIBLUO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LUO_DEVICE		"/dev/liveupdate"
#define LUO_SYSFS		"/sys/kernel/liveupdate"

/* Room for a session's name, the terminating zero included. */
#define LUO_NAME_SIZE		64
/* Room for the words that say who refused, the terminating zero included. */
#define LUO_CULPRIT_SIZE	128
/* Room for a participant's name, the terminating zero included. */
#define LUO_PARTICIPANT_NAME_SIZE	48
/* Room for a kernel's release, the terminating zero included. */
#define LUO_RELEASE_SIZE	72
/* Longest command line that every kernel can be started with. */
#define LUO_COMMAND_LINE_MAX	2047

struct luo;

enum luo_state {
	LUO_STATE_UNDEFINED = 0,
	LUO_STATE_NORMAL = 1,
	LUO_STATE_PREPARED = 2,
	LUO_STATE_FROZEN = 3,
	LUO_STATE_UPDATED = 4,
};

enum luo_event {
	LUO_EVENT_PREPARE = 0,
	LUO_EVENT_FREEZE = 1,
	LUO_EVENT_FINISH = 2,
	LUO_EVENT_CANCEL = 3,
};

/* For luo_open(): may change things; only one such handle exists at a time. */
#define LUO_OPEN_WRITE			(1U << 0)

/* Only the event FINISH ends this live update. */
#define LUO_STATUS_EXPLICIT		(1U << 0)
/* Something handed over could not be restored. */
#define LUO_STATUS_RESTORE_FAILED	(1U << 1)

struct luo_status {
	uint32_t state;
	uint32_t flags;
	uint64_t number;
	uint64_t reserved[2];
};

/* Handed over by the previous kernel; else bound for the next one. */
#define LUO_SESSION_INCOMING		(1U << 0)
/* An incoming session that somebody has taken back. */
#define LUO_SESSION_RETRIEVED		(1U << 1)
/* An incoming session that is finished, its descriptor still open. */
#define LUO_SESSION_FINISHED		(1U << 2)

struct luo_session_info {
	char name[LUO_NAME_SIZE];
	uint32_t flags;
	uint32_t reserved;
	uint64_t files;
};

/* A kernel subsystem or driver; else a part of the orchestrator itself. */
#define LUO_PARTICIPANT_SUBSYSTEM	(1U << 0)
/* Named by the previous kernel, which left data for it. */
#define LUO_PARTICIPANT_INCOMING	(1U << 1)
/* Part of this kernel; else only named by the previous one. */
#define LUO_PARTICIPANT_PRESENT		(1U << 2)
/* The next kernel may lack it. */
#define LUO_PARTICIPANT_OPTIONAL	(1U << 3)
/* Has saved its state for the next kernel. */
#define LUO_PARTICIPANT_PREPARED	(1U << 4)
/* Has saved the rest of it, too. */
#define LUO_PARTICIPANT_FROZEN		(1U << 5)

struct luo_participant_info {
	char name[LUO_PARTICIPANT_NAME_SIZE];
	uint32_t flags;
	uint32_t reserved;
};

/* What a participant is called for. */
enum luo_callback {
	LUO_CALL_PREPARE = 0,
	LUO_CALL_FREEZE = 1,
	LUO_CALL_CANCEL = 2,
	LUO_CALL_BOOT = 3,
	LUO_CALL_CAN_FINISH = 4,
	LUO_CALL_FINISH = 5,
};

/* What became of a live update. */
enum luo_result {
	LUO_RESULT_NONE = 0,
	LUO_RESULT_RUNNING = 1,
	LUO_RESULT_REFUSED = 2,
	LUO_RESULT_CANCELLED = 3,
	LUO_RESULT_COMPLETED = 4,
	LUO_RESULT_FAILED = 5,
};

/* Room for the times of callbacks, of which later kernels may have more. */
#define LUO_REPORT_CALLS	8
/* In place of a time: it was not taken, or nothing can tell it. */
#define LUO_TIME_UNKNOWN	UINT64_MAX

/* Of a live update; times are in nanoseconds, texts empty where there is nothing to say. */
struct luo_report {
	uint64_t number;
	uint32_t result;
	uint32_t callback;
	int32_t error;
	uint32_t reserved;
	uint64_t prepare_ns;
	uint64_t freeze_ns;
	uint64_t shutdown_ns;
	uint64_t jump_ns;
	uint64_t blackout_ns;
	uint64_t restore_ns;
	uint64_t reserved2[4];
	char old_release[LUO_RELEASE_SIZE];
	char new_release[LUO_RELEASE_SIZE];
	char culprit[LUO_CULPRIT_SIZE];
};

/* One participant's part in it, with its times by enum luo_callback. */
struct luo_report_entry {
	char name[LUO_PARTICIPANT_NAME_SIZE];
	uint32_t flags;
	int32_t error;
	uint64_t ns[LUO_REPORT_CALLS];
};

/* Whose orchestrator the kernel has. */
enum luo_orchestrator {
	LUO_ORCHESTRATOR_NONE = 0,
	LUO_ORCHESTRATOR_STOCK = 1,
	LUO_ORCHESTRATOR_FULL = 2,
};

/* How memory files are handed over. */
enum luo_memfd_format {
	LUO_MEMFD_STOCK = 0,
	LUO_MEMFD_EXTENT = 1,
};

/* Why there is no orchestrator. */
enum luo_reason {
	/* There is one. */
	LUO_REASON_NONE = 0,
	/* The command line of the kernel does not ask for it. */
	LUO_REASON_OFF = 1,
	/* It is asked for, and Kexec Handover is not, or did not come up. */
	LUO_REASON_NO_KHO = 2,
	/* Both are asked for: the kernel was built without. */
	LUO_REASON_NOT_BUILT = 3,
	/* The command line cannot be read. */
	LUO_REASON_UNKNOWN = 4,
};

/* States and events. */
#define LUO_CAN_STATES		(1U << 0)
/* Waiting for a state, and the status without a handle. */
#define LUO_CAN_WAIT		(1U << 1)
/* Lists of sessions, and of descriptors; taking one out of a session. */
#define LUO_CAN_LIST		(1U << 2)
/* Participants, and the record of the last live update. */
#define LUO_CAN_REPORT		(1U << 3)
/* The format of memory files can be chosen. */
#define LUO_CAN_CHOOSE_FORMAT	(1U << 4)
/* Memory that will be preserved can be kept out of what kernels boot in. */
#define LUO_CAN_AVOID_SCRATCH	(1U << 5)
/* Another kernel can be loaded. */
#define LUO_CAN_LOAD		(1U << 6)

/* A kernel is loaded. */
#define LUO_IS_LOADED		(1U << 0)
/* Memory that will be preserved is kept out of what kernels boot in. */
#define LUO_IS_AVOIDING_SCRATCH	(1U << 1)

/* In place of an enum luo_memfd_format: one that this library does not know. */
#define LUO_MEMFD_UNKNOWN	UINT32_MAX

/* A series of kernels, such as 7.2, to be compared with others. */
#define LUO_SERIES(major, minor)	(((uint32_t)(major) << 16) | (uint32_t)(minor))

struct luo_capabilities {
	/* An enum luo_orchestrator, and an enum luo_reason. */
	uint32_t orchestrator;
	uint32_t reason;
	/* 0 if the device could be opened for reading, or the error. */
	int32_t device;
	uint32_t can;
	uint32_t is;
	/* What the next memory file will be preserved in. */
	uint32_t memfd_format;
	/* A bit for each enum luo_memfd_format that this kernel can write. */
	uint32_t memfd_formats;
	/* Of the kernel; 0 where its release does not begin with numbers. */
	uint32_t series;
	uint32_t reserved[8];
	char release[LUO_RELEASE_SIZE];
};

/* Since 1.0: the device. A NULL path means LUO_DEVICE. */
int luo_open(struct luo **luo, const char *path, unsigned int flags);
void luo_close(struct luo *luo);
int luo_fd(const struct luo *luo);

/* Since 1.0: the state machine. A NULL handle asks sysfs for the status. */
int luo_get_status(struct luo *luo, struct luo_status *status);
int luo_has_states(struct luo *luo);
int luo_set_event(struct luo *luo, enum luo_event event, char culprit[LUO_CULPRIT_SIZE]);
const char *luo_state_name(unsigned int state);
const char *luo_event_name(unsigned int event);
int luo_state_from_name(const char *name);

/* Since 1.2: waiting for a state. These need neither privilege nor the device. */
#define LUO_STATE_BIT(state)	(1U << (state))
int luo_state_open(void);
int luo_state_read(int fd);
int luo_wait_state(unsigned int states, int timeout_ms);

/* Since 1.0: sessions. What they return is freed with free(3). */
int luo_list_sessions(struct luo *luo, struct luo_session_info **list, size_t *count);
int luo_session_create(struct luo *luo, const char *name);
int luo_session_retrieve(struct luo *luo, const char *name);

/* Since 1.0: one session, by its descriptor. */
int luo_session_preserve_fd(int session, int fd, uint64_t token);
int luo_session_unpreserve_fd(int session, uint64_t token);
int luo_session_retrieve_fd(int session, uint64_t token);
int luo_session_list_fds(int session, uint64_t **tokens, size_t *count);
int luo_session_get_name(int session, char name[LUO_NAME_SIZE]);
int luo_session_finish(int session);

/* Since 1.1: who takes part, and the last live update. Lists are freed with free(3). */
int luo_list_participants(struct luo *luo, struct luo_participant_info **list, size_t *count);
int luo_get_report(struct luo *luo, struct luo_report *report, struct luo_report_entry **entries,
		   size_t *count);
const char *luo_callback_name(unsigned int callback);
const char *luo_result_name(unsigned int result);

/* Since 1.0: the next kernel. A NULL initrd means none. */
int luo_kexec_load(const char *kernel, const char *initrd, const char *command_line);
int luo_kexec_unload(void);
int luo_kexec_loaded(void);
int luo_kexec_jump(void);
/* Since 1.2: descriptors in place of paths, -1 for no initrd; a jump without a sync. */
int luo_kexec_load_fd(int kernel, int initrd, const char *command_line);
int luo_kexec_jump_now(void);

/* Since 1.2: what this kernel can do, and the format of memory files handed over. */
int luo_probe(struct luo_capabilities *capabilities);
int luo_get_memfd_format(void);
int luo_set_memfd_format(enum luo_memfd_format format);
const char *luo_memfd_format_name(unsigned int format);

#ifdef __cplusplus
}
#endif

#endif /* LIBLUO_H */
