// SPDX-License-Identifier: GPL-2.0-or-later
/* luo-qemu(1): has QEMU's virtual machines survive live updates of the host's kernel. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "arguments.h"
#include "clock.h"
#include "freeze.h"
#include "libluo.h"
#include "migrate.h"
#include "process.h"
#include "qmp.h"
#include "resume_all.h"
#include "run_dir.h"

#define DEFAULT_MEMORY	(256UL << 20)
#define CODE_USAGE	2

int guest_fail(int error, const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	fprintf(stderr, "luo-qemu: %s\n", line);
	return error;
}

static int usage(FILE *out)
{
	fputs("Usage: luo-qemu run NAME [--memory SIZE] [--state-size SIZE] -- QEMU [ARGUMENT...]\n"
	      "       luo-qemu attach NAME\n"
	      "       luo-qemu resume NAME | --all\n"
	      "       luo-qemu list\n\n"
	      "Has a virtual machine survive live updates of this host's kernel.\n\n"
	      "  run      start one and look after it, or go on where an earlier agent ended\n"
	      "  attach   look after one that runs without an agent\n"
	      "  resume   after a live update: have it go on, in the background with --all\n"
	      "  list     show those that there are\n\n"
	      "luo-qemu(1) says more.\n",
	      out);
	return out == stdout ? 0 : CODE_USAGE;
}

static int start_new(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	char *why = NULL;
	int ret;

	guest->phase = GUEST_RUNNING;
	ret = process_make_memory(guest);
	if (!ret)
		ret = process_start(guest, false);
	if (!ret)
		ret = migrate_set_up(guest, &why);
	if (ret == -ECHILD)
		return guest_fail(1, "%s: QEMU has ended at once; see what it said", guest->name);
	if (ret) {
		process_kill(guest);
		run_dir_clear(guest);
		guest_fail(1, "%s: cannot be started: %s", guest->name,
			   why ? why : strerror(-ret));
		free(why);
		return 1;
	}
	return agent_run(agent);
}

/* One that went on, as far as the agent before this one has written down. */
static int take_over_resumed(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	char *status = qmp_status(guest);
	int ret = 0;

	if (guest->ran && status && !strcmp(status, "paused"))
		ret = qmp_command(guest, "cont", NULL, NULL, NULL);
	free(status);
	if (ret)
		guest_fail(ret, "%s: does not go on: %s", guest->name, strerror(-ret));
	return agent_run(agent);
}

static int resume(struct agent *agent)
{
	int ret = agent_resume(agent);

	if (ret)
		return guest_fail(1, "%s: cannot be resumed: %s", agent->guest.name,
				  strerror(-ret));
	return agent_run(agent);
}

/* -ENOENT: there is nothing to go on from. */
static int take_over(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	int ret = run_dir_load(guest);

	if (ret)
		return ret == -ENOENT ? ret : guest_fail(1, "%s: " RUN_DIR "/%s/state.json: %s",
							 guest->name, guest->name, strerror(-ret));
	ret = process_adopt(guest);
	if (guest->phase == GUEST_INCOMING) {
		process_kill(guest);
		return resume(agent);
	}
	if (ret == -ESRCH) {
		run_dir_clear(guest);
		return -ENOENT;
	}
	if (ret)
		return guest_fail(1, "%s: QEMU (process %d) does not answer: %s", guest->name,
				  guest->pid, strerror(-ret));
	if (guest->phase == GUEST_RESUMED)
		return take_over_resumed(agent);
	return agent_run(agent);
}

static int take_name(struct agent *agent, const char *name)
{
	int ret;

	if (!guest_name_is_valid(name))
		return guest_fail(CODE_USAGE, "'%s' is no name: 1 to %d letters, digits and any of ._-",
				  name, GUEST_NAME_SIZE - 1);
	strcpy(agent->guest.name, name);
	ret = run_dir_take(&agent->guest);
	if (ret == -EBUSY)
		return guest_fail(1, "%s: has an agent already", name);
	if (ret)
		return guest_fail(1, RUN_DIR "/%s: %s", name, strerror(-ret));
	return 0;
}

/*
 * After a jump the guest is not started but resumed; as long as the kernel says that
 * something is to be given back, luod is waited for.
 */
static int resume_if_it_came_over(struct agent *agent)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	struct luo_status status;
	int ret;

	for (int i = 0; i < 600; i++) {
		ret = agent_resume(agent);
		if (ret != -ENOENT && ret != -ECONNREFUSED)
			return ret;
		if (agent->luod.fd >= 0 || luo_get_status(NULL, &status) ||
		    status.state != LUO_STATE_UPDATED)
			return -ENOENT;
		nanosleep(&pause, NULL);
	}
	return -ENOENT;
}

static int run_guest(struct agent *agent, const char *name)
{
	char why[512];
	int ret;

	if (!arguments_are_good(agent->guest.argv, why, sizeof(why)))
		return guest_fail(CODE_USAGE, "%s", why);
	ret = take_name(agent, name);
	if (ret)
		return ret;
	ret = take_over(agent);
	if (ret != -ENOENT)
		return ret;
	ret = resume_if_it_came_over(agent);
	if (!ret)
		return agent_run(agent);
	if (ret != -ENOENT)
		return guest_fail(1, "%s: cannot be resumed: %s", name, strerror(-ret));
	return start_new(agent);
}

static int run_verb(int argc, char **argv)
{
	static const struct option options[] = {
		{ "memory", required_argument, NULL, 'm' },
		{ "state-size", required_argument, NULL, 's' },
		{ 0 },
	};
	const char *name = argc > 1 ? argv[1] : NULL;
	struct agent agent;
	int c;

	if (!name || *name == '-')
		return usage(stderr);
	agent_init(&agent);
	agent.guest.memory_size = DEFAULT_MEMORY;
	agent.guest.directory = getcwd(NULL, 0);
	while ((c = getopt_long(argc - 1, argv + 1, "+m:s:", options, NULL)) != -1) {
		uint64_t size = c == '?' ? 0 : parse_size(optarg);

		if (c == '?')
			return usage(stderr);
		if (!size)
			return guest_fail(CODE_USAGE, "'%s' is no size; 256M is one", optarg);
		if (c == 'm')
			agent.guest.memory_size = size;
		else
			agent.guest.state_size = size;
	}
	agent.guest.argv = argv + 1 + optind;
	if (!*agent.guest.argv || !agent.guest.directory)
		return usage(stderr);
	return run_guest(&agent, name);
}

static int attach_verb(int argc, char **argv)
{
	struct agent agent;
	int ret;

	if (argc != 2)
		return usage(stderr);
	agent_init(&agent);
	ret = take_name(&agent, argv[1]);
	if (ret)
		return ret;
	ret = take_over(&agent);
	return ret == -ENOENT ? guest_fail(1, "%s: does not run", argv[1]) : ret;
}

static int resume_verb(int argc, char **argv)
{
	struct agent agent;
	int ret;

	if (argc != 2)
		return usage(stderr);
	if (!strcmp(argv[1], "--all"))
		return resume_all();
	agent_init(&agent);
	ret = take_name(&agent, argv[1]);
	if (ret)
		return ret;
	ret = take_over(&agent);
	return ret == -ENOENT ? resume(&agent) : ret;
}

static int list_verb(int argc, char **argv)
{
	return argc == 1 ? list_guests() : usage(stderr);
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "run", run_verb },
	{ "attach", attach_verb },
	{ "resume", resume_verb },
	{ "list", list_verb },
};

int main(int argc, char **argv)
{
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return usage(stdout);
	if (argc > 1 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")))
		return puts("luo-qemu " LUO_VERSION) < 0;
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!strcmp(verbs[i].name, argv[1]))
			return verbs[i].run(argc - 1, argv + 1);
	}
	return usage(stderr);
}
