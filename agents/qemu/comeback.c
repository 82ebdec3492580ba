// SPDX-License-Identifier: GPL-2.0-or-later
/* After a jump: what the agent has to say to luod, one thing after the other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "clock.h"
#include "luod.h"
#include "libluo.h"
#include "resume.h"
#include "run_dir.h"

static struct json_object *about(const struct agent *agent, const char *word)
{
	struct json_object *request = json_object_new_object();
	char name[LUO_NAME_SIZE];

	agent_session_name(&agent->guest, name, sizeof(name));
	json_object_object_add(request, "cmd", json_object_new_string(word));
	json_object_object_add(request, "name", json_object_new_string(name));
	return request;
}

static int claim(struct agent *agent)
{
	struct json_object *reply;
	int ret;

	if (agent->luod.fd < 0) {
		ret = wire_connect(&agent->luod, agent_socket(), true, 0);
		if (ret)
			return ret;
	}
	ret = luod_call(&agent->luod, about(agent, "CLAIM"), &reply);
	json_object_put(reply);
	if (ret)
		return ret;
	agent->guest.session = wire_take_fd(&agent->luod);
	return agent->guest.session < 0 ? agent->guest.session : 0;
}

static int tell_restored(struct agent *agent)
{
	struct json_object *request = about(agent, "RESTORED");
	struct json_object *reply;
	int ret;

	json_object_object_add(request, "blackout_ns", json_object_new_int64(agent->blackout));
	if (agent->guest.parts)
		json_object_object_add(request, "parts", json_object_get(agent->guest.parts));
	ret = luod_call(&agent->luod, request, &reply);
	json_object_put(reply);
	return ret;
}

static void tell_failed(struct agent *agent, int error)
{
	struct json_object *request = about(agent, "FAILED");
	struct json_object *reply;

	json_object_object_add(request, "reason", json_object_new_string(strerror(-error)));
	luod_call(&agent->luod, request, &reply);
	json_object_put(reply);
}

static void close_files(struct guest *guest)
{
	if (guest->session >= 0)
		close(guest->session);
	if (guest->description >= 0)
		close(guest->description);
	if (guest->state >= 0)
		close(guest->state);
	guest->session = guest->description = guest->state = -1;
	guest->saved = false;
}

/* What is left once the guest goes on; the session may have been finished before. */
static int finish(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	int ret;

	luo_session_finish(guest->session);
	close_files(guest);
	ret = tell_restored(agent);
	if (ret)
		return guest_fail(ret, "%s: luod does not take note that it is back: %s",
				  guest->name, strerror(-ret));
	guest->phase = GUEST_RUNNING;
	return run_dir_save(guest);
}

int agent_resume(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	int ret;

	ret = claim(agent);
	if (ret)
		return ret;
	ret = resume_retrieve(guest);
	if (!ret)
		ret = resume_from_files(guest);
	if (ret) {
		tell_failed(agent, ret);
		return ret;
	}
	agent->blackout = clock_since(guest->stopped, guest->rate);
	/* If luod dies now the guest goes on all the same, and the next one is told. */
	finish(agent);
	return 0;
}

int agent_finish(struct agent *agent)
{
	int ret = claim(agent);

	/* The agent before this one has come as far as that. */
	if (ret == -ENOENT) {
		agent->guest.phase = GUEST_RUNNING;
		return run_dir_save(&agent->guest);
	}
	return ret ? ret : finish(agent);
}
