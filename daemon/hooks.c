// SPDX-License-Identifier: GPL-2.0-or-later
#include "hooks.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "hook_child.h"
#include "hook_list.h"
#include "hook_output.h"
#include "log.h"
#include "luod.h"
#include "request.h"
#include "utf8.h"

/* Between SIGTERM and SIGKILL. */
#define GRACE_USEC	2000000
/* More than a pipe holds: what a hook has said before it ended. */
#define READS_AT_END	32
/* Updates that hooks have yet to be told of. */
#define BACKLOG_MAX	16
#define FACTS_MAX	10
/* There from the first hook that is asked until others are told that it was in vain. */
#define ASKED_FILE	LUOD_RUN "/hooks.json"

static const char *const names[] = {
	[HOOK_PRE_PREPARE] = "pre-prepare",
	[HOOK_PRE_FREEZE] = "pre-freeze",
	[HOOK_POST_UPDATE] = "post-update",
	[HOOK_CANCELLED] = "cancelled",
};

/* The hooks of one point, one after the other. */
struct hook_run {
	TAILQ_ENTRY(hook_run) link;
	struct luod *luod;
	enum hook_point point;
	struct hook_list list;
	size_t next;
	char *env[FACTS_MAX + 1];
	/* Of those that are asked. */
	void (*done)(struct luod *luod);
	/* Nobody asks any more. */
	bool stopped;
	/* The one that runs, or 0. */
	pid_t child;
	int output;
	struct hook_output said;
	char culprit[LUO_CULPRIT_SIZE];
	bool late;
	/* It has had its SIGTERM. */
	bool ending;
	uint64_t started_usec;
	sd_event_source *on_end;
	sd_event_source *on_output;
	sd_event_source *timer;
};

static void run_next(struct hook_run *run);

static void __attribute__((format(printf, 2, 3))) add_fact(struct hook_run *run,
							   const char *format, ...)
{
	va_list args;
	size_t i = 0;

	while (run->env[i])
		i++;
	va_start(args, format);
	if (vasprintf(&run->env[i], format, args) < 0)
		run->env[i] = NULL;
	va_end(args);
	if (run->env[i])
		utf8_make_clean(run->env[i]);
}

static struct hook_run *new_run(struct luod *luod, enum hook_point point,
				const struct hook_facts *facts)
{
	struct hook_run *run = calloc(1, sizeof(*run));
	char path[64];

	if (!run)
		return NULL;
	run->luod = luod;
	run->point = point;
	run->output = -1;
	snprintf(path, sizeof(path), LUOD_HOOKS "/%s.d", names[point]);
	run->list = hook_list_read(path);
	add_fact(run, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	add_fact(run, "LUO_HOOK=%s", names[point]);
	add_fact(run, "LUO_UPDATE_ID=%s", facts->update_id);
	add_fact(run, "LUO_STATE=%s", luo_state_name(luod_state(luod)));
	add_fact(run, "LUO_KERNEL=%s", facts->kernel ? facts->kernel : "");
	add_fact(run, "LUO_DRY_RUN=%d", facts->dry_run);
	if (facts->reason)
		add_fact(run, "LUO_REASON=%s", facts->reason);
	if (facts->culprit)
		add_fact(run, "LUO_CULPRIT=%s", facts->culprit);
	if (facts->result)
		add_fact(run, "LUO_RESULT=%s", facts->result);
	TAILQ_INSERT_TAIL(&luod->hook_runs, run, link);
	return run;
}

static void forget_child(struct hook_run *run)
{
	run->on_end = sd_event_source_disable_unref(run->on_end);
	run->on_output = sd_event_source_disable_unref(run->on_output);
	run->timer = sd_event_source_disable_unref(run->timer);
	if (run->output >= 0)
		close(run->output);
	run->output = -1;
	run->child = 0;
}

static void free_run(struct hook_run *run)
{
	TAILQ_REMOVE(&run->luod->hook_runs, run, link);
	forget_child(run);
	hook_list_free(&run->list);
	for (size_t i = 0; run->env[i]; i++)
		free(run->env[i]);
	free(run);
}

/* Those who are told wait for those before them, so that they hear it in order. */
static void tell_next(struct luod *luod)
{
	struct hook_run *run;

	TAILQ_FOREACH(run, &luod->hook_runs, link) {
		if (!run->done && run->child)
			return;
	}
	TAILQ_FOREACH(run, &luod->hook_runs, link) {
		if (!run->done) {
			run_next(run);
			return;
		}
	}
	luod_rest(luod);
}

/* The last of them is through, or there is no more use in it. */
static void end_run(struct hook_run *run)
{
	void (*done)(struct luod *luod) = run->done;
	struct luod *luod = run->luod;

	free_run(run);
	if (done)
		done(luod);
	else
		tell_next(luod);
}

static struct json_object *event_of(const struct hook_run *run, const char *phase)
{
	struct json_object *event = json_object_new_object();

	add_text(event, "event", "HOOK");
	add_text(event, "hook", names[run->point]);
	add_text(event, "name", run->list.names[run->next - 1]);
	add_text(event, "phase", phase);
	return event;
}

void hooks_show(struct luod *luod, struct connection *connection)
{
	const struct hook_run *run;

	TAILQ_FOREACH(run, &luod->hook_runs, link) {
		if (run->child)
			connection_send(connection, event_of(run, "running"), -1);
	}
}

/* One that is asked is the end of the update; of one that is told the next may do better. */
static void fail_hook(struct hook_run *run, int error, const char *reason)
{
	char culprit[LUO_CULPRIT_SIZE];
	char why[REASON_SIZE];
	struct luod *luod = run->luod;

	connection_tell_watchers(luod, event_of(run, "failed"));
	if (!run->done) {
		log_line(LOG_WARNING, run->culprit, "%s: %s", run->culprit, reason);
		run_next(run);
		return;
	}
	strcpy(culprit, run->culprit);
	snprintf(why, sizeof(why), "%s", reason);
	free_run(run);
	update_fail(luod, error, culprit, "%s", why);
}

static uint64_t now_usec(struct luod *luod)
{
	uint64_t usec = 0;

	sd_event_now(luod->event, CLOCK_MONOTONIC, &usec);
	return usec;
}

static void judge(struct hook_run *run, const siginfo_t *info)
{
	char reason[REASON_SIZE];

	if (run->late)
		snprintf(reason, sizeof(reason), "took longer than %g s",
			 (double)run->luod->config.hook_usec / 1e6);
	else if (*run->said.last)
		strcpy(reason, run->said.last);
	else if (info->si_code == CLD_EXITED)
		snprintf(reason, sizeof(reason), "exited with status %d", info->si_status);
	else
		snprintf(reason, sizeof(reason), "was ended by signal %d", info->si_status);
	if (run->late || info->si_code != CLD_EXITED || info->si_status) {
		fail_hook(run, run->late ? ETIME : EACCES, reason);
		return;
	}
	log_line(LOG_INFO, run->culprit, "%s: done after %.3f s", run->culprit,
		 (double)(now_usec(run->luod) - run->started_usec) / 1e6);
	connection_tell_watchers(run->luod, event_of(run, "done"));
	run_next(run);
}

static int on_end(sd_event_source *source, const siginfo_t *info, void *data)
{
	struct hook_run *run = data;

	/* What it has left in the background would be unknown to whoever looks after luod. */
	hook_child_kill(run->child, SIGKILL);
	for (int i = 0; i < READS_AT_END && hook_output_read(&run->said, run->output); i++)
		;
	hook_output_end(&run->said);
	forget_child(run);
	if (run->stopped)
		end_run(run);
	else
		judge(run, info);
	return 0;
}

static int on_output(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct hook_run *run = data;

	/* It may close its output, and go on. */
	if (!hook_output_read(&run->said, fd) && (events & EPOLLHUP))
		run->on_output = sd_event_source_disable_unref(run->on_output);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *data);

static int set_timer(struct hook_run *run, uint64_t usec)
{
	run->timer = sd_event_source_disable_unref(run->timer);
	return sd_event_add_time_relative(run->luod->event, &run->timer, CLOCK_MONOTONIC, usec, 0,
					  on_time, run);
}

static void end_child(struct hook_run *run)
{
	hook_child_kill(run->child, run->ending ? SIGKILL : SIGTERM);
	run->ending = true;
	/* Without a timer there is no mercy. */
	if (set_timer(run, GRACE_USEC) < 0)
		hook_child_kill(run->child, SIGKILL);
}

static int on_time(sd_event_source *source, uint64_t usec, void *data)
{
	struct hook_run *run = data;

	run->late = run->late || !run->stopped;
	end_child(run);
	return 0;
}

static int start_child(struct hook_run *run, const char *path)
{
	sd_event *event = run->luod->event;
	pid_t child = hook_child_start(path, run->env, &run->output);
	int ret;

	if (child < 0)
		return child;
	run->child = child;
	run->started_usec = now_usec(run->luod);
	ret = sd_event_add_child(event, &run->on_end, child, WEXITED, on_end, run);
	if (ret >= 0)
		ret = sd_event_add_io(event, &run->on_output, run->output, EPOLLIN, on_output, run);
	if (ret >= 0)
		ret = set_timer(run, run->luod->config.hook_usec);
	if (ret >= 0)
		return 0;
	hook_child_kill(child, SIGKILL);
	forget_child(run);
	return ret;
}

static void run_next(struct hook_run *run)
{
	const char *name;
	char reason[REASON_SIZE];
	char *path;
	int ret;

	if (run->next == run->list.count) {
		end_run(run);
		return;
	}
	name = run->list.names[run->next++];
	snprintf(run->culprit, sizeof(run->culprit), "hook:%s", name);
	hook_output_start(&run->said, run->culprit);
	run->late = false;
	run->ending = false;
	ret = asprintf(&path, "%s/%s", run->list.directory, name) < 0 ? -ENOMEM : 0;
	if (!ret) {
		ret = start_child(run, path);
		free(path);
	}
	if (ret) {
		snprintf(reason, sizeof(reason), "cannot be started: %s", strerror(-ret));
		fail_hook(run, -ret, reason);
		return;
	}
	connection_tell_watchers(run->luod, event_of(run, "running"));
}

/* For the next luod, if this one is killed. */
static void remember(const char *update_id)
{
	struct json_object *asked = json_object_new_object();
	int ret;

	add_text(asked, "update_id", update_id);
	ret = file_write(ASKED_FILE, asked);
	if (ret)
		log_error("%s: %s", ASKED_FILE, strerror(-ret));
	json_object_put(asked);
}

void hooks_recover(struct luod *luod)
{
	struct hook_facts facts = { .reason = "luod has ended in it", .culprit = "" };
	struct json_object *asked;

	if (file_read(ASKED_FILE, &asked))
		return;
	facts.update_id = get_text(asked, "update_id");
	if (facts.update_id)
		hooks_tell(luod, HOOK_CANCELLED, &facts);
	json_object_put(asked);
}

void hooks_ask(struct luod *luod, enum hook_point point, void (*done)(struct luod *luod))
{
	const struct update *u = &luod->update;
	const struct hook_facts facts = {
		.update_id = u->id, .kernel = u->kernel, .dry_run = u->dry_run,
	};
	struct hook_run *run = new_run(luod, point, &facts);

	if (!run) {
		update_fail(luod, ENOMEM, "", "no memory for hooks");
		return;
	}
	run->done = done;
	if (run->list.count)
		remember(u->id);
	run_next(run);
}

void hooks_tell(struct luod *luod, enum hook_point point, const struct hook_facts *facts)
{
	unsigned int before = 0;
	struct hook_run *run;

	unlink(ASKED_FILE);
	TAILQ_FOREACH(run, &luod->hook_runs, link)
		before++;
	run = before < BACKLOG_MAX ? new_run(luod, point, facts) : NULL;
	if (!run)
		log_error("%s: hooks are not told: %s", names[point],
			  before < BACKLOG_MAX ? strerror(ENOMEM) : "too many updates before this");
	else if (!run->list.count)
		free_run(run);
	else
		tell_next(luod);
}

void hooks_stop(struct luod *luod)
{
	struct hook_run *run;

	TAILQ_FOREACH(run, &luod->hook_runs, link) {
		if (!run->done)
			continue;
		/* There is no run that is asked and has no child. */
		run->done = NULL;
		run->stopped = true;
		if (!run->ending)
			end_child(run);
	}
}

void hooks_kill(struct luod *luod)
{
	struct hook_run *run;

	while ((run = TAILQ_FIRST(&luod->hook_runs))) {
		if (run->child)
			hook_child_kill(run->child, SIGKILL);
		free_run(run);
	}
}
