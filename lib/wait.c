// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "libluo.h"
#include "sys.h"

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

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Each look is taken after the descriptor was last polled, and poll() tells of every
 * change since the last look: none is missed, though a state may come and go unseen.
 */
static int wait_on(int fd, unsigned int states, int timeout_ms)
{
	long end = now_ms() + timeout_ms;

	for (;;) {
		int state = luo_state_read(fd);
		long left = timeout_ms < 0 ? -1 : end - now_ms();
		int ret;

		if (state < 0 || states & LUO_STATE_BIT(state))
			return state;
		if (timeout_ms >= 0 && left <= 0)
			return -ETIMEDOUT;
		ret = luo_sys_wait_change(fd, (int)left);
		if (ret < 0)
			return ret;
	}
}

int luo_wait_state(unsigned int states, int timeout_ms)
{
	int fd = luo_state_open();
	int ret;

	if (fd < 0)
		return fd;
	ret = wait_on(fd, states, timeout_ms);
	close(fd);
	return ret;
}
