// SPDX-License-Identifier: GPL-2.0-or-later
#include "ask.h"

#include <errno.h>
#include <string.h>

#define LONG_PATIENCE_MS 60000

int luod_patience_ms(const struct options *options)
{
	return 1000 * (int)(options->wait_seconds ? options->wait_seconds : 1);
}

int luod_long_patience_ms(const struct options *options)
{
	return options->given & OPT_WAIT ? luod_patience_ms(options) : LONG_PATIENCE_MS;
}

const char *luod_socket(const struct options *options)
{
	return options->socket ? options->socket : LUOD_SOCKET;
}

bool luod_is_absent(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ECONNREFUSED;
}

int find_luod(struct luod_link *luod, const struct options *options, bool *runs)
{
	const char *path = luod_socket(options);
	int ret = luod_connect(luod, path, luod_patience_ms(options));

	*runs = !ret;
	if (!ret || (luod_is_absent(ret) && !options->socket))
		return CODE_DONE;
	if (ret == -EACCES || ret == -EPERM)
		return fail(CODE_FAILED, "%s: %s. Try again as root.", path, strerror(-ret));
	if (ret == -ETIMEDOUT)
		return fail(CODE_FAILED, "luod does not answer: too many wait for it at %s.", path);
	return fail(luod_is_absent(ret) ? CODE_UNAVAILABLE : CODE_FAILED, "no luod at %s: %s", path,
		    strerror(-ret));
}

int need_luod(struct luod_link *luod, const struct options *options)
{
	bool runs;
	int code = find_luod(luod, options, &runs);

	if (code || runs)
		return code;
	return fail(CODE_UNAVAILABLE, "luod does not run here: nothing answers at %s.",
		    luod_socket(options));
}

static const char *lost_reason(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return "does not answer";
	case -ECONNRESET:
		return "has ended the connection";
	case -EMSGSIZE:
		return "sends a line that is too long";
	case -EBADMSG:
		return "sends what makes no sense";
	default:
		return strerror(-error);
	}
}

int luod_lost(const struct luod_link *luod, int error, const char *hint)
{
	return fail(CODE_FAILED, "luod (process %d) %s.%s", (int)luod->pid, lost_reason(error),
		    hint);
}

/* Without the full stop, which follows. */
static int text_length(const char *text)
{
	size_t length = strnlen(text, 4096);

	while (length && strchr(". \n", text[length - 1]))
		length--;
	return (int)length;
}

int luod_refused(struct json_object *reply, const char *hint)
{
	const char *culprit = luod_text(reply, "culprit");
	const char *text;
	int error = luod_reply_error(reply, &text);
	bool for_root = error == EPERM || error == EACCES;

	if (!text)
		text = strerror(error);
	if (culprit && *culprit)
		return fail(CODE_REFUSED, "%s%s: %.*s.%s", error == EACCES ? "refused by " : "",
			    culprit, text_length(text), text, hint);
	return fail(error == EBUSY ? CODE_BUSY : CODE_FAILED, "%.*s.%s%s", text_length(text), text,
		    for_root ? " Try again as root." : "", hint);
}

int ask_luod(struct luod_link *luod, const struct options *options, const char *cmd,
	     struct json_object *members, struct json_object **reply)
{
	const char *text;
	int code;
	int ret;

	ret = luod_ask(luod, cmd, members, reply, luod_patience_ms(options));
	if (ret)
		return luod_lost(luod, ret, "");
	if (!luod_reply_error(*reply, &text))
		return CODE_DONE;
	code = luod_refused(*reply, "");
	json_object_put(*reply);
	*reply = NULL;
	return code;
}

int ask_luod_status(struct luod_link *luod, const struct options *options,
		    struct json_object **status)
{
	int code = ask_luod(luod, options, "STATUS", NULL, status);

	if (code || (luod_text(*status, "phase") && luod_text(*status, "state")))
		return code;
	json_object_put(*status);
	*status = NULL;
	return luod_lost(luod, -EBADMSG, "");
}

bool phase_is_restore(const char *phase)
{
	return !strcmp(phase, "restoring") || !strcmp(phase, "finishing");
}

bool phase_is_update(const char *phase)
{
	return *phase && strcmp(phase, "idle") && !phase_is_restore(phase);
}

bool phase_is_silent(const char *phase)
{
	return !strcmp(phase, "jumping") || !strcmp(phase, "cancelling") ||
	       !strcmp(phase, "finishing");
}
