// SPDX-License-Identifier: GPL-2.0-or-later
#include "resume_all.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "luod.h"
#include "process.h"
#include "run_dir.h"

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
}

/* In a process of its own: says on @ready when the guest goes on. */
static void resume_one(const char *name, int ready)
{
	struct agent agent;
	int ret;

	agent_init(&agent);
	strcpy(agent.guest.name, name);
	ret = run_dir_take(&agent.guest);
	if (ret)
		_exit(guest_fail(1, "%s: %s", name,
				 ret == -EBUSY ? "has an agent already" : strerror(-ret)));
	ret = agent_resume(&agent);
	if (ret)
		_exit(guest_fail(1, "%s: cannot be resumed: %s", name, strerror(-ret)));
	if (write(ready, "", 1) != 1)
		guest_fail(0, "%s: nobody waits for it", name);
	close(ready);
	leave_terminal(&agent.guest);
	_exit(agent_run(&agent));
}

struct waited {
	pid_t agent;
	int ready;
};

static int start_one(const char *name, struct waited *waited)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	waited->agent = fork();
	if (waited->agent == 0)
		resume_one(name, ends[1]);
	close(ends[1]);
	waited->ready = ends[0];
	return waited->agent < 0 ? -errno : 0;
}

static int wait_for(struct waited *waited)
{
	char c;
	ssize_t n;

	do {
		n = read(waited->ready, &c, 1);
	} while (n < 0 && errno == EINTR);
	close(waited->ready);
	if (n == 1)
		return 0;
	waitpid(waited->agent, NULL, 0);
	return -ECHILD;
}

static int resume_list(struct json_object *list)
{
	size_t count = json_object_is_type(list, json_type_array) ?
			       json_object_array_length(list) : 0;
	struct waited *waited = calloc(count + 1, sizeof(*waited));
	size_t started = 0;
	int code = 0;

	for (size_t i = 0; waited && i < count; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *name = json_object_get_string(json_object_object_get(o, "name"));
		const char *phase = json_object_get_string(json_object_object_get(o, "phase"));

		if (!name || strncmp(name, SESSION_PREFIX, strlen(SESSION_PREFIX)) ||
		    !guest_name_is_valid(name + strlen(SESSION_PREFIX)) ||
		    (phase && !strcmp(phase, "restored")))
			continue;
		if (start_one(name + strlen(SESSION_PREFIX), &waited[started]))
			code = guest_fail(1, "%s: no process for it: %s", name, strerror(errno));
		else
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
	struct json_object *request = json_object_new_object();
	struct json_object *reply = NULL;
	struct wire luod;
	int ret;

	json_object_object_add(request, "cmd", json_object_new_string("LIST"));
	ret = wire_connect(&luod, agent_socket(), false, 0);
	if (ret) {
		json_object_put(request);
		return guest_fail(1, "%s: %s; does luod run?", agent_socket(), strerror(-ret));
	}
	ret = luod_call(&luod, request, &reply);
	wire_close(&luod);
	ret = ret ? guest_fail(1, "luod: %s", strerror(-ret)) :
		    resume_list(json_object_object_get(reply, "sessions"));
	json_object_put(reply);
	return ret;
}

static void list_one(const char *name)
{
	static const char *const phases[] = { "running", "frozen", "incoming", "resumed" };
	struct agent agent;
	const char *phase;

	agent_init(&agent);
	strcpy(agent.guest.name, name);
	if (run_dir_load(&agent.guest))
		return;
	phase = phases[agent.guest.phase];
	if (kill(agent.guest.pid, 0))
		phase = "gone";
	printf("%-24s %-9s %8d %8ju MiB\n", name, phase, agent.guest.pid,
	       (uintmax_t)agent.guest.memory_size >> 20);
}

int list_guests(void)
{
	DIR *dir = opendir(RUN_DIR);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : guest_fail(1, RUN_DIR ": %s", strerror(errno));
	printf("%-24s %-9s %8s %8s\n", "NAME", "PHASE", "PROCESS", "MEMORY");
	while ((entry = readdir(dir))) {
		if (guest_name_is_valid(entry->d_name))
			list_one(entry->d_name);
	}
	closedir(dir);
	return 0;
}
