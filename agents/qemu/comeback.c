// SPDX-License-Identifier: GPL-2.0-or-later
#include "comeback.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "libluo.h"
#include "luod_link.h"
#include "resume.h"
#include "run_dir.h"

#define S		1000000000ULL
#define PAUSE_NS	50000000
/* For luod to be there, and to hand out what it has. */
#define PATIENCE_NS	(60 * S)
/* A machine that has been up for longer has had its jump, if it had one. */
#define STARTING_NS	(120 * S)

const char *session_name(const struct guest *guest, char *name, size_t size)
{
	snprintf(name, size, SESSION_PREFIX "%s", guest->name);
	return name;
}

const char *luod_socket(void)
{
	const char *path = getenv("LUOD_SOCKET");

	return path ? path : LUOD_SOCKET;
}

int connect_luod(struct agent *agent)
{
	if (agent->luod.fd >= 0)
		return 0;
	if (!wire_connect(&agent->luod, luod_socket(), true, 0))
		return 0;
	agent->luod.fd = -1;
	return -ENOTCONN;
}

/* Errors of the connection are one: whatever was said, it is to be said again. */
static int call(struct agent *agent, struct json_object *request, struct json_object **reply)
{
	int ret = connect_luod(agent);

	*reply = NULL;
	if (ret) {
		json_object_put(request);
		return ret;
	}
	ret = luod_call(&agent->luod, request, reply);
	if (!ret || *reply)
		return ret;
	wire_close(&agent->luod);
	return -ENOTCONN;
}

static struct json_object *about(const struct agent *agent, const char *word)
{
	struct json_object *request = json_object_new_object();
	char name[LUO_NAME_SIZE];

	session_name(&agent->guest, name, sizeof(name));
	json_object_object_add(request, "cmd", json_object_new_string(word));
	json_object_object_add(request, "name", json_object_new_string(name));
	return request;
}

static int claim(struct agent *agent)
{
	struct json_object *reply;
	int ret = call(agent, about(agent, "CLAIM"), &reply);

	json_object_put(reply);
	if (ret)
		return ret;
	agent->guest.session = wire_take_fd(&agent->luod);
	return agent->guest.session < 0 ? -EPROTO : 0;
}

/* Without luod: whether there may be something that it would give back. */
static bool may_have_come_over(void)
{
	struct luo_status status;
	struct timespec up;

	if (!luo_get_status(NULL, &status))
		return status.state == LUO_STATE_UPDATED;
	if (access(LUO_DEVICE, F_OK))
		return false;
	clock_gettime(CLOCK_BOOTTIME, &up);
	return (uint64_t)up.tv_sec * S < STARTING_NS;
}

static int claim_patiently(struct agent *agent)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	uint64_t end = clock_ns() + PATIENCE_NS;
	bool said = false;

	for (;;) {
		int ret = claim(agent);

		/* Claimed by an agent that has just died, and luod is about to see it. */
		if (ret != -ENOTCONN && ret != -EBUSY)
			return ret;
		if (ret == -ENOTCONN && !may_have_come_over())
			return -ENOENT;
		if (clock_ns() > end)
			return ret;
		if (!said && ret == -ENOTCONN)
			guest_fail(0, "%s: waits for luod, which may have to give it back",
				   agent->guest.name);
		said = true;
		nanosleep(&pause, NULL);
	}
}

static void tell_failed(struct agent *agent)
{
	struct json_object *request = about(agent, "FAILED");
	struct json_object *reply;

	json_object_object_add(request, "reason", json_object_new_string(guest_last_failure()));
	call(agent, request, &reply);
	json_object_put(reply);
}

static int tell_restored(struct agent *agent)
{
	struct json_object *request = about(agent, "RESTORED");
	struct json_object *reply;
	int ret;

	if (agent->blackout_ns >= 0)
		json_object_object_add(request, "blackout_ns",
				       json_object_new_int64(agent->blackout_ns));
	if (agent->guest.parts)
		json_object_object_add(request, "parts", json_object_get(agent->guest.parts));
	ret = call(agent, request, &reply);
	json_object_put(reply);
	return ret;
}

static int say_no_claim(const struct agent *agent, int error)
{
	const char *name = agent->guest.name;

	switch (-error) {
	case ENOENT:
		return error;
	case ENOTCONN:
		return guest_fail(error, "%s: luod does not answer, and may have to give it back; "
				  "start luod, or end the update: luoctl finish", name);
	case EPERM:
		return guest_fail(error, "%s: it is another user's", name);
	case EIO:
		return guest_fail(error, "%s: the kernel could not give it back", name);
	case EBUSY:
		return guest_fail(error, "%s: another process has claimed it", name);
	default:
		return guest_fail(error, "%s: luod does not give it back: %s", name,
				  strerror(-error));
	}
}

int comeback_resume(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	int ret = claim_patiently(agent);

	if (ret)
		return say_no_claim(agent, ret);
	ret = resume_retrieve(guest);
	if (!ret)
		ret = resume_from_files(guest);
	if (!ret && guest->ran)
		agent->blackout_ns = clock_since(guest->stopped, guest->rate);
	if (!ret)
		return 0;
	/* If luod cannot be told that it is over, the next agent has to be. */
	if (ret != -ENOTRECOVERABLE)
		tell_failed(agent);
	if (ret != -ENOTRECOVERABLE || !comeback_finish(agent))
		run_dir_clear(guest);
	guest_drop_update(guest);
	return ret;
}

int comeback_finish(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	int ret = guest->session < 0 ? claim(agent) : 0;

	/* An agent before this one has come as far as that. */
	if (ret == -ENOENT) {
		guest_drop_update(guest);
		return run_dir_enter(guest, GUEST_RUNNING);
	}
	if (ret)
		return ret;
	/* luod does it, too, and would say so if it failed. */
	luo_session_finish(guest->session);
	ret = tell_restored(agent);
	guest_drop_update(guest);
	return ret ? ret : run_dir_enter(guest, GUEST_RUNNING);
}
