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

/* Since 1.0: the next kernel. A NULL initrd means none. */
int luo_kexec_load(const char *kernel, const char *initrd, const char *command_line);
int luo_kexec_unload(void);
int luo_kexec_loaded(void);
int luo_kexec_jump(void);

#ifdef __cplusplus
}
#endif

#endif /* LIBLUO_H */
