// SPDX-License-Identifier: GPL-2.0
/*
 * States, events and the record of live updates, as far as no jump is needed.
 * To be run in the state NORMAL, which they return to.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
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

TEST_HARNESS_MAIN
