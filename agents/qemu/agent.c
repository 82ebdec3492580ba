// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "comeback.h"
#include "freeze.h"
#include "client.h"
#include "process.h"
#include "qmp.h"
#include "run_dir.h"

#define MS		1000000ULL
#define RETRY_NS	(1000 * MS)
#define PROGRESS_MS	200
#define QMP_AGAIN_MS	1000

void agent_init(struct agent *agent)
{
	*agent = (struct agent){
		.luod = { .fd = -1 },
		.preserve = { .pidfd = -1 },
		.start_stamp = clock_stamp(),
		.start_ns = clock_ns(),
		.lost_ns = clock_ns(),
		.blackout_ns = -1,
	};
	guest_init(&agent->guest);
}

static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int end(struct agent *agent, int status)
{
	struct guest *guest = &agent->guest;
	bool lost = guest->phase == GUEST_FROZEN;

	preserve_stop(&agent->preserve);
	/* Its session has a state that must not be gone on from any more: luod has to know. */
	if (guest->phase == GUEST_RESUMED)
		comeback_finish(agent);
	if (guest->phase != GUEST_RESUMED)
		run_dir_clear(guest);
	return lost ? 1 : exit_status(status);
}

/*
 * -1 while it goes on. Once a state is saved it does not matter what QEMU does, except
 * that it must not go on by itself.
 */
static int look_at_qemu(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	int status;

	if (guest->qmp.fd >= 0 && qmp_take_events(guest))
		wire_close(&guest->qmp);
	if (guest->phase == GUEST_FROZEN && guest->went_on) {
		guest_fail(0, "%s: somebody has let it go on; it cannot be part of this update",
			   guest->name);
		freeze_forget(guest);
		client_lose(agent);
	}
	if (guest->phase == GUEST_FROZEN && guest->saved)
		return -1;
	if (process_has_ended(guest, &status))
		return end(agent, status);
	if (guest->qmp.fd < 0 && clock_ns() > agent->retry_ns) {
		agent->retry_ns = clock_ns() + RETRY_NS;
		qmp_open(guest, QMP_AGAIN_MS);
	}
	return -1;
}

/* Of an update that was called off, when QEMU refused to go on: once a second. */
static void retry_to_go_on(struct agent *agent)
{
	if (agent->guest.phase != GUEST_FROZEN || !agent->thaws || clock_ns() < agent->retry_ns)
		return;
	agent->retry_ns = clock_ns() + RETRY_NS;
	if (!freeze_cancel(&agent->guest))
		agent->thaws = false;
}

/* SIGTERM and SIGINT end the guest; SIGUSR1 only the agent. */
static int on_signal(struct agent *agent, int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return -1;
	if (agent->guest.phase == GUEST_FROZEN) {
		guest_fail(0, "%s: is part of an update now; not ended", agent->guest.name);
		return -1;
	}
	/* How the guest came back only this agent can tell luod. */
	agent->leaves = info.ssi_signo == SIGUSR1;
	if (agent->leaves)
		return agent->early && agent->guest.phase == GUEST_RESUMED ? -1 : 0;
	qmp_do(&agent->guest, "quit", QMP_MS, NULL);
	return -1;
}

static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int earlier(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int timeout_of(struct agent *agent)
{
	int ms = client_timeout(agent);

	if (agent->preserve.pidfd >= 0)
		ms = earlier(ms, PROGRESS_MS);
	if (agent->thaws || agent->guest.qmp.fd < 0)
		ms = earlier(ms, (int)(RETRY_NS / MS));
	return ms;
}

enum { SIGNALS, LUOD, QMP, QEMU, PRESERVE, EVENTS };

static void wait_for(struct agent *agent, struct pollfd events[EVENTS], int signals)
{
	events[SIGNALS] = (struct pollfd){ .fd = signals, .events = POLLIN };
	events[LUOD] = (struct pollfd){ .fd = agent->luod.fd, .events = POLLIN };
	events[QMP] = (struct pollfd){ .fd = agent->guest.qmp.fd, .events = POLLIN };
	events[QEMU] = (struct pollfd){ .fd = agent->guest.pidfd, .events = POLLIN };
	events[PRESERVE] = (struct pollfd){ .fd = agent->preserve.pidfd, .events = POLLIN };
	/* One that has ended with its state saved would be told of all the time. */
	if (agent->guest.phase == GUEST_FROZEN && agent->guest.saved)
		events[QEMU].fd = -1;
	if (agent->luod.fd >= 0 && wire_wants_to_send(&agent->luod))
		events[LUOD].events |= POLLOUT;
	if (poll(events, EVENTS, timeout_of(agent)) >= 0)
		return;
	for (int i = 0; i < EVENTS; i++)
		events[i].revents = 0;
}

int agent_run(struct agent *agent)
{
	int signals = catch_signals();
	int status;

	while ((status = look_at_qemu(agent)) < 0) {
		struct pollfd events[EVENTS];

		retry_to_go_on(agent);
		client_ask(agent);
		wait_for(agent, events, signals);
		if (agent->luod.fd >= 0 && events[LUOD].revents)
			client_hear(agent);
		if (agent->preserve.pidfd >= 0)
			client_look_at_preserve(agent, events[PRESERVE].revents);
		if (events[SIGNALS].revents) {
			status = on_signal(agent, signals);
			if (status >= 0)
				break;
		}
		if (agent->leaves && agent->guest.phase != GUEST_RESUMED) {
			status = 0;
			break;
		}
	}
	close(signals);
	return status;
}
