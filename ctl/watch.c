// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "follow.h"
#include "interrupt.h"
#include "json.h"
#include "live.h"
#include "preserved.h"
#include "sys.h"
#include "tally.h"

#define TICK_MS 100
#define WATCHED_ENOUGH 1
/* What is longer was never measured: ten days. */
#define BEGAN_MAX_MS 864000000

struct watch {
	bool json;
	struct tally tally;
};

static bool is_over(void)
{
	return was_interrupted() || ferror(stdout);
}

/* Lets go of @event. */
static void print_event(struct json_object *event)
{
	json_print(event);
	fflush(stdout);
}

static void show(struct watch *w)
{
	char text[256];
	char bytes[48];
	size_t n = 0;

	if (!*w->tally.phase)
		return;
	if (*w->tally.state)
		n = (size_t)snprintf(text, sizeof(text), "%s, ", w->tally.state);
	tally_text(&w->tally, text + n, sizeof(text) - n);
	n = strlen(text);
	if (phase_is_update(w->tally.phase) && preserved_text(bytes, sizeof(bytes)))
		snprintf(text + n, sizeof(text) - n, ", %s", bytes);
	live_track(track_of(&w->tally));
	live_show(w->tally.phase, text, tally_is_complete(&w->tally));
}

static void show_result(struct json_object *event)
{
	const char *id = luod_text(event, "update_id");
	const char *culprit = luod_text(event, "culprit");
	const char *reason = luod_text(event, "reason");
	char text[512];

	if (luod_flag(event, "ok"))
		snprintf(text, sizeof(text), "update %.40s%s is complete", id ? id : "",
			 luod_flag(event, "dry_run") ? ", a dry run," : "");
	else
		snprintf(text, sizeof(text), "update %.40s failed: %.127s%s%.255s", id ? id : "",
			 culprit ? culprit : "", culprit && *culprit ? ": " : "",
			 reason ? reason : "");
	live_line(text);
}

/* Times are those of an update: from its beginning on, also where that was before the jump. */
static void set_time(const struct watch *w, struct json_object *event)
{
	const char *phase = luod_text(event, "phase");
	int64_t ms = luod_number(event, "began_ms", -1);

	if (ms < 0 && phase && !strcmp(phase, "loading") && strcmp(w->tally.phase, "loading"))
		ms = 0;
	if (ms >= 0 && ms <= BEGAN_MAX_MS)
		live_began(ms);
}

static void on_event(void *data, struct json_object *event)
{
	const char *word = luod_text(event, "event");
	struct watch *w = data;

	if (!word)
		return;
	if (!w->json && !strcmp(word, "PHASE"))
		set_time(w, event);
	tally_event(&w->tally, event);
	if (w->json) {
		print_event(json_object_get(event));
		return;
	}
	if (!strcmp(word, "RESULT"))
		show_result(event);
	else
		show(w);
}

static int on_tick(void *data)
{
	struct watch *w = data;

	if (is_over())
		return WATCHED_ENOUGH;
	if (!w->json) {
		show(w);
		live_tick();
	}
	return 0;
}

static bool may_be_silent(void *data)
{
	struct watch *w = data;

	return phase_is_silent(w->tally.phase);
}

static int watch_luod(struct luod_link *luod, const struct options *options, struct watch *w)
{
	struct follow f = {
		.luod = luod,
		.patience_ms = luod_patience_ms(options),
		.data = w,
		.on_event = on_event,
		.may_be_silent = may_be_silent,
		.on_tick = on_tick,
	};
	struct json_object *reply;
	int code = ask_luod(luod, options, "WATCH", NULL, &reply);
	int ret;

	if (code)
		return code;
	json_object_put(reply);
	ret = follow(&f, 0, &reply);
	return ret < 0 ? luod_lost(luod, ret, "") : CODE_DONE;
}

static void show_state(const struct watch *w, const char *state, bool changed)
{
	char text[256];
	char bytes[48];

	if (w->json) {
		struct json_object *event;

		if (!changed)
			return;
		event = json_object_new_object();
		json_object_object_add(event, "event", json_object_new_string("STATE"));
		json_object_object_add(event, "state", json_object_new_string(state));
		print_event(event);
		return;
	}
	snprintf(text, sizeof(text), "%s", state);
	if (preserved_text(bytes, sizeof(bytes)))
		snprintf(text, sizeof(text), "%s, %s", state, bytes);
	live_track(track_of_state(state));
	live_show(state, text, false);
	live_tick();
}

/* sysfs tells by POLLPRI, once what it is about has been read, and from the beginning. */
static int read_state(int fd, char *state, size_t size)
{
	ssize_t n = pread(fd, state, size - 1, 0);

	if (n < 0)
		return -errno;
	state[n] = '\0';
	state[strcspn(state, "\n")] = '\0';
	return 0;
}

static int watch_states(int fd, const struct watch *w)
{
	char last[32] = "";
	char state[32];
	int ret;

	while (!(ret = read_state(fd, state, sizeof(state))) && !is_over()) {
		struct pollfd change = { .fd = fd, .events = POLLPRI };

		show_state(w, state, strcmp(state, last) != 0);
		strcpy(last, state);
		poll(&change, 1, TICK_MS);
	}
	return ret ? fail(CODE_FAILED, "cannot read the state: %s", strerror(-ret)) : CODE_DONE;
}

static int watch_kernel(const struct watch *w)
{
	int fd = luo_sys_open(LUO_SYSFS "/state", O_RDONLY);
	int code;

	if (fd < 0 && live_update_is_on())
		return fail(CODE_UNAVAILABLE, "this kernel's orchestrator has no states to watch, "
					      "and luod does not run.");
	if (fd < 0)
		return open_failed(fd);
	code = watch_states(fd, w);
	close(fd);
	return code;
}

static int run_watch(const struct options *options, int count, char **operands)
{
	struct watch w = { .json = options->given & OPT_JSON };
	struct luod_link luod;
	bool runs;
	int code = find_luod(&luod, options, &runs);

	if (code)
		return code;
	catch_interrupts();
	tally_start(&w.tally);
	if (!w.json)
		live_start(stdout);
	code = runs ? watch_luod(&luod, options, &w) : watch_kernel(&w);
	live_end();
	tally_end(&w.tally);
	luod_disconnect(&luod);
	return code;
}

const struct verb verb_watch = {
	.name = "watch",
	.summary = "Show states, and how far an update is, until interrupted",
	.details =
		"Where luod runs, its phases and how many of its clients are there yet; else the\n"
		"states of the kernel. With --json each event is a line of JSON.",
	.options = OPT_JSON | OPT_SOCKET | OPT_WAIT,
	.run = run_watch,
};
