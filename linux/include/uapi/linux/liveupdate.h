/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Live Update Orchestrator: the userspace interface of /dev/liveupdate.
 *
 * Numbers, names and layouts up to and including LIVEUPDATE_SESSION_GET_NAME
 * are those of the kernel's own orchestrator, so that programs written for it
 * run unchanged; the rest belongs to this one.
 */
#ifndef _UAPI_LIVEUPDATE_H
#define _UAPI_LIVEUPDATE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Calling convention
 *
 * Each call takes a pointer to one structure that starts with its own size.
 * A caller built against an older header passes less, one built against a
 * newer header passes more: what it leaves out reads as zero, and what this
 * kernel does not know must be zero. Errors that mean the same everywhere:
 *
 * ==========  ===============================================================
 * ENOTTY      no such call on this kind of descriptor
 * EINVAL      the size is below the first version's, a reserved field is set,
 *             a value makes no sense, or the call does not fit the state
 * E2BIG       bytes beyond those this kernel knows are not zero
 * EOPNOTSUPP  a known field holds a value that this kernel cannot serve
 * EBADF       a call that changes something, on a descriptor opened read-only
 * ENOENT      no session, or no file, goes by that name or token
 * EBUSY       the set of preserved things is sealed (state FROZEN), the thing
 *             is already preserved, or somebody is not ready
 * EINTR       a fatal signal came before anything was done
 * EIO         what the previous kernel handed over cannot be restored
 * ==========  ===============================================================
 *
 * The device may be open for writing once at a time (EBUSY); any number of
 * descriptors may be open read-only, and those may call GET_STATE,
 * LIST_SESSIONS, LIST_PARTICIPANTS and GET_REPORT.
 *
 * A call that lists takes the size of one entry as the caller knows it, and how
 * many fit; it says how many there are. Where that grew, as many as fit were
 * written.
 */

#define LIVEUPDATE_IOCTL_TYPE		0xBA

/* Room for a session's name, the terminating zero included. */
#define LIVEUPDATE_SESSION_NAME_LENGTH	64

/* Room for the words that say who refused, the terminating zero included. */
#define LIVEUPDATE_CULPRIT_LENGTH	128

/* Room for a participant's name, the terminating zero included. */
#define LIVEUPDATE_PARTICIPANT_NAME_LENGTH	48

/* Room for a kernel's release, the terminating zero included. */
#define LIVEUPDATE_RELEASE_LENGTH	72

/**
 * DOC: Restore notes
 *
 * What a kernel can be handed is in ELF notes of its vmlinux, and, of the one that
 * runs, in /sys/kernel/notes: the owner is "LUO", the description a text that ends
 * with a zero, which is to be the same on both sides. A subsystem has two texts, its
 * name and the version of its data.
 */
#define LIVEUPDATE_NOTE_OWNER		"LUO"
#define LIVEUPDATE_NOTE_KHO		1	/* of Kexec Handover */
#define LIVEUPDATE_NOTE_LUO		2	/* of the orchestrator's own data */
#define LIVEUPDATE_NOTE_FILE		3	/* a type of file */
#define LIVEUPDATE_NOTE_FLB		4	/* what files of a type share */
#define LIVEUPDATE_NOTE_SUBSYSTEM	5	/* a subsystem: name, version */

/* Calls on /dev/liveupdate */
enum {
	LIVEUPDATE_CMD_BASE = 0x00,
	LIVEUPDATE_CMD_CREATE_SESSION = LIVEUPDATE_CMD_BASE,
	LIVEUPDATE_CMD_RETRIEVE_SESSION = 0x01,

	LIVEUPDATE_CMD_GET_STATE = 0x20,
	LIVEUPDATE_CMD_SET_EVENT = 0x21,
	LIVEUPDATE_CMD_LIST_SESSIONS = 0x22,
	LIVEUPDATE_CMD_LIST_PARTICIPANTS = 0x23,
	LIVEUPDATE_CMD_GET_REPORT = 0x24,
};

/* Calls on the descriptor of a session */
enum {
	LIVEUPDATE_CMD_SESSION_BASE = 0x40,
	LIVEUPDATE_CMD_SESSION_PRESERVE_FD = LIVEUPDATE_CMD_SESSION_BASE,
	LIVEUPDATE_CMD_SESSION_RETRIEVE_FD = 0x41,
	LIVEUPDATE_CMD_SESSION_FINISH = 0x42,
	LIVEUPDATE_CMD_SESSION_GET_NAME = 0x43,

	LIVEUPDATE_CMD_SESSION_UNPRESERVE_FD = 0x60,
	LIVEUPDATE_CMD_SESSION_LIST_FDS = 0x61,
};

/**
 * enum liveupdate_state - where a machine stands in a live update
 * @LIVEUPDATE_STATE_UNDEFINED: before the orchestrator starts during boot;
 *	userspace never sees it
 * @LIVEUPDATE_STATE_NORMAL: no live update is in progress
 * @LIVEUPDATE_STATE_PREPARED: everybody has saved what they need and runs
 *	restricted
 * @LIVEUPDATE_STATE_FROZEN: the blackout; the final state is saved and the
 *	kexec is imminent
 * @LIVEUPDATE_STATE_UPDATED: the new kernel runs, and what was handed over is
 *	being taken back
 */
enum liveupdate_state {
	LIVEUPDATE_STATE_UNDEFINED = 0,
	LIVEUPDATE_STATE_NORMAL = 1,
	LIVEUPDATE_STATE_PREPARED = 2,
	LIVEUPDATE_STATE_FROZEN = 3,
	LIVEUPDATE_STATE_UPDATED = 4,
};

/**
 * enum liveupdate_event - what moves a machine from state to state
 * @LIVEUPDATE_PREPARE: NORMAL to PREPARED; on failure all is undone
 * @LIVEUPDATE_FREEZE: PREPARED to FROZEN; on failure all is undone, NORMAL
 * @LIVEUPDATE_FINISH: UPDATED to NORMAL; EBUSY, and nothing happened, when
 *	somebody is not ready
 * @LIVEUPDATE_CANCEL: PREPARED or FROZEN back to NORMAL; cannot fail before
 *	the machine is on its way into the next kernel
 */
enum liveupdate_event {
	LIVEUPDATE_PREPARE = 0,
	LIVEUPDATE_FREEZE = 1,
	LIVEUPDATE_FINISH = 2,
	LIVEUPDATE_CANCEL = 3,
};

/**
 * struct liveupdate_ioctl_create_session - LIVEUPDATE_IOCTL_CREATE_SESSION
 * @size: in: size of this structure
 * @fd: out: descriptor of the new session
 * @name: in: its name, zero-terminated, not empty
 *
 * A session groups files that one owner wants to have back in the next
 * kernel. It lives as long as its descriptor: closing the last one before the
 * jump gives everything in the session up.
 *
 * EEXIST: a session of this name exists already.
 */
struct liveupdate_ioctl_create_session {
	__u32		size;
	__s32		fd;
	__u8		name[LIVEUPDATE_SESSION_NAME_LENGTH];
};

#define LIVEUPDATE_IOCTL_CREATE_SESSION					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_CREATE_SESSION)

/**
 * struct liveupdate_ioctl_retrieve_session - LIVEUPDATE_IOCTL_RETRIEVE_SESSION
 * @size: in: size of this structure
 * @fd: out: descriptor of the session
 * @name: in: the name it had in the previous kernel
 *
 * Takes a session back in the new kernel. Closing its descriptor finishes it.
 *
 * EINVAL: it has been retrieved before.
 */
struct liveupdate_ioctl_retrieve_session {
	__u32		size;
	__s32		fd;
	__u8		name[LIVEUPDATE_SESSION_NAME_LENGTH];
};

#define LIVEUPDATE_IOCTL_RETRIEVE_SESSION \
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_RETRIEVE_SESSION)

/* The previous kernel was told PREPARE and FREEZE: only FINISH finishes. */
#define LIVEUPDATE_STATE_FLAG_EXPLICIT		0x1
/* Something handed over could not be restored: FINISH fails with EIO. */
#define LIVEUPDATE_STATE_FLAG_RESTORE_FAILED	0x2

/**
 * struct liveupdate_ioctl_get_state - LIVEUPDATE_IOCTL_GET_STATE
 * @size: in: size of this structure
 * @state: out: an &enum liveupdate_state
 * @flags: out: LIVEUPDATE_STATE_FLAG_*
 * @reserved: out: zero
 * @number: out: how many live updates led to this kernel since the machine
 *	was switched on
 */
struct liveupdate_ioctl_get_state {
	__u32		size;
	__u32		state;
	__u32		flags;
	__u32		reserved;
	__aligned_u64	number;
};

#define LIVEUPDATE_IOCTL_GET_STATE					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_GET_STATE)

/**
 * struct liveupdate_ioctl_set_event - LIVEUPDATE_IOCTL_SET_EVENT
 * @size: in: size of this structure
 * @event: in: an &enum liveupdate_event
 * @culprit: out: who refused, in words, where somebody did; else empty. It is
 *	filled in on failure too.
 *
 * Returns once the new state is reached, or with the first error once
 * everything is back as it was. EINVAL: the event does not fit the state.
 * EOPNOTSUPP: no such event.
 */
struct liveupdate_ioctl_set_event {
	__u32		size;
	__u32		event;
	__u8		culprit[LIVEUPDATE_CULPRIT_LENGTH];
};

#define LIVEUPDATE_IOCTL_SET_EVENT					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SET_EVENT)

/* Handed over by the previous kernel; else bound for the next one. */
#define LIVEUPDATE_SESSION_FLAG_INCOMING	0x1
/* An incoming session that somebody has taken back. */
#define LIVEUPDATE_SESSION_FLAG_RETRIEVED	0x2
/* An incoming session that is finished; its descriptor is still open. */
#define LIVEUPDATE_SESSION_FLAG_FINISHED	0x4

/**
 * struct liveupdate_session_info - one session in a list
 * @name: its name
 * @flags: LIVEUPDATE_SESSION_FLAG_*
 * @reserved: zero
 * @files: how many files it holds
 */
struct liveupdate_session_info {
	__u8		name[LIVEUPDATE_SESSION_NAME_LENGTH];
	__u32		flags;
	__u32		reserved;
	__aligned_u64	files;
};

/**
 * struct liveupdate_ioctl_list_sessions - LIVEUPDATE_IOCTL_LIST_SESSIONS
 * @size: in: size of this structure
 * @entry_size: in: size of one &struct liveupdate_session_info of the caller
 * @count: in: how many entries fit at @entries; out: how many sessions exist
 * @reserved: in: zero
 * @entries: in: address of the array to fill
 *
 * Incoming sessions first, then outgoing ones, each in order of creation. A
 * @count that grew means that only as many as fit were written.
 */
struct liveupdate_ioctl_list_sessions {
	__u32		size;
	__u32		entry_size;
	__u32		count;
	__u32		reserved;
	__aligned_u64	entries;
};

#define LIVEUPDATE_IOCTL_LIST_SESSIONS					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_LIST_SESSIONS)

/* A kernel subsystem or driver; else a part of the orchestrator itself. */
#define LIVEUPDATE_PARTICIPANT_FLAG_SUBSYSTEM	0x1
/* Named by the previous kernel, which left data for it. */
#define LIVEUPDATE_PARTICIPANT_FLAG_INCOMING	0x2
/* Part of this kernel; else only named by the previous one. */
#define LIVEUPDATE_PARTICIPANT_FLAG_PRESENT	0x4
/* The next kernel may lack it; else what it left has to be taken over. */
#define LIVEUPDATE_PARTICIPANT_FLAG_OPTIONAL	0x8
/* Has saved its state for the next kernel. */
#define LIVEUPDATE_PARTICIPANT_FLAG_PREPARED	0x10
/* Has saved the rest of it, too. */
#define LIVEUPDATE_PARTICIPANT_FLAG_FROZEN	0x20

/**
 * struct liveupdate_participant_info - one participant in a list
 * @name: its name
 * @flags: LIVEUPDATE_PARTICIPANT_FLAG_*
 * @reserved: zero
 */
struct liveupdate_participant_info {
	__u8		name[LIVEUPDATE_PARTICIPANT_NAME_LENGTH];
	__u32		flags;
	__u32		reserved;
};

/**
 * struct liveupdate_ioctl_list_participants - LIVEUPDATE_IOCTL_LIST_PARTICIPANTS
 * @size: in: size of this structure
 * @entry_size: in: size of one &struct liveupdate_participant_info of the caller
 * @count: in: how many entries fit at @entries; out: how many there are
 * @reserved: in: zero
 * @entries: in: address of the array to fill
 *
 * In the order in which they prepare and freeze.
 */
struct liveupdate_ioctl_list_participants {
	__u32		size;
	__u32		entry_size;
	__u32		count;
	__u32		reserved;
	__aligned_u64	entries;
};

#define LIVEUPDATE_IOCTL_LIST_PARTICIPANTS				\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_LIST_PARTICIPANTS)

/**
 * enum liveupdate_callback - what a participant is called for
 * @LIVEUPDATE_CALL_PREPARE: save what can be saved while work goes on
 * @LIVEUPDATE_CALL_FREEZE: save the rest, in the blackout
 * @LIVEUPDATE_CALL_CANCEL: undo both
 * @LIVEUPDATE_CALL_BOOT: take over what the previous kernel left
 * @LIVEUPDATE_CALL_CAN_FINISH: say whether it may be let go of
 * @LIVEUPDATE_CALL_FINISH: let go of it
 */
enum liveupdate_callback {
	LIVEUPDATE_CALL_PREPARE = 0,
	LIVEUPDATE_CALL_FREEZE = 1,
	LIVEUPDATE_CALL_CANCEL = 2,
	LIVEUPDATE_CALL_BOOT = 3,
	LIVEUPDATE_CALL_CAN_FINISH = 4,
	LIVEUPDATE_CALL_FINISH = 5,
};

/* Room for the times of callbacks, of which later kernels may have more. */
#define LIVEUPDATE_REPORT_CALLS		8

/* In place of a time: it was not taken, or nothing can tell it. */
#define LIVEUPDATE_TIME_UNKNOWN		0xffffffffffffffffULL

/**
 * struct liveupdate_report_entry - one participant's part in a live update
 * @name: its name
 * @flags: LIVEUPDATE_PARTICIPANT_FLAG_*
 * @error: the error with which it refused, negative; else 0
 * @ns: nanoseconds it took, by &enum liveupdate_callback; those of PREPARE,
 *	FREEZE and CANCEL in the old kernel, the others in the new one.
 *	%LIVEUPDATE_TIME_UNKNOWN where it was not called.
 */
struct liveupdate_report_entry {
	__u8		name[LIVEUPDATE_PARTICIPANT_NAME_LENGTH];
	__u32		flags;
	__s32		error;
	__aligned_u64	ns[LIVEUPDATE_REPORT_CALLS];
};

/**
 * enum liveupdate_result - what became of a live update
 * @LIVEUPDATE_RESULT_NONE: there was none since the machine was switched on
 * @LIVEUPDATE_RESULT_RUNNING: it is in progress
 * @LIVEUPDATE_RESULT_REFUSED: a participant refused, all was undone
 * @LIVEUPDATE_RESULT_CANCELLED: the orchestrator cancelled it
 * @LIVEUPDATE_RESULT_COMPLETED: the new kernel finished it
 * @LIVEUPDATE_RESULT_FAILED: the new kernel could not restore something
 */
enum liveupdate_result {
	LIVEUPDATE_RESULT_NONE = 0,
	LIVEUPDATE_RESULT_RUNNING = 1,
	LIVEUPDATE_RESULT_REFUSED = 2,
	LIVEUPDATE_RESULT_CANCELLED = 3,
	LIVEUPDATE_RESULT_COMPLETED = 4,
	LIVEUPDATE_RESULT_FAILED = 5,
};

/**
 * struct liveupdate_ioctl_get_report - LIVEUPDATE_IOCTL_GET_REPORT
 * @size: in: size of this structure
 * @entry_size: in: size of one &struct liveupdate_report_entry of the caller
 * @count: in: how many entries fit at @entries; out: how many there are
 * @result: out: an &enum liveupdate_result
 * @callback: out: the &enum liveupdate_callback that was refused, where
 *	@culprit is not empty
 * @error: out: the error of the refusal, negative; else 0
 * @entries: in: address of the array to fill
 * @number: out: which live update this is, counted since the machine was
 *	switched on
 * @prepare_ns: out: PREPARE, until the new state or until all was undone
 * @freeze_ns: out: FREEZE, the same
 * @shutdown_ns: out: FROZEN reached until the old kernel was left
 * @jump_ns: out: the old kernel was left until the new one's orchestrator ran
 * @blackout_ns: out: FREEZE began until the new kernel reached UPDATED
 * @restore_ns: out: UPDATED reached until FINISH was done
 * @old_release: out: release of the kernel that the update began in
 * @new_release: out: release of the kernel that it led to; empty where it led
 *	to none
 * @culprit: out: who refused, or what could not be restored, in words; else
 *	empty
 *
 * The last live update, or the one in progress. Times are in nanoseconds and
 * %LIVEUPDATE_TIME_UNKNOWN where they are not known. Those that span the jump
 * are taken with a counter of the CPU, and are known only where both kernels
 * agree on its rate and it went on counting.
 *
 * Entries come in the order in which the participants prepare and freeze.
 */
struct liveupdate_ioctl_get_report {
	__u32		size;
	__u32		entry_size;
	__u32		count;
	__u32		result;
	__u32		callback;
	__s32		error;
	__aligned_u64	entries;
	__aligned_u64	number;
	__aligned_u64	prepare_ns;
	__aligned_u64	freeze_ns;
	__aligned_u64	shutdown_ns;
	__aligned_u64	jump_ns;
	__aligned_u64	blackout_ns;
	__aligned_u64	restore_ns;
	__u8		old_release[LIVEUPDATE_RELEASE_LENGTH];
	__u8		new_release[LIVEUPDATE_RELEASE_LENGTH];
	__u8		culprit[LIVEUPDATE_CULPRIT_LENGTH];
};

#define LIVEUPDATE_IOCTL_GET_REPORT					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_GET_REPORT)

/**
 * struct liveupdate_session_preserve_fd - LIVEUPDATE_SESSION_PRESERVE_FD
 * @size: in: size of this structure
 * @fd: in: the descriptor whose file is to be preserved
 * @token: in: a number of the caller's choice, unique in the session, by which
 *	the file is retrieved
 *
 * EEXIST: the token is taken. EBUSY: the file is preserved already, here or in
 * another session. ENOENT: nothing in this kernel can preserve such a file.
 */
struct liveupdate_session_preserve_fd {
	__u32		size;
	__s32		fd;
	__aligned_u64	token;
};

#define LIVEUPDATE_SESSION_PRESERVE_FD					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_PRESERVE_FD)

/**
 * struct liveupdate_session_retrieve_fd - LIVEUPDATE_SESSION_RETRIEVE_FD
 * @size: in: size of this structure
 * @fd: out: a new descriptor for the restored file
 * @token: in: the token it was preserved under
 *
 * May be called again for the same token and then gives the same file. Where it
 * failed with ENOMEM, ENFILE or EINTR, types of file that can do so, as memfds,
 * go on when it is called again; else later calls return the same error.
 */
struct liveupdate_session_retrieve_fd {
	__u32		size;
	__s32		fd;
	__aligned_u64	token;
};

#define LIVEUPDATE_SESSION_RETRIEVE_FD					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_RETRIEVE_FD)

/**
 * struct liveupdate_session_finish - LIVEUPDATE_SESSION_FINISH
 * @size: in: size of this structure
 * @reserved: in: zero
 *
 * Says that a retrieved session is complete. Files that were not retrieved
 * are discarded, and their memory is free again. EBUSY: a file is not ready,
 * and nothing happened.
 */
struct liveupdate_session_finish {
	__u32		size;
	__u32		reserved;
};

#define LIVEUPDATE_SESSION_FINISH					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_FINISH)

/**
 * struct liveupdate_session_get_name - LIVEUPDATE_SESSION_GET_NAME
 * @size: in: size of this structure
 * @reserved: in: zero
 * @name: out: the session's name, whole and zero-terminated
 */
struct liveupdate_session_get_name {
	__u32		size;
	__u32		reserved;
	__u8		name[LIVEUPDATE_SESSION_NAME_LENGTH];
};

#define LIVEUPDATE_SESSION_GET_NAME					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_GET_NAME)

/**
 * struct liveupdate_session_unpreserve_fd - LIVEUPDATE_SESSION_UNPRESERVE_FD
 * @size: in: size of this structure
 * @reserved: in: zero
 * @token: in: the token the file was preserved under
 *
 * Takes one file out of a session again before the jump.
 */
struct liveupdate_session_unpreserve_fd {
	__u32		size;
	__u32		reserved;
	__aligned_u64	token;
};

#define LIVEUPDATE_SESSION_UNPRESERVE_FD				\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_UNPRESERVE_FD)

/**
 * struct liveupdate_session_list_fds - LIVEUPDATE_SESSION_LIST_FDS
 * @size: in: size of this structure
 * @count: in: how many tokens fit at @tokens; out: how many files there are
 * @tokens: in: address of an array of __u64 to fill
 *
 * Tokens come in the order of preservation. A @count that grew means that
 * only as many as fit were written.
 */
struct liveupdate_session_list_fds {
	__u32		size;
	__u32		count;
	__aligned_u64	tokens;
};

#define LIVEUPDATE_SESSION_LIST_FDS					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_LIST_FDS)

#endif /* _UAPI_LIVEUPDATE_H */
