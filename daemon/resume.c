// SPDX-License-Identifier: GPL-2.0-or-later
#include "resume.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "luod.h"

#define RUNS_MAX	3
/* Whoever has another supervisor is back by then, and not in the way of it. */
#define PAUSE_USEC	1000000

static void run(struct luod *luod);

static bool is_somebody_missing(const struct restore *r)
{
	for (unsigned int i = 0; i < r->count; i++) {
		if (r->clients[i].phase == RESTORED_WAITING)
			return true;
	}
	return false;
}

static int on_time(sd_event_source *source, uint64_t usec, void *data)
{
	struct luod *luod = data;
	struct restore *r = &luod->restore;

	r->resume.timer = sd_event_source_disable_unref(r->resume.timer);
	if (r->phase == PHASE_RESTORING && is_somebody_missing(r))
		run(luod);
	return 0;
}

static void run_soon(struct luod *luod)
{
	struct resume *resume = &luod->restore.resume;

	if (resume->runs >= RUNS_MAX || resume->timer)
		return;
	sd_event_add_time_relative(luod->event, &resume->timer, CLOCK_MONOTONIC, PAUSE_USEC, 0,
				   on_time, luod);
}

static int on_end(sd_event_source *source, const siginfo_t *info, void *data)
{
	struct luod *luod = data;
	struct resume *resume = &luod->restore.resume;
	bool failed = info->si_code != CLD_EXITED || info->si_status;

	resume->is_running = false;
	if (failed)
		log_error("the resume command has failed (%s %d)",
			  info->si_code == CLD_EXITED ? "status" : "signal", info->si_status);
	if (failed || resume->again)
		run_soon(luod);
	resume->again = false;
	return 0;
}

static void run(struct luod *luod)
{
	struct resume *resume = &luod->restore.resume;
	sigset_t none;
	pid_t child;

	resume->runs++;
	child = fork();
	if (child == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setsid();
		execl("/bin/sh", "sh", "-c", luod->config.resume_command, NULL);
		_exit(127);
	}
	if (child < 0) {
		log_error("cannot start the resume command: %s", strerror(errno));
		return;
	}
	resume->is_running = sd_event_add_child(luod->event, NULL, child, WEXITED, on_end,
						luod) >= 0;
}

void resume_start(struct luod *luod, bool commanded)
{
	if (luod->config.resume_command && !commanded)
		run(luod);
}

void resume_client_gone(struct luod *luod)
{
	struct resume *resume = &luod->restore.resume;

	if (!luod->config.resume_command)
		return;
	if (resume->is_running)
		resume->again = true;
	else
		run_soon(luod);
}

void resume_forget(struct resume *resume)
{
	sd_event_source_disable_unref(resume->timer);
	*resume = (struct resume){ 0 };
}
