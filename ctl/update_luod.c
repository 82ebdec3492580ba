// SPDX-License-Identifier: GPL-2.0-or-later
#include "update_luod.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "cmdline.h"
#include "follow.h"
#include "forecast.h"
#include "interrupt.h"
#include "live.h"
#include "preserved.h"
#include "tally.h"

#define AS_BEFORE " Everything was cancelled; the system runs on as before."

enum { GAVE_UP = 1 };

struct run {
	struct luod_link *luod;
	const struct options *options;
	struct tally tally;
	/* The request CANCEL_UPDATE, once it is sent. */
	int cancel_id;
	bool had_image;
	bool began;
};

static void show(struct run *r)
{
	char text[256];
	char bytes[48];
	size_t n;

	/* Before the first phase, and after the last, luod is idle. */
	if (!phase_is_update(r->tally.phase))
		return;
	tally_text(&r->tally, text, sizeof(text));
	n = strlen(text);
	if (preserved_text(bytes, sizeof(bytes)))
		snprintf(text + n, sizeof(text) - n, ", %s", bytes);
	live_track(track_of(&r->tally));
	live_show(r->tally.phase, text, tally_is_complete(&r->tally));
}

static void on_event(void *data, struct json_object *event)
{
	struct run *r = data;
	const char *text;

	if (r->cancel_id && luod_is_reply(event, r->cancel_id)) {
		if (luod_reply_error(event, &text) == EBUSY)
			message("it is too late to call the update off.");
		return;
	}
	tally_event(&r->tally, event);
	if (phase_is_update(r->tally.phase))
		r->began = true;
	show(r);
}

static int on_tick(void *data)
{
	struct run *r = data;

	if (interrupt_count() > 1 && r->cancel_id)
		return GAVE_UP;
	if (was_interrupted() && !r->cancel_id) {
		struct json_object *members = json_object_new_object();

		json_object_object_add(
			members, "reason",
			json_object_new_string("the command that asked for it was interrupted"));
		r->cancel_id = luod_send(r->luod, "CANCEL_UPDATE", members);
		if (r->cancel_id < 0)
			return r->cancel_id;
	}
	show(r);
	live_tick();
	return 0;
}

static bool may_be_silent(void *data)
{
	struct run *r = data;

	return phase_is_silent(r->tally.phase);
}

static int check_phase(struct luod_link *luod, const struct options *options)
{
	struct json_object *status;
	int code = ask_luod_status(luod, options, &status);
	const char *phase;

	if (code)
		return code;
	phase = luod_text(status, "phase");
	if (phase_is_restore(phase))
		code = fail(CODE_STATE, "the live update before this one is not finished: 'luoctl "
					"clients' shows who is not back, 'luoctl finish' ends it.");
	else if (phase_is_update(phase))
		code = fail(CODE_STATE,
			    "another live update is under way, luod is %s: 'luoctl cancel' calls "
			    "it off.",
			    phase);
	json_object_put(status);
	return code;
}

/* luod has a working directory of its own. */
static int add_path(struct json_object *members, const char *key, const char *path)
{
	char *whole = realpath(path, NULL);

	if (!whole || access(whole, R_OK)) {
		free(whole);
		return fail(CODE_FAILED, "%s: %s. Nothing was loaded.", path, strerror(errno));
	}
	json_object_object_add(members, key, json_object_new_string(whole));
	free(whole);
	return CODE_DONE;
}

static int add_members(const struct options *options, const char *kernel,
		       struct json_object *members)
{
	char line[CMDLINE_SIZE];
	unsigned int format;
	int code;

	if (options->given & OPT_DRY_RUN)
		json_object_object_add(members, "dry_run", json_object_new_boolean(true));
	if (!kernel && luo_kexec_loaded() == 0)
		return fail(CODE_FAILED,
			    "no kernel is loaded: name one, or use 'luoctl load' first.");
	if (!kernel)
		return CODE_DONE;
	code = choose_command_line(options, line, sizeof(line));
	if (!code)
		code = check_before(options, kernel, &format);
	if (!code)
		code = add_path(members, "kernel", kernel);
	if (!code && options->initrd)
		code = add_path(members, "initrd", options->initrd);
	if (!code)
		json_object_object_add(members, "command_line", json_object_new_string(line));
	if (!code && format != LUO_MEMFD_UNKNOWN)
		json_object_object_add(members, "memfd_format",
				       json_object_new_string(luo_memfd_format_name(format)));
	return code;
}

/* What became of the kernel that was loaded before, where that is gone. */
static bool image_is_gone(const struct run *r)
{
	return r->had_image && luo_kexec_loaded() == 0;
}

static int failed(const struct run *r, struct json_object *reply, int error)
{
	char hint[160];

	snprintf(hint, sizeof(hint), "%s%s", r->began ? AS_BEFORE : " Nothing was changed.",
		 image_is_gone(r) ? " The kernel loaded before is gone." : "");
	if (r->cancel_id && error == ECANCELED)
		return fail(CODE_FAILED, "interrupted.%s", hint);
	return luod_refused(reply, hint);
}

static int run(struct run *r, struct json_object *members)
{
	const struct follow f = {
		.luod = r->luod,
		.patience_ms = luod_patience_ms(r->options),
		.data = r,
		.on_event = on_event,
		.may_be_silent = may_be_silent,
		.on_tick = on_tick,
	};
	struct json_object *reply = NULL;
	const char *text;
	int code = CODE_DONE;
	int ret;

	/* To know all clients before the first of them has something to do. */
	ret = luod_send(r->luod, "WATCH", NULL);
	if (ret > 0)
		ret = luod_send(r->luod, "UPDATE", members);
	else
		json_object_put(members);
	if (ret > 0)
		ret = follow(&f, ret, &reply);
	if (ret == GAVE_UP)
		return fail(CODE_FAILED, "not waited for any longer; luod has been told to call "
					 "the update off. See 'luoctl status'.");
	if (ret < 0)
		return luod_lost(r->luod, ret,
				 " Whether the update goes on is not known: see 'luoctl status'.");
	ret = luod_reply_error(reply, &text);
	if (ret) {
		code = failed(r, reply, ret);
	} else if (r->options->given & OPT_DRY_RUN) {
		live_line(image_is_gone(r) ? "dry run complete; nothing but the kernel loaded "
					     "before, gone now, was changed" :
					     "dry run complete; nothing was changed");
		text = luod_text(reply, "update_id");
		forecast_of_luod(text ? text : "", r->options->given & OPT_JSON);
	}
	json_object_put(reply);
	return code;
}

int update_by_luod(struct luod_link *luod, const struct options *options, const char *kernel)
{
	struct run r = {
		.luod = luod,
		.options = options,
		.had_image = kernel && luo_kexec_loaded() == 1,
	};
	struct json_object *members;
	int code = check_phase(luod, options);

	if (code)
		return code;
	members = json_object_new_object();
	code = add_members(options, kernel, members);
	if (code) {
		json_object_put(members);
		return code;
	}
	catch_interrupts();
	tally_start(&r.tally);
	live_start(stderr);
	code = run(&r, members);
	live_end();
	tally_end(&r.tally);
	return code;
}
