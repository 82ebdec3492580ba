// SPDX-License-Identifier: GPL-2.0
/*
 * States, events, lists and the record of live updates, as far as no jump is
 * needed. To be run in the state NORMAL, which they return to.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/liveupdate.h>

#include "kselftest_harness.h"

#define DEVICE	"/dev/liveupdate"

FIXTURE(events)
{
	int fd;
};

static int call(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? -errno : 0;
}

static int event(int fd, unsigned int number)
{
	struct liveupdate_ioctl_set_event arg = { .size = sizeof(arg), .event = number };

	return call(fd, LIVEUPDATE_IOCTL_SET_EVENT, &arg);
}

static int state(int fd)
{
	struct liveupdate_ioctl_get_state arg = { .size = sizeof(arg) };
	int err = call(fd, LIVEUPDATE_IOCTL_GET_STATE, &arg);

	return err ? err : (int)arg.state;
}

static int create(int fd, const char *name)
{
	struct liveupdate_ioctl_create_session arg = { .size = sizeof(arg) };
	int err;

	memcpy(arg.name, name, strlen(name) + 1);
	err = call(fd, LIVEUPDATE_IOCTL_CREATE_SESSION, &arg);
	return err ? err : arg.fd;
}

static int preserve(int session, int fd, __u64 token)
{
	struct liveupdate_session_preserve_fd arg = {
		.size = sizeof(arg), .fd = fd, .token = token };

	return call(session, LIVEUPDATE_SESSION_PRESERVE_FD, &arg);
}

static int unpreserve(int session, __u64 token)
{
	struct liveupdate_session_unpreserve_fd arg = { .size = sizeof(arg), .token = token };

	return call(session, LIVEUPDATE_SESSION_UNPRESERVE_FD, &arg);
}

/* How many files there are; as many tokens as fit are stored. */
static int list_fds(int session, __u64 *tokens, unsigned int room)
{
	struct liveupdate_session_list_fds arg = {
		.size = sizeof(arg), .count = room, .tokens = (uintptr_t)tokens };
	int err = call(session, LIVEUPDATE_SESSION_LIST_FDS, &arg);

	return err ? err : (int)arg.count;
}

/* How many sessions there are; as many as fit are stored. */
static int list_sessions(int fd, struct liveupdate_session_info *infos, unsigned int room)
{
	struct liveupdate_ioctl_list_sessions arg = {
		.size = sizeof(arg), .entry_size = sizeof(*infos), .count = room,
		.entries = (uintptr_t)infos,
	};
	int err = call(fd, LIVEUPDATE_IOCTL_LIST_SESSIONS, &arg);

	return err ? err : (int)arg.count;
}

/* Others may have sessions, too: where in the list, or a negative number. */
static int find(const struct liveupdate_session_info *infos, int count, const char *name)
{
	while (count-- > 0 && strcmp((const char *)infos[count].name, name))
		;
	return count;
}

FIXTURE_SETUP(events)
{
	self->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (self->fd < 0)
		SKIP(return, "cannot open " DEVICE ": %s", strerror(errno));
	if (state(self->fd) != LIVEUPDATE_STATE_NORMAL)
		SKIP(return, "a live update is in progress");
}

FIXTURE_TEARDOWN(events)
{
	event(self->fd, LIVEUPDATE_CANCEL);
	close(self->fd);
}

TEST_F(events, prepare_freeze_cancel)
{
	EXPECT_EQ(event(self->fd, LIVEUPDATE_FREEZE), -EINVAL);
	EXPECT_EQ(event(self->fd, LIVEUPDATE_CANCEL), -EINVAL);
	EXPECT_EQ(event(self->fd, LIVEUPDATE_FINISH), -EINVAL);
	ASSERT_EQ(event(self->fd, LIVEUPDATE_PREPARE), 0);
	EXPECT_EQ(state(self->fd), LIVEUPDATE_STATE_PREPARED);
	EXPECT_EQ(event(self->fd, LIVEUPDATE_PREPARE), -EINVAL);
	ASSERT_EQ(event(self->fd, LIVEUPDATE_FREEZE), 0);
	EXPECT_EQ(state(self->fd), LIVEUPDATE_STATE_FROZEN);
	EXPECT_EQ(event(self->fd, LIVEUPDATE_FREEZE), -EINVAL);
	ASSERT_EQ(event(self->fd, LIVEUPDATE_CANCEL), 0);
	EXPECT_EQ(state(self->fd), LIVEUPDATE_STATE_NORMAL);
}

TEST_F(events, unknown_event)
{
	EXPECT_EQ(event(self->fd, 4), -EOPNOTSUPP);
	EXPECT_EQ(event(self->fd, ~0U), -EOPNOTSUPP);
	EXPECT_EQ(state(self->fd), LIVEUPDATE_STATE_NORMAL);
}

TEST_F(events, reader_may_not_send)
{
	int fd = open(DEVICE, O_RDONLY | O_CLOEXEC);

	ASSERT_GE(fd, 0);
	EXPECT_EQ(event(fd, LIVEUPDATE_PREPARE), -EBADF);
	EXPECT_EQ(state(fd), LIVEUPDATE_STATE_NORMAL);
	close(fd);
}

TEST_F(events, one_writer)
{
	EXPECT_EQ(open(DEVICE, O_RDWR | O_CLOEXEC), -1);
	EXPECT_EQ(errno, EBUSY);
}

TEST_F(events, nothing_is_added_when_frozen)
{
	struct liveupdate_ioctl_create_session arg = { .size = sizeof(arg), .name = "late" };

	ASSERT_EQ(event(self->fd, LIVEUPDATE_PREPARE), 0);
	ASSERT_EQ(event(self->fd, LIVEUPDATE_FREEZE), 0);
	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_CREATE_SESSION, &arg), -EBUSY);
}

TEST_F(events, participants_are_listed)
{
	struct liveupdate_participant_info infos[8] = {};
	struct liveupdate_ioctl_list_participants arg = {
		.size = sizeof(arg), .entry_size = sizeof(infos[0]), .count = 8,
		.entries = (uintptr_t)infos,
	};

	ASSERT_EQ(call(self->fd, LIVEUPDATE_IOCTL_LIST_PARTICIPANTS, &arg), 0);
	ASSERT_GE(arg.count, 2);
	EXPECT_STREQ((char *)infos[0].name, "sessions");
	EXPECT_EQ(infos[0].flags, LIVEUPDATE_PARTICIPANT_FLAG_PRESENT);

	arg.count = 1;
	memset(infos, 0, sizeof(infos));
	ASSERT_EQ(call(self->fd, LIVEUPDATE_IOCTL_LIST_PARTICIPANTS, &arg), 0);
	EXPECT_GE(arg.count, 2);
	EXPECT_EQ(infos[1].name[0], 0);

	arg.reserved = 1;
	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_LIST_PARTICIPANTS, &arg), -EINVAL);
}

TEST_F(events, participants_tell_how_far_they_are)
{
	const unsigned int saved = LIVEUPDATE_PARTICIPANT_FLAG_PREPARED |
		LIVEUPDATE_PARTICIPANT_FLAG_FROZEN;
	struct liveupdate_participant_info info = {};
	struct liveupdate_ioctl_list_participants arg = {
		.size = sizeof(arg), .entry_size = sizeof(info), .count = 1,
		.entries = (uintptr_t)&info,
	};

	ASSERT_EQ(event(self->fd, LIVEUPDATE_PREPARE), 0);
	ASSERT_EQ(call(self->fd, LIVEUPDATE_IOCTL_LIST_PARTICIPANTS, &arg), 0);
	EXPECT_EQ(info.flags & saved, LIVEUPDATE_PARTICIPANT_FLAG_PREPARED);
	ASSERT_EQ(event(self->fd, LIVEUPDATE_FREEZE), 0);
	arg.count = 1;
	ASSERT_EQ(call(self->fd, LIVEUPDATE_IOCTL_LIST_PARTICIPANTS, &arg), 0);
	EXPECT_EQ(info.flags & saved, saved);
	ASSERT_EQ(event(self->fd, LIVEUPDATE_CANCEL), 0);
	arg.count = 1;
	ASSERT_EQ(call(self->fd, LIVEUPDATE_IOCTL_LIST_PARTICIPANTS, &arg), 0);
	EXPECT_EQ(info.flags & saved, 0);
}

TEST_F(events, cancelled_update_is_reported)
{
	struct liveupdate_ioctl_get_report arg = { .size = sizeof(arg) };

	ASSERT_EQ(event(self->fd, LIVEUPDATE_PREPARE), 0);
	ASSERT_EQ(call(self->fd, LIVEUPDATE_IOCTL_GET_REPORT, &arg), 0);
	EXPECT_EQ(arg.result, LIVEUPDATE_RESULT_RUNNING);
	EXPECT_NE(arg.prepare_ns, LIVEUPDATE_TIME_UNKNOWN);
	EXPECT_EQ(arg.freeze_ns, LIVEUPDATE_TIME_UNKNOWN);

	ASSERT_EQ(event(self->fd, LIVEUPDATE_CANCEL), 0);
	arg.count = 0;
	ASSERT_EQ(call(self->fd, LIVEUPDATE_IOCTL_GET_REPORT, &arg), 0);
	EXPECT_EQ(arg.result, LIVEUPDATE_RESULT_CANCELLED);
	EXPECT_EQ(arg.jump_ns, LIVEUPDATE_TIME_UNKNOWN);
	EXPECT_EQ(arg.culprit[0], 0);
	EXPECT_GE(arg.count, 2);
}

TEST_F(events, short_report_is_refused)
{
	struct liveupdate_ioctl_get_report arg = { .size = sizeof(arg) - 1 };

	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_GET_REPORT, &arg), -EINVAL);
	arg.size = sizeof(arg);
	arg.count = 1;
	arg.entry_size = 8;
	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_GET_REPORT, &arg), -EINVAL);
}

TEST_F(events, state_is_told)
{
	struct liveupdate_ioctl_get_state arg = { .size = sizeof(arg) };

	ASSERT_EQ(event(self->fd, LIVEUPDATE_PREPARE), 0);
	ASSERT_EQ(call(self->fd, LIVEUPDATE_IOCTL_GET_STATE, &arg), 0);
	EXPECT_EQ(arg.flags, LIVEUPDATE_STATE_FLAG_EXPLICIT);
	ASSERT_EQ(event(self->fd, LIVEUPDATE_CANCEL), 0);
	arg.flags = 0;
	ASSERT_EQ(call(self->fd, LIVEUPDATE_IOCTL_GET_STATE, &arg), 0);
	EXPECT_EQ(arg.flags, 0);

	arg.reserved = 1;
	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_GET_STATE, &arg), -EINVAL);
}

TEST_F(events, sizes_are_checked)
{
	struct {
		struct liveupdate_ioctl_get_state arg;
		__u64 more;
	} newer = { .arg = { .size = sizeof(newer) } };
	struct liveupdate_ioctl_get_state arg = { .size = sizeof(arg) - 1 };

	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_GET_STATE, &arg), -EINVAL);
	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_GET_STATE, &newer), 0);
	newer = (typeof(newer)){ .arg = { .size = sizeof(newer) }, .more = 1 };
	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_GET_STATE, &newer), -E2BIG);
	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_GET_STATE, NULL), -EFAULT);
}

TEST_F(events, calls_belong_to_descriptors)
{
	struct liveupdate_session_get_name arg = { .size = sizeof(arg) };
	int session = create(self->fd, "kselftest");

	ASSERT_GE(session, 0);
	EXPECT_EQ(call(self->fd, _IO(LIVEUPDATE_IOCTL_TYPE, 0x3f), &arg), -ENOTTY);
	EXPECT_EQ(call(self->fd, LIVEUPDATE_SESSION_GET_NAME, &arg), -ENOTTY);
	EXPECT_EQ(state(session), -ENOTTY);
	ASSERT_EQ(call(session, LIVEUPDATE_SESSION_GET_NAME, &arg), 0);
	EXPECT_STREQ((char *)arg.name, "kselftest");
	close(session);
}

TEST_F(events, reader_may_list)
{
	int fd = open(DEVICE, O_RDONLY | O_CLOEXEC);

	ASSERT_GE(fd, 0);
	EXPECT_GE(list_sessions(fd, NULL, 0), 0);
	EXPECT_EQ(create(fd, "kselftest"), -EBADF);
	close(fd);
}

TEST_F(events, names_are_checked)
{
	struct liveupdate_ioctl_create_session arg = { .size = sizeof(arg) };

	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_CREATE_SESSION, &arg), -EINVAL);
	memset(arg.name, 'x', sizeof(arg.name));
	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_CREATE_SESSION, &arg), -EINVAL);
	arg.name[sizeof(arg.name) - 1] = 0;
	ASSERT_EQ(call(self->fd, LIVEUPDATE_IOCTL_CREATE_SESSION, &arg), 0);
	close(arg.fd);
}

TEST_F(events, sessions_are_listed)
{
	struct liveupdate_session_info infos[64] = {};
	int before = list_sessions(self->fd, NULL, 0);
	int second = create(self->fd, "kselftest second");
	int first = create(self->fd, "kselftest first");
	int count, at;

	ASSERT_GE(before, 0);
	ASSERT_GE(first, 0);
	ASSERT_GE(second, 0);
	EXPECT_EQ(create(self->fd, "kselftest first"), -EEXIST);

	count = list_sessions(self->fd, infos, 64);
	ASSERT_EQ(count, before + 2);
	if (count > 64)
		SKIP(return, "%d sessions of others", before);
	/* In order of creation */
	at = find(infos, count, "kselftest second");
	ASSERT_GE(at, 0);
	EXPECT_EQ(find(infos, count, "kselftest first"), at + 1);
	EXPECT_EQ(infos[at].flags, 0);
	EXPECT_EQ(infos[at].files, 0);

	/* A session ends with its descriptor. */
	close(second);
	count = list_sessions(self->fd, infos, 64);
	EXPECT_EQ(count, before + 1);
	EXPECT_LT(find(infos, count, "kselftest second"), 0);
	close(first);
	EXPECT_EQ(list_sessions(self->fd, NULL, 0), before);
}

TEST_F(events, lists_fit)
{
	struct {
		struct liveupdate_session_info info;
		__u64 more;
	} newer[64];
	struct liveupdate_ioctl_list_sessions arg = {
		.size = sizeof(arg), .entry_size = sizeof(newer[0]), .count = 64,
		.entries = (uintptr_t)newer,
	};
	struct liveupdate_session_info infos[2] = {};
	int session = create(self->fd, "kselftest");
	int other = create(self->fd, "kselftest other");

	ASSERT_GE(session, 0);
	ASSERT_GE(other, 0);
	/* As many as fit are written, and all are counted. */
	EXPECT_GE(list_sessions(self->fd, infos, 1), 2);
	EXPECT_NE(infos[0].name[0], 0);
	EXPECT_EQ(infos[1].name[0], 0);

	/* What this kernel does not know is zero in each entry. */
	memset(newer, 0xff, sizeof(newer));
	ASSERT_EQ(call(self->fd, LIVEUPDATE_IOCTL_LIST_SESSIONS, &arg), 0);
	EXPECT_EQ(newer[0].more, 0);
	EXPECT_EQ(newer[1].more, 0);

	arg.entry_size = sizeof(newer[0].info) - 1;
	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_LIST_SESSIONS, &arg), -EINVAL);
	arg.entry_size = sizeof(newer[0].info);
	arg.reserved = 1;
	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_LIST_SESSIONS, &arg), -EINVAL);
	arg.reserved = 0;
	arg.entries = 0;
	EXPECT_EQ(call(self->fd, LIVEUPDATE_IOCTL_LIST_SESSIONS, &arg), -EFAULT);
	close(other);
	close(session);
}

FIXTURE(files)
{
	int fd;
	int session;
	int memfd[3];
};

FIXTURE_SETUP(files)
{
	int err;

	self->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (self->fd < 0)
		SKIP(return, "cannot open " DEVICE ": %s", strerror(errno));
	if (state(self->fd) != LIVEUPDATE_STATE_NORMAL)
		SKIP(return, "a live update is in progress");
	self->session = create(self->fd, "kselftest");
	ASSERT_GE(self->session, 0);
	for (int i = 0; i < 3; i++) {
		self->memfd[i] = memfd_create("kselftest", 0);
		ASSERT_GE(self->memfd[i], 0);
		ASSERT_EQ(ftruncate(self->memfd[i], 8192), 0);
		err = preserve(self->session, self->memfd[i], 100 - i);
		if (err == -ENOENT)
			SKIP(return, "memfds cannot be preserved");
		ASSERT_EQ(err, 0);
	}
}

FIXTURE_TEARDOWN(files)
{
	event(self->fd, LIVEUPDATE_CANCEL);
	close(self->session);
	close(self->fd);
}

TEST_F(files, are_listed)
{
	struct liveupdate_session_info infos[64] = {};
	__u64 tokens[4] = {};
	int count, at;

	/* In order of preservation */
	ASSERT_EQ(list_fds(self->session, tokens, 4), 3);
	EXPECT_EQ(tokens[0], 100);
	EXPECT_EQ(tokens[1], 99);
	EXPECT_EQ(tokens[2], 98);
	EXPECT_EQ(tokens[3], 0);

	memset(tokens, 0, sizeof(tokens));
	EXPECT_EQ(list_fds(self->session, tokens, 1), 3);
	EXPECT_EQ(tokens[0], 100);
	EXPECT_EQ(tokens[1], 0);
	EXPECT_EQ(list_fds(self->session, NULL, 0), 3);
	EXPECT_EQ(list_fds(self->session, NULL, 1), -EFAULT);

	count = list_sessions(self->fd, infos, 64);
	at = find(infos, count > 64 ? 64 : count, "kselftest");
	if (at < 0)
		SKIP(return, "%d sessions of others", count - 1);
	EXPECT_EQ(infos[at].files, 3);
}

TEST_F(files, are_given_up)
{
	__u64 tokens[3] = {};

	EXPECT_EQ(unpreserve(self->session, 1), -ENOENT);
	ASSERT_EQ(unpreserve(self->session, 99), 0);
	EXPECT_EQ(unpreserve(self->session, 99), -ENOENT);
	ASSERT_EQ(list_fds(self->session, tokens, 3), 2);
	EXPECT_EQ(tokens[0], 100);
	EXPECT_EQ(tokens[1], 98);

	/* Both the file and the token are free again. */
	EXPECT_EQ(preserve(self->session, self->memfd[1], 99), 0);
	ASSERT_EQ(list_fds(self->session, tokens, 3), 3);
	EXPECT_EQ(tokens[2], 99);
}

TEST_F(files, are_preserved_once)
{
	int other = create(self->fd, "kselftest other");

	ASSERT_GE(other, 0);
	EXPECT_EQ(preserve(self->session, self->memfd[0], 1), -EBUSY);
	EXPECT_EQ(preserve(other, self->memfd[0], 1), -EBUSY);
	ASSERT_EQ(unpreserve(self->session, 100), 0);
	EXPECT_EQ(preserve(self->session, self->memfd[0], 99), -EEXIST);
	EXPECT_EQ(preserve(other, self->memfd[0], 99), 0);
	EXPECT_EQ(preserve(other, self->fd, 1), -ENOENT);
	EXPECT_EQ(preserve(other, -1, 1), -EBADF);
	close(other);
}

TEST_F(files, keep_their_size)
{
	EXPECT_NE(ftruncate(self->memfd[0], 4096), 0);
	EXPECT_NE(ftruncate(self->memfd[0], 12288), 0);
	ASSERT_EQ(unpreserve(self->session, 100), 0);
	EXPECT_EQ(ftruncate(self->memfd[0], 4096), 0);
}

TEST_F(files, are_sealed_when_frozen)
{
	__u64 token = 0;

	ASSERT_EQ(event(self->fd, LIVEUPDATE_PREPARE), 0);
	ASSERT_EQ(unpreserve(self->session, 98), 0);
	EXPECT_EQ(preserve(self->session, self->memfd[2], 98), 0);
	ASSERT_EQ(event(self->fd, LIVEUPDATE_FREEZE), 0);
	EXPECT_EQ(unpreserve(self->session, 98), -EBUSY);
	EXPECT_EQ(preserve(self->session, self->memfd[2], 1), -EBUSY);
	EXPECT_EQ(list_fds(self->session, &token, 1), 3);
	EXPECT_EQ(token, 100);
	ASSERT_EQ(event(self->fd, LIVEUPDATE_CANCEL), 0);
	EXPECT_EQ(unpreserve(self->session, 98), 0);
}

TEST_F(files, are_retrieved_in_the_next_kernel_only)
{
	struct liveupdate_session_retrieve_fd retrieve = { .size = sizeof(retrieve), .token = 100 };
	struct liveupdate_session_finish finish = { .size = sizeof(finish) };

	EXPECT_EQ(call(self->session, LIVEUPDATE_SESSION_RETRIEVE_FD, &retrieve), -EINVAL);
	EXPECT_EQ(call(self->session, LIVEUPDATE_SESSION_FINISH, &finish), -EINVAL);
}

TEST_F(files, reserved_fields_are_zero)
{
	struct liveupdate_session_unpreserve_fd arg = {
		.size = sizeof(arg), .reserved = 1, .token = 100 };

	EXPECT_EQ(call(self->session, LIVEUPDATE_SESSION_UNPRESERVE_FD, &arg), -EINVAL);
	EXPECT_EQ(list_fds(self->session, NULL, 0), 3);
}

TEST_HARNESS_MAIN
