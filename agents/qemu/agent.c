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
#include "freeze.h"
#include "libluo.h"
#include "process.h"
#include "qmp.h"
#include "run_dir.h"

#define LUOD_SOCKET	"/run/luod/liveupdate.sock"
#define MS		1000000ULL
#define ASK_AGAIN_NS	(200 * MS)
/* Until a luod that is gone is taken to be gone for good. */
#define LOST_NS		(5000 * MS)

const char *agent_socket(void)
{
	const char *path = getenv("LUOD_SOCKET");

	return path ? path : LUOD_SOCKET;
}

const char *agent_session_name(const struct guest *guest, char *name, size_t size)
{
	snprintf(name, size, SESSION_PREFIX "%s", guest->name);
	return name;
}

void agent_init(struct agent *agent)
{
	*agent = (struct agent){
		.guest = {
			.state_size = 64UL << 20,
			.lock = -1, .memory = -1, .pidfd = -1,
			.session = -1, .description = -1, .state = -1,
			.qmp = { .fd = -1 },
		},
		.luod = { .fd = -1 },
		.blackout = -1,
		.start_stamp = clock_stamp(),
		.start_ns = clock_ns(),
		.lost_ns = clock_ns(),
	};
}

static void tell(struct agent *agent, const char *word, const char *reason)
{
	struct json_object *message = json_object_new_object();

	json_object_object_add(message, "cmd", json_object_new_string(word));
	if (reason)
		json_object_object_add(message, "reason", json_object_new_string(reason));
	wire_send(&agent->luod, message, -1);
}

static void lose_luod(struct agent *agent)
{
	if (agent->subscribed)
		guest_fail(0, "%s: luod is gone", agent->guest.name);
	wire_close(&agent->luod);
	agent->asked = agent->subscribed = false;
	agent->lost_ns = clock_ns();
	agent->ask_again_ns = clock_ns() + ASK_AGAIN_NS;
}

static void veto(struct agent *agent, int error, char *why)
{
	guest_fail(error, "%s: cannot be part of this update: %s", agent->guest.name,
		   why ? why : strerror(-error));
	tell(agent, "VETO", why ? why : strerror(-error));
	free(why);
}

static void preserve(struct agent *agent)
{
	int session = wire_take_fd(&agent->luod);
	char *why = NULL;
	int ret;

	if (session < 0) {
		veto(agent, session, NULL);
		return;
	}
	agent->guest.rate = clock_rate(agent->start_stamp, agent->start_ns);
	ret = freeze_prepare(&agent->guest, session, &why);
	if (ret)
		veto(agent, ret, why);
	else
		tell(agent, "READY", NULL);
}

static void freeze(struct agent *agent)
{
	char *why = NULL;
	int ret = freeze_guest(&agent->guest, &why);

	if (ret)
		veto(agent, ret, why);
	else
		tell(agent, "FROZEN", NULL);
}

static void cancel(struct agent *agent)
{
	int ret = freeze_cancel(&agent->guest);

	if (ret)
		guest_fail(ret, "%s: does not go on: %s", agent->guest.name, strerror(-ret));
}

/* Nobody will jump with what this guest has left in an update: it goes on. */
static void on_subscribed(struct agent *agent, struct json_object *reply)
{
	struct json_object *error = json_object_object_get(reply, "error");
	const char *name = json_object_get_string(json_object_object_get(error, "name"));
	const char *text = json_object_get_string(json_object_object_get(error, "text"));

	if (json_object_get_boolean(json_object_object_get(reply, "ok"))) {
		agent->subscribed = true;
		agent->complained = false;
		cancel(agent);
		return;
	}
	if (!agent->complained && name && strcmp(name, "EBUSY") && strcmp(name, "EEXIST")) {
		guest_fail(0, "%s: luod does not take it: %s", agent->guest.name, text);
		agent->complained = true;
	}
	agent->asked = false;
	agent->ask_again_ns = clock_ns() + ASK_AGAIN_NS;
}

static void on_message(struct agent *agent, struct json_object *message)
{
	const char *word = json_object_get_string(json_object_object_get(message, "cmd"));
	const char *reply = json_object_get_string(json_object_object_get(message, "reply"));

	if (reply && !strcmp(reply, "SUBSCRIBE")) {
		on_subscribed(agent, message);
	} else if (word && !strcmp(word, "START_PRESERVATION")) {
		preserve(agent);
	} else if (word && !strcmp(word, "FREEZE")) {
		freeze(agent);
	} else if (word && !strcmp(word, "CANCEL")) {
		cancel(agent);
		tell(agent, "CANCELLED", NULL);
	}
}

static void hear_luod(struct agent *agent)
{
	struct json_object *message;
	int ret;

	if (wire_receive(&agent->luod) < 0) {
		lose_luod(agent);
		return;
	}
	while ((ret = wire_next(&agent->luod, &message)) == 1) {
		on_message(agent, message);
		json_object_put(message);
	}
	if (ret < 0 || agent->luod.ended || wire_flush(&agent->luod))
		lose_luod(agent);
}

static void subscribe(struct agent *agent)
{
	struct json_object *message = json_object_new_object();
	char name[LUO_NAME_SIZE];

	agent_session_name(&agent->guest, name, sizeof(name));
	json_object_object_add(message, "cmd", json_object_new_string("SUBSCRIBE"));
	json_object_object_add(message, "name", json_object_new_string(name));
	json_object_object_add(message, "version", json_object_new_int(1));
	agent->asked = true;
	if (wire_send(&agent->luod, message, -1))
		lose_luod(agent);
}

/*
 * With luod away, and the kernel as if nothing were under way, or without a state that
 * could tell: whoever would have jumped is gone, and what was preserved is given up.
 */
static void give_up_waiting(struct agent *agent)
{
	struct luo_status status;
	int ret;

	if (agent->guest.phase != GUEST_FROZEN || clock_ns() - agent->lost_ns < LOST_NS)
		return;
	ret = luo_get_status(NULL, &status);
	if (ret ? ret == -EOPNOTSUPP : status.state == LUO_STATE_NORMAL) {
		guest_fail(0, "%s: luod does not come back; the guest goes on", agent->guest.name);
		cancel(agent);
	}
}

static void ask_luod(struct agent *agent)
{
	if (agent->asked || clock_ns() < agent->ask_again_ns)
		return;
	agent->ask_again_ns = clock_ns() + ASK_AGAIN_NS;
	if (agent->luod.fd < 0 && wire_connect(&agent->luod, agent_socket(), true, 0)) {
		agent->luod.fd = -1;
		give_up_waiting(agent);
		return;
	}
	/* Only one that luod knows to be back is a client like any other. */
	if (agent->guest.phase == GUEST_RESUMED && agent_finish(agent)) {
		lose_luod(agent);
		return;
	}
	subscribe(agent);
}

static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* -1 while it goes on. What was saved is enough to go on from, whatever QEMU does. */
static int look_at_qemu(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	int status;

	if (guest->phase == GUEST_FROZEN && guest->saved)
		return -1;
	if (guest->qmp.fd >= 0 && qmp_take_events(guest))
		wire_close(&guest->qmp);
	if (!process_has_ended(guest, &status))
		return -1;
	run_dir_clear(guest);
	return exit_status(status);
}

/* SIGTERM and SIGINT end the guest; SIGUSR1 only the agent. */
static int on_signal(struct agent *agent, int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return -1;
	if (info.ssi_signo == SIGUSR1)
		return 0;
	if (agent->guest.phase == GUEST_FROZEN) {
		guest_fail(0, "%s: is part of an update now; not ended", agent->guest.name);
		return -1;
	}
	qmp_command(&agent->guest, "quit", NULL, NULL, NULL);
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

int agent_run(struct agent *agent)
{
	int signals = catch_signals();
	int status;

	while ((status = look_at_qemu(agent)) < 0) {
		struct pollfd events[] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = agent->luod.fd, .events = POLLIN },
			{ .fd = agent->guest.qmp.fd, .events = POLLIN },
			{ .fd = agent->guest.pidfd, .events = POLLIN },
		};

		/* One that has ended with its state saved would be told of all the time. */
		if (agent->guest.phase == GUEST_FROZEN && agent->guest.saved)
			events[2].fd = events[3].fd = -1;
		if (agent->luod.fd >= 0 && wire_wants_to_send(&agent->luod))
			events[1].events |= POLLOUT;
		poll(events, 4, agent->subscribed ? -1 : (int)(ASK_AGAIN_NS / MS));
		if (agent->luod.fd >= 0 && events[1].revents)
			hear_luod(agent);
		if (events[0].revents) {
			status = on_signal(agent, signals);
			if (status >= 0)
				break;
		}
		ask_luod(agent);
	}
	return status;
}
