// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "libluo.h"
#include "sys.h"

#define NS_PER_SECOND	INT64_C(1000000000)
#define NS_PER_MS	INT64_C(1000000)

/* Those that a running machine can be in. */
#define ALL_STATES	(LUO_STATE_BIT(LUO_STATE_NORMAL) | LUO_STATE_BIT(LUO_STATE_PREPARED) | \
			 LUO_STATE_BIT(LUO_STATE_FROZEN) | LUO_STATE_BIT(LUO_STATE_UPDATED))

int luo_state_open(void)
{
	int fd = luo_sys_open(LUO_SYSFS "/state", O_RDONLY);

	return fd == -ENOENT ? -EOPNOTSUPP : fd;
}

int luo_state_read(int fd)
{
	char text[32];
	int ret = luo_sys_reread_text(fd, text, sizeof(text));

	if (ret)
		return ret;
	ret = luo_state_from_name(text);
	return ret < 0 ? -EPROTO : ret;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* Rounded up: who is told to wait is not sent away before the time is over. */
static int left_ms(int64_t end)
{
	int64_t left = end - now_ns();

	return left > 0 ? (int)((left + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

/*
 * Each look is taken after the descriptor was last polled, and poll() tells of every
 * change since the last look: none is missed, though a state may come and go unseen.
 */
static int wait_on(int fd, unsigned int states, int timeout_ms)
{
	int64_t end = now_ns() + timeout_ms * NS_PER_MS;

	for (;;) {
		int state = luo_state_read(fd);
		int left = timeout_ms < 0 ? -1 : left_ms(end);
		int ret;

		if (state < 0 || states & LUO_STATE_BIT(state))
			return state;
		if (!left)
			return -ETIMEDOUT;
		ret = luo_sys_wait_change(fd, left);
		if (ret < 0)
			return ret;
	}
}

int luo_wait_state(unsigned int states, int timeout_ms)
{
	int fd;
	int ret;

	if (!states || states & ~ALL_STATES)
		return -EINVAL;
	fd = luo_state_open();
	if (fd < 0)
		return fd;
	ret = wait_on(fd, states, timeout_ms);
	close(fd);
	return ret;
}
