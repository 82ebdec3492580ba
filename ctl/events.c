// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "events_luod.h"
#include "luoctl.h"

/* Which states an event starts from, and what is true once it was refused. */
static const struct {
	const char *from;
	const char *after;
} event_table[] = {
	[LUO_EVENT_PREPARE] = { "normal",
				"Nothing was changed; try again, or see 'luoctl status'." },
	[LUO_EVENT_FREEZE] = { "prepared",
			       "Everything was cancelled; the system runs on as before." },
	[LUO_EVENT_FINISH] = { "updated", "The live update is not finished; try again once it is "
					  "ready, or see 'luoctl sessions'." },
	[LUO_EVENT_CANCEL] = { "prepared or frozen", "See 'luoctl status'." },
};

static int wrong_state(struct luo *luo, enum luo_event event)
{
	struct luo_status status;
	int ret = luo_get_status(luo, &status);

	if (ret)
		return fail(CODE_FAILED, "refused, and the state cannot be read: %s",
			    strerror(-ret));
	return fail(CODE_STATE, "the machine is in state %s; this is for state %s.",
		    luo_state_name(status.state), event_table[event].from);
}

static int event_failed(struct luo *luo, enum luo_event event, int error, const char *culprit)
{
	if (error == -EINVAL && !*culprit)
		return wrong_state(luo, event);
	if (error == -EOPNOTSUPP && require_states(luo))
		return CODE_UNAVAILABLE;
	if (error == -EIO && event == LUO_EVENT_FINISH)
		return fail(CODE_REFUSED,
			    "%s%ssome of what the previous kernel handed over could not be "
			    "restored. The machine stays in state updated; see the kernel log.",
			    culprit, *culprit ? ": " : "");
	if (*culprit)
		return fail(CODE_REFUSED, "refused by %s: %s. %s", culprit, strerror(-error),
			    event_table[event].after);
	return fail(error == -EBUSY ? CODE_REFUSED : CODE_FAILED, "%s. %s", strerror(-error),
		    event_table[event].after);
}

int send_event(struct luo *luo, enum luo_event event)
{
	char culprit[LUO_CULPRIT_SIZE] = "";
	int ret = luo_set_event(luo, event, culprit);

	return ret ? event_failed(luo, event, ret, culprit) : CODE_DONE;
}

static int run_event(const struct options *options, enum luo_event event)
{
	struct luo_status status;
	struct luo *luo;
	int code;

	code = open_device(&luo, LUO_OPEN_WRITE, options);
	if (code)
		return code;
	code = send_event(luo, event);
	if (!code && !luo_get_status(luo, &status))
		printf("%s\n", luo_state_name(status.state));
	luo_close(luo);
	return code;
}

static int run_unless_luod_runs(const struct options *options, enum luo_event event)
{
	int code = luod_may_send(options);

	return code ? code : run_event(options, event);
}

static int run_prepare(const struct options *options, int count, char **operands)
{
	return run_unless_luod_runs(options, LUO_EVENT_PREPARE);
}

static int run_freeze(const struct options *options, int count, char **operands)
{
	return run_unless_luod_runs(options, LUO_EVENT_FREEZE);
}

static int run_cancel(const struct options *options, int count, char **operands)
{
	bool done;
	int code = luod_cancel(options, &done);

	return code || done ? code : run_event(options, LUO_EVENT_CANCEL);
}

static int run_finish(const struct options *options, int count, char **operands)
{
	bool done;
	int code = luod_finish(options, &done);

	return code || done ? code : run_event(options, LUO_EVENT_FINISH);
}

const struct verb verb_prepare = {
	.name = "prepare",
	.summary = "Have every participant save its state: normal to prepared",
	.details =
		"Prints the state reached. If one participant refuses, all are back as they were.\n"
		"Where luod runs it takes --force: luod's clients are not asked.",
	.options = OPT_FORCE | OPT_SOCKET | OPT_WAIT,
	.run = run_prepare,
};

const struct verb verb_freeze = {
	.name = "freeze",
	.summary = "Save the final state, ready to jump: prepared to frozen",
	.details = "Prints the state reached. If one participant refuses, all is cancelled.\n"
		   "Where luod runs it takes --force: luod's clients are not asked.",
	.options = OPT_FORCE | OPT_SOCKET | OPT_WAIT,
	.run = run_freeze,
};

const struct verb verb_cancel = {
	.name = "cancel",
	.summary = "Call the live update off: prepared or frozen to normal",
	.details = "An update of luod's is called off by luod, which waits for its clients.",
	.options = OPT_SOCKET | OPT_WAIT,
	.run = run_cancel,
};

const struct verb verb_finish = {
	.name = "finish",
	.summary = "End the live update after the jump: updated to normal",
	.details =
		"Sessions that nobody has taken back are discarded. A participant that is not\n"
		"ready makes this fail, and nothing has happened then. luod finishes by itself\n"
		"once its clients are back: while it waits for some, --discard gives them up, and\n"
		"--force also those that are at it.",
	.options = OPT_DISCARD | OPT_FORCE | OPT_SOCKET | OPT_WAIT,
	.run = run_finish,
};
