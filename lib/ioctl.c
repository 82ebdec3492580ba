// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ioctl.h"

#include <errno.h>
#include <linux/liveupdate.h>
#include <string.h>

#include "sys.h"

/* The library's own constants are those of the kernel, whatever header it was built with. */
_Static_assert(LUO_NAME_SIZE == LIVEUPDATE_SESSION_NAME_LENGTH, "name length");
_Static_assert(LUO_CULPRIT_SIZE == LIVEUPDATE_CULPRIT_LENGTH, "culprit length");
_Static_assert((int)LUO_STATE_UPDATED == (int)LIVEUPDATE_STATE_UPDATED, "states");
_Static_assert((int)LUO_EVENT_CANCEL == (int)LIVEUPDATE_CANCEL, "events");
_Static_assert(LUO_STATUS_EXPLICIT == LIVEUPDATE_STATE_FLAG_EXPLICIT, "flags");
_Static_assert(LUO_STATUS_RESTORE_FAILED == LIVEUPDATE_STATE_FLAG_RESTORE_FAILED, "flags");
_Static_assert(LUO_SESSION_INCOMING == LIVEUPDATE_SESSION_FLAG_INCOMING, "flags");
_Static_assert(LUO_SESSION_RETRIEVED == LIVEUPDATE_SESSION_FLAG_RETRIEVED, "flags");
_Static_assert(LUO_SESSION_FINISHED == LIVEUPDATE_SESSION_FLAG_FINISHED, "flags");
_Static_assert(sizeof(struct luo_session_info) == sizeof(struct liveupdate_session_info) &&
	       offsetof(struct luo_session_info, flags) ==
		       offsetof(struct liveupdate_session_info, flags) &&
	       offsetof(struct luo_session_info, files) ==
		       offsetof(struct liveupdate_session_info, files),
	       "the kernel fills the caller's list directly");
_Static_assert(LUO_PARTICIPANT_NAME_SIZE == LIVEUPDATE_PARTICIPANT_NAME_LENGTH, "name length");
_Static_assert(LUO_RELEASE_SIZE == LIVEUPDATE_RELEASE_LENGTH, "release length");
_Static_assert(LUO_PARTICIPANT_SUBSYSTEM == LIVEUPDATE_PARTICIPANT_FLAG_SUBSYSTEM, "flags");
_Static_assert(LUO_PARTICIPANT_INCOMING == LIVEUPDATE_PARTICIPANT_FLAG_INCOMING, "flags");
_Static_assert(LUO_PARTICIPANT_PRESENT == LIVEUPDATE_PARTICIPANT_FLAG_PRESENT, "flags");
_Static_assert(LUO_PARTICIPANT_OPTIONAL == LIVEUPDATE_PARTICIPANT_FLAG_OPTIONAL, "flags");
_Static_assert(LUO_PARTICIPANT_PREPARED == LIVEUPDATE_PARTICIPANT_FLAG_PREPARED, "flags");
_Static_assert(LUO_PARTICIPANT_FROZEN == LIVEUPDATE_PARTICIPANT_FLAG_FROZEN, "flags");
_Static_assert((int)LUO_CALL_FINISH == (int)LIVEUPDATE_CALL_FINISH, "callbacks");
_Static_assert((int)LUO_RESULT_FAILED == (int)LIVEUPDATE_RESULT_FAILED, "results");
_Static_assert(LUO_REPORT_CALLS == LIVEUPDATE_REPORT_CALLS, "callbacks");
_Static_assert(LUO_TIME_UNKNOWN == LIVEUPDATE_TIME_UNKNOWN, "times");
_Static_assert(sizeof(struct luo_participant_info) == sizeof(struct liveupdate_participant_info) &&
	       offsetof(struct luo_participant_info, flags) ==
		       offsetof(struct liveupdate_participant_info, flags),
	       "the kernel fills the caller's list directly");
_Static_assert(sizeof(struct luo_report_entry) == sizeof(struct liveupdate_report_entry) &&
	       offsetof(struct luo_report_entry, flags) ==
		       offsetof(struct liveupdate_report_entry, flags) &&
	       offsetof(struct luo_report_entry, error) ==
		       offsetof(struct liveupdate_report_entry, error) &&
	       offsetof(struct luo_report_entry, ns) ==
		       offsetof(struct liveupdate_report_entry, ns),
	       "the kernel fills the caller's list directly");

static int copy_name(uint8_t to[LIVEUPDATE_SESSION_NAME_LENGTH], const char *name)
{
	size_t length = strnlen(name, LIVEUPDATE_SESSION_NAME_LENGTH);

	if (!length)
		return -EINVAL;
	if (length == LIVEUPDATE_SESSION_NAME_LENGTH)
		return -ENAMETOOLONG;
	memcpy(to, name, length);
	return 0;
}

int luo_ioctl_get_state(int fd, struct luo_status *status)
{
	struct liveupdate_ioctl_get_state args = { .size = sizeof(args) };
	int ret = luo_sys_ioctl(fd, LIVEUPDATE_IOCTL_GET_STATE, &args);

	if (ret < 0)
		return ret;
	*status = (struct luo_status){
		.state = args.state,
		.flags = args.flags,
		.number = args.number,
	};
	return 0;
}

int luo_ioctl_set_event(int fd, uint32_t event, char culprit[LUO_CULPRIT_SIZE])
{
	struct liveupdate_ioctl_set_event args = { .size = sizeof(args), .event = event };
	int ret = luo_sys_ioctl(fd, LIVEUPDATE_IOCTL_SET_EVENT, &args);

	if (culprit) {
		memcpy(culprit, args.culprit, LUO_CULPRIT_SIZE);
		culprit[LUO_CULPRIT_SIZE - 1] = '\0';
	}
	return ret < 0 ? ret : 0;
}

/* A structure that is too small is refused before anything else, by a call that is there. */
static bool has_call(int fd, unsigned long request)
{
	uint64_t nothing[64] = { 0 };

	return luo_sys_ioctl(fd, request, nothing) == -EINVAL;
}

bool luo_ioctl_has_lists(int fd)
{
	return has_call(fd, LIVEUPDATE_IOCTL_LIST_SESSIONS);
}

bool luo_ioctl_has_report(int fd)
{
	return has_call(fd, LIVEUPDATE_IOCTL_LIST_PARTICIPANTS) &&
	       has_call(fd, LIVEUPDATE_IOCTL_GET_REPORT);
}

int luo_ioctl_create_session(int fd, const char *name)
{
	struct liveupdate_ioctl_create_session args = { .size = sizeof(args) };
	int ret = copy_name(args.name, name);

	if (!ret)
		ret = luo_sys_ioctl(fd, LIVEUPDATE_IOCTL_CREATE_SESSION, &args);
	return ret < 0 ? ret : args.fd;
}

int luo_ioctl_retrieve_session(int fd, const char *name)
{
	struct liveupdate_ioctl_retrieve_session args = { .size = sizeof(args) };
	int ret = copy_name(args.name, name);

	if (!ret)
		ret = luo_sys_ioctl(fd, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, &args);
	return ret < 0 ? ret : args.fd;
}

int luo_ioctl_list_sessions(int fd, struct luo_session_info *list, uint32_t *count)
{
	struct liveupdate_ioctl_list_sessions args = {
		.size = sizeof(args),
		.entry_size = sizeof(*list),
		.count = *count,
		.entries = (uintptr_t)list,
	};
	int ret = luo_sys_ioctl(fd, LIVEUPDATE_IOCTL_LIST_SESSIONS, &args);

	if (ret < 0)
		return ret;
	*count = args.count;
	return 0;
}

int luo_ioctl_list_participants(int fd, struct luo_participant_info *list, uint32_t *count)
{
	struct liveupdate_ioctl_list_participants args = {
		.size = sizeof(args),
		.entry_size = sizeof(*list),
		.count = *count,
		.entries = (uintptr_t)list,
	};
	int ret = luo_sys_ioctl(fd, LIVEUPDATE_IOCTL_LIST_PARTICIPANTS, &args);

	if (ret < 0)
		return ret;
	*count = args.count;
	return 0;
}

/* Their sizes are the same, and the kernel's may lack the last zero. */
#define copy_text(to, from) (memcpy(to, from, sizeof(to)), (to)[sizeof(to) - 1] = '\0')

static void copy_report(struct luo_report *to, const struct liveupdate_ioctl_get_report *from)
{
	*to = (struct luo_report){
		.number = from->number,
		.result = from->result,
		.callback = from->callback,
		.error = from->error,
		.prepare_ns = from->prepare_ns,
		.freeze_ns = from->freeze_ns,
		.shutdown_ns = from->shutdown_ns,
		.jump_ns = from->jump_ns,
		.blackout_ns = from->blackout_ns,
		.restore_ns = from->restore_ns,
	};
	copy_text(to->old_release, from->old_release);
	copy_text(to->new_release, from->new_release);
	copy_text(to->culprit, from->culprit);
}

int luo_ioctl_get_report(int fd, struct luo_report *report, struct luo_report_entry *list,
			 uint32_t *count)
{
	struct liveupdate_ioctl_get_report args = {
		.size = sizeof(args),
		.entry_size = sizeof(*list),
		.count = *count,
		.entries = (uintptr_t)list,
	};
	int ret = luo_sys_ioctl(fd, LIVEUPDATE_IOCTL_GET_REPORT, &args);

	if (ret < 0)
		return ret;
	copy_report(report, &args);
	*count = args.count;
	return 0;
}

int luo_ioctl_list_fds(int session, uint64_t *tokens, uint32_t *count)
{
	struct liveupdate_session_list_fds args = {
		.size = sizeof(args),
		.count = *count,
		.tokens = (uintptr_t)tokens,
	};
	int ret = luo_sys_ioctl(session, LIVEUPDATE_SESSION_LIST_FDS, &args);

	if (ret < 0)
		return ret;
	*count = args.count;
	return 0;
}

int luo_ioctl_preserve_fd(int session, int fd, uint64_t token)
{
	struct liveupdate_session_preserve_fd args = {
		.size = sizeof(args),
		.fd = fd,
		.token = token,
	};
	int ret = luo_sys_ioctl(session, LIVEUPDATE_SESSION_PRESERVE_FD, &args);

	return ret < 0 ? ret : 0;
}

int luo_ioctl_unpreserve_fd(int session, uint64_t token)
{
	struct liveupdate_session_unpreserve_fd args = { .size = sizeof(args), .token = token };
	int ret = luo_sys_ioctl(session, LIVEUPDATE_SESSION_UNPRESERVE_FD, &args);

	return ret < 0 ? ret : 0;
}

int luo_ioctl_retrieve_fd(int session, uint64_t token)
{
	struct liveupdate_session_retrieve_fd args = { .size = sizeof(args), .token = token };
	int ret = luo_sys_ioctl(session, LIVEUPDATE_SESSION_RETRIEVE_FD, &args);

	return ret < 0 ? ret : args.fd;
}

int luo_ioctl_get_name(int session, char name[LUO_NAME_SIZE])
{
	struct liveupdate_session_get_name args = { .size = sizeof(args) };
	int ret = luo_sys_ioctl(session, LIVEUPDATE_SESSION_GET_NAME, &args);

	if (ret < 0)
		return ret;
	memcpy(name, args.name, LUO_NAME_SIZE);
	name[LUO_NAME_SIZE - 1] = '\0';
	return 0;
}

int luo_ioctl_finish(int session)
{
	struct liveupdate_session_finish args = { .size = sizeof(args) };
	int ret = luo_sys_ioctl(session, LIVEUPDATE_SESSION_FINISH, &args);

	return ret < 0 ? ret : 0;
}
