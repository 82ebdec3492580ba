// SPDX-License-Identifier: GPL-2.0-or-later
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "comeback.h"
#include "freeze.h"
#include "libluo.h"
#include "luod_link.h"
#include "preserve.h"

#define MS		1000000ULL
#define PAUSE_MIN_NS	(100 * MS)
#define PAUSE_MAX_NS	(1000 * MS)
/* Until a luod that is gone is taken to be gone for good. */
#define LOST_NS		(5000 * MS)
/* Where luod does not say. */
#define FREEZE_MS	10000

static void tell(struct agent *agent, const char *word, const char *reason)
{
	struct json_object *message = json_object_new_object();

	json_object_object_add(message, "cmd", json_object_new_string(word));
	if (reason)
		json_object_object_add(message, "reason", json_object_new_string(reason));
	wire_send(&agent->luod, message, -1);
}

static void tell_progress(struct agent *agent)
{
	struct json_object *message;
	uint64_t done, total;

	if (!preserve_progress(&done, &total))
		return;
	message = json_object_new_object();
	json_object_object_add(message, "cmd", json_object_new_string("PROGRESS"));
	json_object_object_add(message, "done", json_object_new_uint64(done));
	json_object_object_add(message, "total", json_object_new_uint64(total));
	wire_send(&agent->luod, message, -1);
}

static void wait_before_asking(struct agent *agent)
{
	agent->asked = false;
	if (agent->pause_ns < PAUSE_MIN_NS)
		agent->pause_ns = PAUSE_MIN_NS;
	agent->ask_again_ns = clock_ns() + agent->pause_ns;
	agent->pause_ns *= 2;
	if (agent->pause_ns > PAUSE_MAX_NS)
		agent->pause_ns = PAUSE_MAX_NS;
}

/* Nobody waits for what is being preserved any more; what was, stays until it is clear. */
void client_lose(struct agent *agent)
{
	if (agent->subscribed) {
		guest_fail(0, "%s: luod is gone", agent->guest.name);
		agent->lost_ns = clock_ns();
	}
	preserve_stop(&agent->preserve);
	wire_close(&agent->luod);
	/* A claim ends with the connection. */
	if (agent->guest.phase == GUEST_RESUMED && agent->guest.session >= 0) {
		close(agent->guest.session);
		agent->guest.session = -1;
	}
	agent->subscribed = false;
	wait_before_asking(agent);
}

static void veto(struct agent *agent, int error, char *why)
{
	guest_fail(error, "%s: cannot be part of this update: %s", agent->guest.name,
		   why ? why : strerror(-error));
	tell(agent, "VETO", why ? why : strerror(-error));
	free(why);
}

static void on_start(struct agent *agent)
{
	int session = wire_take_fd(&agent->luod);
	char *why = NULL;
	int ret = session;

	agent->guest.rate = clock_rate(agent->start_stamp, agent->start_ns);
	if (session >= 0 && agent->preserve.pidfd < 0 && agent->guest.session < 0)
		ret = preserve_start(&agent->preserve, &agent->guest, session, agent->luod.fd,
				     &why);
	else if (session >= 0)
		close(session);
	if (ret < 0)
		veto(agent, ret, why);
}

void client_look_at_preserve(struct agent *agent, bool ended)
{
	char *why;
	int ret;

	if (!ended) {
		tell_progress(agent);
		return;
	}
	ret = preserve_end(&agent->preserve, &agent->guest, &why);
	if (ret)
		veto(agent, ret, why);
	else
		tell(agent, "READY", NULL);
}

static void on_freeze(struct agent *agent, struct json_object *message)
{
	int64_t ms = luod_number(message, "deadline_ms", FREEZE_MS);
	char *why = NULL;
	int ret;

	agent->guest.rate = clock_rate(agent->start_stamp, agent->start_ns);
	ret = agent->guest.session < 0 ?
		      -EINVAL :
		      freeze_guest(&agent->guest, ms > 0 && ms < 3600000 ? (int)ms : FREEZE_MS, &why);
	if (ret)
		veto(agent, ret, why);
	else
		tell(agent, "FROZEN", NULL);
}

static void cancel(struct agent *agent)
{
	preserve_stop(&agent->preserve);
	agent->thaws = freeze_cancel(&agent->guest) != 0;
}

static void say_refused(struct agent *agent, struct json_object *reply)
{
	const char *text;
	int error = luod_reply_error(reply, &text);

	if (agent->complained || error == EBUSY || error == EEXIST)
		return;
	guest_fail(0, "%s: luod does not take it: %s", agent->guest.name, text);
	agent->complained = true;
}

/* With ok: nobody will jump with what this guest has left in an update, so it goes on. */
static void on_subscribed(struct agent *agent, struct json_object *reply)
{
	if (!luod_flag(reply, "ok")) {
		say_refused(agent, reply);
		wait_before_asking(agent);
		return;
	}
	agent->subscribed = true;
	agent->complained = false;
	agent->pause_ns = 0;
	cancel(agent);
}

static void on_message(struct agent *agent, struct json_object *message)
{
	const char *word = luod_text(message, "cmd");
	const char *reply = luod_text(message, "reply");

	if (reply && (!strcmp(reply, "SUBSCRIBE") || !strcmp(reply, "CONNECT"))) {
		on_subscribed(agent, message);
	} else if (word && !strcmp(word, "START_PRESERVATION")) {
		on_start(agent);
	} else if (word && !strcmp(word, "FREEZE")) {
		on_freeze(agent, message);
	} else if (word && !strcmp(word, "CANCEL")) {
		cancel(agent);
		tell(agent, "CANCELLED", NULL);
	}
}

void client_hear(struct agent *agent)
{
	struct json_object *message;
	int ret = wire_receive(&agent->luod) < 0 ? -ECONNRESET : 0;

	while (!ret && (ret = wire_next(&agent->luod, &message)) == 1) {
		on_message(agent, message);
		json_object_put(message);
		ret = agent->luod.fd < 0 ? -ECONNRESET : 0;
	}
	if (ret < 0 || agent->luod.ended || wire_flush(&agent->luod))
		client_lose(agent);
}

static void subscribe(struct agent *agent)
{
	struct json_object *message = json_object_new_object();
	char name[LUO_NAME_SIZE];

	session_name(&agent->guest, name, sizeof(name));
	json_object_object_add(message, "cmd", json_object_new_string("SUBSCRIBE"));
	json_object_object_add(message, "name", json_object_new_string(name));
	json_object_object_add(message, "version", json_object_new_int(1));
	agent->asked = true;
	if (wire_send(&agent->luod, message, -1))
		client_lose(agent);
}

/*
 * With luod away, and the kernel as if nothing were under way, or without a state that
 * could tell: whoever would have jumped is gone, and what was preserved is given up.
 */
static void give_up_waiting(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	struct luo_status status;
	int ret;

	if (guest->phase != GUEST_FROZEN && (guest->phase != GUEST_RUNNING || guest->session < 0))
		return;
	if (clock_ns() - agent->lost_ns < LOST_NS)
		return;
	ret = luo_get_status(NULL, &status);
	if (ret ? ret != -EOPNOTSUPP : status.state != LUO_STATE_NORMAL)
		return;
	if (guest->phase == GUEST_FROZEN)
		guest_fail(0, "%s: luod does not come back; the guest goes on", guest->name);
	cancel(agent);
}

void client_ask(struct agent *agent)
{
	if (agent->asked || clock_ns() < agent->ask_again_ns)
		return;
	if (connect_luod(agent)) {
		wait_before_asking(agent);
		give_up_waiting(agent);
		return;
	}
	/* First what is over, then what may come. */
	if (agent->guest.phase == GUEST_RESUMED && comeback_finish(agent)) {
		client_lose(agent);
		return;
	}
	subscribe(agent);
}

int client_timeout(const struct agent *agent)
{
	uint64_t now = clock_ns();

	if (agent->asked)
		return -1;
	return now < agent->ask_again_ns ? (int)((agent->ask_again_ns - now) / MS) + 1 : 0;
}
