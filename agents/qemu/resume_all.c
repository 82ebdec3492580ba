// SPDX-License-Identifier: GPL-2.0-or-later
#include "resume_all.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "comeback.h"
#include "luod_link.h"
#include "run_dir.h"
#include "takeover.h"

/* Says how it went: nothing if the guest goes on, else why not. */
struct waited {
	pid_t agent;
	int words;
	const char *name;
};

/* What there is to say goes to a file from now on, and no terminal keeps it. */
static void leave_terminal(const struct guest *guest)
{
	char path[PATH_MAX];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log = open(run_path(guest, "log", path, sizeof(path)),
		       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	setsid();
	dup2(null, 0);
	dup2(log < 0 ? null : log, 1);
	dup2(log < 0 ? null : log, 2);
	close(null);
	if (log >= 0)
		close(log);
	setvbuf(stderr, NULL, _IOLBF, 0);
}

static void tell_parent(int words, char verdict, const char *text)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), "%c%s", verdict, text);

	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	if (write(words, line, (size_t)n) < 0)
		guest_fail(0, "nobody waits to hear that: %s", line);
	close(words);
}

/* In a process of its own. */
static void resume_one(const char *name, int words)
{
	static struct agent agent;
	int ret;

	agent_init(&agent);
	ret = take_name(&agent, name);
	/* Then it is that agent's guest, and it does what there is to do. */
	if (ret == -EBUSY) {
		tell_parent(words, '+', "");
		_exit(0);
	}
	if (!ret) {
		leave_terminal(&agent.guest);
		ret = take_over_or_resume(&agent);
	}
	if (ret == -ENOENT)
		guest_fail(ret, "%s: luod has given it to somebody else", name);
	tell_parent(words, ret ? '-' : '+', ret ? guest_last_failure() : "");
	_exit(ret ? 1 : agent_run(&agent));
}

static int start_one(const char *name, struct waited *waited)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	waited->name = name;
	waited->agent = fork();
	if (waited->agent == 0) {
		close(ends[0]);
		resume_one(name, ends[1]);
	}
	close(ends[1]);
	waited->words = ends[0];
	if (waited->agent >= 0)
		return 0;
	close(ends[0]);
	return -errno;
}

static int wait_for(struct waited *waited)
{
	char line[1024] = "";
	size_t used = 0;
	ssize_t n;

	do {
		n = read(waited->words, line + used, sizeof(line) - 1 - used);
		used += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	close(waited->words);
	if (*line == '+')
		return 0;
	waitpid(waited->agent, NULL, 0);
	if (*line == '-')
		return guest_fail(1, "%s", line + 1);
	return guest_fail(1, "%s: its agent has died; see " RUN_DIR "/%s/log", waited->name,
			  waited->name);
}

/* Those that luod is waiting for, and that are a guest of ours. */
static const char *guest_to_resume(struct json_object *o)
{
	const char *name = luod_text(o, "name");
	const char *phase = luod_text(o, "phase");
	size_t prefix = strlen(SESSION_PREFIX);

	if (!name || strncmp(name, SESSION_PREFIX, prefix) || !guest_name_is_valid(name + prefix))
		return NULL;
	return phase && !strcmp(phase, "restored") ? NULL : name + prefix;
}

/* All that luod has, which may not fit into one of its messages. */
static int ask_for_list(struct wire *luod, struct json_object *all)
{
	const char *last = NULL;
	int64_t more = 0;

	do {
		struct json_object *request = json_object_new_object();
		struct json_object *reply, *list;
		size_t count;
		int ret;

		json_object_object_add(request, "cmd", json_object_new_string("LIST"));
		if (last)
			json_object_object_add(request, "after", json_object_new_string(last));
		ret = luod_call(luod, request, &reply);
		list = ret ? NULL : luod_member(reply, "sessions", json_type_array);
		count = list ? json_object_array_length(list) : 0;
		for (size_t i = 0; i < count; i++) {
			struct json_object *o = json_object_array_get_idx(list, i);

			json_object_array_add(all, json_object_get(o));
			last = luod_text(o, "name");
		}
		more = count ? luod_number(reply, "more", 0) : 0;
		json_object_put(reply);
		if (ret)
			return ret;
	} while (more);
	return 0;
}

static int resume_list(struct json_object *list)
{
	size_t count = json_object_array_length(list);
	struct waited *waited = calloc(count + 1, sizeof(*waited));
	size_t started = 0;
	int code = 0;

	if (!waited)
		return guest_fail(1, "%s", strerror(ENOMEM));
	for (size_t i = 0; i < count; i++) {
		const char *name = guest_to_resume(json_object_array_get_idx(list, i));
		int ret = name ? start_one(name, &waited[started]) : 0;

		if (ret)
			code = guest_fail(1, "%s: no process for it: %s", name, strerror(-ret));
		else if (name)
			started++;
	}
	for (size_t i = 0; i < started; i++) {
		if (wait_for(&waited[i]))
			code = 1;
	}
	free(waited);
	return code;
}

int resume_all(void)
{
	struct json_object *list;
	struct wire luod;
	int ret = wire_connect(&luod, luod_socket(), false, 0);

	if (ret)
		return guest_fail(1, "%s: %s; does luod run?", luod_socket(), strerror(-ret));
	list = json_object_new_array();
	ret = ask_for_list(&luod, list);
	wire_close(&luod);
	ret = ret ? guest_fail(1, "luod: %s", strerror(-ret)) : resume_list(list);
	json_object_put(list);
	return ret;
}
