// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libluo's probe and its waiting, asked of the kernel that runs: ours, or
 * the kernel's own.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libluo.h"
#include "vm.h"

static long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

static void check_probe(bool ours)
{
	struct luo_capabilities c;
	struct utsname name;
	unsigned int major = 0, minor = 0;

	uname(&name);
	sscanf(name.release, "%u.%u", &major, &minor);
	is(luo_probe(&c), 0, "a kernel can be probed");
	is(c.series, LUO_SERIES(major, minor), "its series is that of uname");
	is(c.orchestrator, ours ? LUO_ORCHESTRATOR_FULL : LUO_ORCHESTRATOR_STOCK,
	   "whose orchestrator it is, is told");
	is(!!(c.can & LUO_CAN_STATES), ours, "states are there where they are ours");
	is(!!(c.can & LUO_CAN_WAIT), ours, "so is waiting for one");
	is(!!(c.can & LUO_CAN_CHOOSE_FORMAT), ours, "so is the choice of a format");
	ok(c.can & LUO_CAN_LOAD, "another kernel can be loaded");
	is(luo_get_memfd_format(), ours ? LUO_MEMFD_STOCK : -EOPNOTSUPP,
	   "the format of memory files is told where there is more than one");
}

/* after_ms: has another process let @event happen by then */
static pid_t after_ms(int ms, enum luo_event event)
{
	pid_t pid = need(fork(), "fork");

	if (!pid) {
		struct luo *luo;
		char culprit[LUO_CULPRIT_SIZE];

		usleep(ms * 1000);
		_exit(luo_open(&luo, NULL, LUO_OPEN_WRITE) || luo_set_event(luo, event, culprit));
	}
	return pid;
}

static bool went_well(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status);
}

static void check_waiting(void)
{
	const unsigned int prepared = LUO_STATE_BIT(LUO_STATE_PREPARED);
	const unsigned int normal = LUO_STATE_BIT(LUO_STATE_NORMAL);
	struct timespec start;
	struct pollfd poller;
	pid_t pid;

	is(luo_wait_state(normal, 0), LUO_STATE_NORMAL, "the state that is there is not waited for");
	clock_gettime(CLOCK_MONOTONIC, &start);
	is(luo_wait_state(prepared, 300), -ETIMEDOUT, "one that does not come ends in time");
	ok(elapsed_ms(&start) >= 300, "and not before");

	pid = after_ms(300, LUO_EVENT_PREPARE);
	is(luo_wait_state(prepared, 20000), LUO_STATE_PREPARED, "who waits for PREPARED is woken");
	ok(went_well(pid), "by who has prepared");

	poller = (struct pollfd){ .fd = need(luo_state_open(), "luo_state_open"), .events = POLLPRI };
	is(luo_state_read(poller.fd), LUO_STATE_PREPARED, "the state is read from a descriptor");
	is(poll(&poller, 1, 0), 0, "which is quiet as long as nothing changes");
	pid = after_ms(300, LUO_EVENT_CANCEL);
	is(poll(&poller, 1, 20000), 1, "and wakes who polls it");
	is(luo_state_read(poller.fd), LUO_STATE_NORMAL, "when the state is another");
	ok(went_well(pid), "by who has cancelled");
	close(poller.fd);
}

static void check_no_waiting(void)
{
	is(luo_wait_state(LUO_STATE_BIT(LUO_STATE_NORMAL), 0), -EOPNOTSUPP,
	   "waiting is refused where there are no states");
	is(luo_state_open(), -EOPNOTSUPP, "so is a descriptor to wait with");
}

int main(void)
{
	struct utsname name;
	bool ours;

	uname(&name);
	ours = strstr(name.release, "-luo");
	check_probe(ours);
	if (ours)
		check_waiting();
	else
		check_no_waiting();
	return 0;
}
