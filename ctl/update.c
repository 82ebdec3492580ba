// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "forecast.h"
#include "interrupt.h"
#include "luoctl.h"
#include "update_luod.h"

struct update {
	const struct options *options;
	const char *kernel;
	struct luo *luo;
	struct timespec start;
	bool has_states;
	bool had_image;
	bool loaded;
	bool started;
};

static void __attribute__((format(printf, 2, 3)))
step(const struct update *u, const char *format, ...)
{
	struct timespec now;
	va_list args;

	clock_gettime(CLOCK_MONOTONIC, &now);
	fprintf(stderr, "[%8.3f] ",
		(double)(now.tv_sec - u->start.tv_sec) +
			(double)(now.tv_nsec - u->start.tv_nsec) / 1e9);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static int check_interrupt(void)
{
	return was_interrupted() ? fail(CODE_FAILED, "interrupted.") : CODE_DONE;
}

static int check_state(const struct update *u)
{
	struct luo_status status;
	int ret = luo_get_status(u->luo, &status);

	if (ret)
		return fail(CODE_FAILED, "cannot read the state: %s", strerror(-ret));
	if (status.state == LUO_STATE_NORMAL)
		return CODE_DONE;
	if (status.state == LUO_STATE_UPDATED)
		return fail(CODE_STATE, "the live update before this one is not finished: "
					"'luoctl finish' comes first.");
	return fail(
		CODE_STATE,
		"another live update is under way, the machine is %s: 'luoctl cancel' calls it off.",
		luo_state_name(status.state));
}

static int step_load(struct update *u)
{
	int code;

	if (!u->kernel) {
		if (!u->had_image)
			return fail(CODE_FAILED, "no kernel is loaded: name one, or use 'luoctl "
						 "load' first.");
		step(u, "load: using the kernel that is loaded already");
		return CODE_DONE;
	}
	step(u, "load: %s", u->kernel);
	code = load_kernel(u->options, u->kernel);
	u->loaded = !code;
	return code;
}

static int step_event(struct update *u, enum luo_event event)
{
	int code = check_interrupt();

	if (code)
		return code;
	step(u, "%s", luo_event_name(event));
	u->started = true;
	return send_event(u->luo, event);
}

static int step_jump(struct update *u)
{
	int code = check_interrupt();
	int ret;

	if (code)
		return code;
	step(u, "jump");
	ret = luo_kexec_jump();
	return fail(CODE_FAILED, "the jump did not happen: %s.", strerror(-ret));
}

static int run_steps(struct update *u)
{
	bool dry_run = u->options->given & OPT_DRY_RUN;
	int code;

	code = u->has_states ? check_state(u) : CODE_DONE;
	if (!code)
		code = step_load(u);
	if (!code && !u->has_states) {
		step(u, "no events: this kernel's orchestrator prepares and freezes as it jumps");
		return dry_run ? CODE_DONE : step_jump(u);
	}
	/* Most of what is dirty goes to disk while everything still runs. */
	if (!code)
		sync();
	if (!code)
		code = step_event(u, LUO_EVENT_PREPARE);
	if (!code)
		code = step_event(u, LUO_EVENT_FREEZE);
	if (!code && !dry_run)
		code = step_jump(u);
	return code;
}

/* Back to how it was, whether a step failed or the run was a dry one. */
static int undo(struct update *u, int code)
{
	struct luo_status status;

	/* A participant's refusal has undone all already; a failed jump has not. */
	if (u->started && !luo_get_status(u->luo, &status) && status.state != LUO_STATE_NORMAL) {
		step(u, "cancel");
		if (send_event(u->luo, LUO_EVENT_CANCEL))
			return CODE_FAILED;
	}
	if (u->loaded && !luo_kexec_unload())
		step(u, "unload");
	step(u, "%s; nothing %swas changed", code ? "not updated" : "dry run complete",
	     u->loaded && u->had_image ? "but the kernel loaded before, gone now, " : "");
	return code;
}

static int update_directly(const struct options *options, const char *kernel)
{
	struct update u = {
		.options = options,
		.kernel = kernel,
		.had_image = luo_kexec_loaded() == 1,
	};
	int code;
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &u.start);
	code = open_device(&u.luo, LUO_OPEN_WRITE, options);
	if (code)
		return code;
	ret = luo_has_states(u.luo);
	if (ret < 0) {
		code = fail(CODE_FAILED, "cannot read the state: %s", strerror(-ret));
		goto out;
	}
	u.has_states = ret;

	/* A signal must not leave the machine prepared: it is acted upon between two steps. */
	catch_interrupts();
	code = undo(&u, run_steps(&u));
	if (!code && options->given & OPT_DRY_RUN && u.has_states)
		forecast_of_kernel(u.luo, options->given & OPT_JSON);
out:
	luo_close(u.luo);
	return code;
}

static int run_update(const struct options *options, int count, char **operands)
{
	const char *kernel = count ? operands[0] : NULL;
	struct luod_link luod;
	bool runs;
	int code;

	if (!kernel && options->given & (OPT_INITRD | OPT_COMMAND_LINE | OPT_REUSE | OPT_FORCE))
		return fail(CODE_USAGE, "options of a kernel to load, but no KERNEL.");
	if (options->given & OPT_JSON && !(options->given & OPT_DRY_RUN))
		return fail(CODE_USAGE, "--json is for what --dry-run prints.");
	code = find_luod(&luod, options, &runs);
	if (!code)
		code = runs ? update_by_luod(&luod, options, kernel) :
			      update_directly(options, kernel);
	luod_disconnect(&luod);
	return code;
}

const struct verb verb_update = {
	.name = "update",
	.operands = "[KERNEL]",
	.summary = "Live-update: load, prepare, freeze, and jump to the next kernel",
	.details =
		"Without KERNEL, jumps to the kernel that is loaded. With it, needs --command-line\n"
		"or --reuse-command-line, and what 'luoctl check' refuses takes --force. Where luod\n"
		"runs, luod does it, with its clients. On any failure before the jump all is\n"
		"undone. Services are not stopped; file systems are synced. --dry-run prints how long\n"
		"a blackout is to be expected.",
	.options = OPT_INITRD | OPT_COMMAND_LINE | OPT_REUSE | OPT_FORCE | OPT_DRY_RUN |
		   OPT_JSON | OPT_SOCKET | OPT_WAIT,
	.max_operands = 1,
	.run = run_update,
};
