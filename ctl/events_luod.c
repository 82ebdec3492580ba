// SPDX-License-Identifier: GPL-2.0-or-later
#include "events_luod.h"

#include <errno.h>

#include "ask.h"
#include "follow.h"

int luod_may_send(const struct options *options)
{
	struct luod_link luod;
	bool runs;
	int code;

	if (options->given & OPT_FORCE)
		return CODE_DONE;
	code = find_luod(&luod, options, &runs);
	if (!code && runs)
		code = fail(CODE_BUSY,
			    "luod (process %d) runs, and its clients would know nothing of it: use "
			    "'luoctl update', or --force. Nothing was changed.",
			    (int)luod.pid);
	luod_disconnect(&luod);
	return code;
}

typedef int (*refused_fn)(const struct options *options, struct json_object *reply, int error);

/* However long that takes. @refused says what to exit with where luod will not. */
static int request(struct luod_link *luod, const struct options *options, const char *cmd,
		   struct json_object *members, refused_fn refused)
{
	const struct follow f = { .luod = luod, .patience_ms = luod_long_patience_ms(options) };
	struct json_object *reply = NULL;
	const char *text;
	int code = CODE_DONE;
	int ret;

	ret = luod_send(luod, cmd, members);
	if (ret > 0)
		ret = follow(&f, ret, &reply);
	if (ret)
		return luod_lost(luod, ret, " See 'luoctl status'.");
	ret = luod_reply_error(reply, &text);
	if (ret)
		code = refused(options, reply, ret);
	else
		puts(luod_text(reply, "state") ? luod_text(reply, "state") : "normal");
	json_object_put(reply);
	return code;
}

static int cancel_refused(const struct options *options, struct json_object *reply, int error)
{
	int code = luod_refused(reply, " See 'luoctl status'.");

	return error == EINVAL || error == EBUSY ? CODE_STATE : code;
}

/* Without --discard it is for who is not back; with it, for who is about to be. */
static int finish_refused(const struct options *options, struct json_object *reply, int error)
{
	const char *hint = "";
	int code;

	if (error == EBUSY)
		hint = options->given & OPT_DISCARD ?
			       " 'luoctl clients' shows them; --force gives them up, too." :
			       " 'luoctl clients' shows who is not back; --discard gives them up.";
	code = luod_refused(reply, hint);
	if (error == EBUSY)
		return CODE_REFUSED;
	return error == EINVAL ? CODE_STATE : code;
}

/* Connects if luod is in a phase for which @concerns is true; *@does tells. */
static int find_luod_in(struct luod_link *luod, const struct options *options,
			bool (*concerns)(const char *phase), bool *does)
{
	struct json_object *status;
	int code = find_luod(luod, options, does);

	if (code || !*does)
		return code;
	*does = false;
	code = ask_luod_status(luod, options, &status);
	if (!code) {
		*does = concerns(luod_text(status, "phase"));
		json_object_put(status);
	}
	return code;
}

int luod_may_load(const struct options *options)
{
	struct luod_link luod = { .wire = { .fd = -1 } };
	bool updates;
	int code;

	if (options->given & OPT_FORCE)
		return CODE_DONE;
	code = find_luod_in(&luod, options, phase_is_update, &updates);
	if (!code && updates)
		code = fail(CODE_BUSY,
			    "luod (process %d) is at an update, and this would replace its kernel. "
			    "Nothing was loaded; try again, or use --force.",
			    (int)luod.pid);
	luod_disconnect(&luod);
	return code;
}

int luod_cancel(const struct options *options, bool *done)
{
	struct luod_link luod;
	int code = find_luod_in(&luod, options, phase_is_update, done);

	if (*done) {
		struct json_object *members = json_object_new_object();

		json_object_object_add(members, "reason",
				       json_object_new_string("called off with 'luoctl cancel'"));
		code = request(&luod, options, "CANCEL_UPDATE", members, cancel_refused);
	}
	luod_disconnect(&luod);
	return code;
}

int luod_finish(const struct options *options, bool *done)
{
	struct luod_link luod;
	int code = find_luod_in(&luod, options, phase_is_restore, done);

	if (*done) {
		struct json_object *members = json_object_new_object();

		if (options->given & OPT_DISCARD)
			json_object_object_add(members, "discard", json_object_new_boolean(true));
		if (options->given & OPT_FORCE)
			json_object_object_add(members, "force", json_object_new_boolean(true));
		code = request(&luod, options, "FINISH", members, finish_refused);
	}
	luod_disconnect(&luod);
	return code;
}
