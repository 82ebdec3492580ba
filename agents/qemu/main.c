// SPDX-License-Identifier: GPL-2.0-or-later
/* luo-qemu(1): has QEMU's virtual machines survive live updates of the host's kernel. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "arguments.h"
#include "cgroup.h"
#include "comeback.h"
#include "list.h"
#include "migrate.h"
#include "process.h"
#include "resume.h"
#include "resume_all.h"
#include "run_dir.h"
#include "takeover.h"

#define DEFAULT_MEMORY	(256UL << 20)
#define CODE_FAILED	1
#define CODE_USAGE	2

static int run_verb(int argc, char **argv);
static int attach_verb(int argc, char **argv);
static int resume_verb(int argc, char **argv);
static int list_verb(int argc, char **argv);

static const struct {
	const char *name;
	const char *operands;
	const char *summary;
	const char *details;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "run", "NAME [OPTION...] -- QEMU [ARGUMENT...]",
	  "Start a guest and look after it, or go on where an earlier agent has ended",
	  "Options:\n"
	  "  -m, --memory SIZE      the guest's memory (256M)\n"
	  "  -p, --huge-pages SIZE  have it of huge pages, of 2M or 1G\n"
	  "  -s, --state-size SIZE  room for the state of its devices (64M)\n",
	  run_verb },
	{ "attach", "NAME", "Look after a guest that runs without an agent", NULL, attach_verb },
	{ "resume", "NAME | --all",
	  "After a live update, have a guest go on and look after it; all in the background",
	  "Options:\n"
	  "  -a, --all              every guest that came over, each in the background\n"
	  "  -e, --early            give way to 'luo-qemu run'\n",
	  resume_verb },
	{ "list", "", "Show the guests", NULL, list_verb },
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static int print_overview(void)
{
	puts("Usage: luo-qemu VERB [OPERAND...]\n\n"
	     "Has virtual machines survive live updates of this host's kernel.\n\n"
	     "Verbs:");
	for (size_t i = 0; i < VERB_COUNT; i++)
		printf("  %-8s %s\n", verbs[i].name, verbs[i].summary);
	puts("\n'luo-qemu VERB --help' says more, luo-qemu(1) everything.");
	return 0;
}

static int print_verb(size_t i)
{
	printf("Usage: luo-qemu %s%s%s\n\n%s.\n", verbs[i].name, *verbs[i].operands ? " " : "",
	       verbs[i].operands, verbs[i].summary);
	if (verbs[i].details)
		printf("\n%s", verbs[i].details);
	return 0;
}

static int wrong(const char *verb, const char *what)
{
	return guest_fail(CODE_USAGE, "%s: %s. Try 'luo-qemu %s --help'.", verb, what, verb);
}

static int make_memory(struct guest *guest)
{
	int ret = process_make_memory(guest);

	if (!ret || !guest->huge_page_size)
		return ret ? guest_fail(ret, "%s: no memory file: %s", guest->name,
					strerror(-ret)) : 0;
	if (ret == -ENOSPC || ret == -ENOMEM)
		return guest_fail(ret, "%s: there are not enough free huge pages; "
				  "see /proc/sys/vm/nr_hugepages", guest->name);
	return guest_fail(ret, "%s: no huge pages of %ju KiB: %s", guest->name,
			  (uintmax_t)guest->huge_page_size >> 10, strerror(-ret));
}

static int start_new(struct agent *agent)
{
	struct guest *guest = &agent->guest;
	char *why = NULL;
	int ret = make_memory(guest);

	if (ret)
		return ret;
	guest->phase = GUEST_RUNNING;
	ret = process_start(guest, false);
	if (!ret)
		ret = migrate_set_up(guest, &why);
	if (!ret)
		ret = resume_identify(guest);
	if (ret == -ECHILD)
		guest_fail(ret, "%s: QEMU has ended at once; see what it said", guest->name);
	else if (ret)
		guest_fail(ret, "%s: cannot be started: %s", guest->name,
			   why ? why : strerror(-ret));
	if (ret) {
		process_kill(guest);
		run_dir_clear(guest);
	}
	free(why);
	return ret;
}

/* What was asked for, if there is no such guest yet. */
static int configure(struct guest *guest, const struct guest *wanted, char **argv)
{
	size_t count = 0;

	while (argv[count])
		count++;
	guest_drop_machine(guest);
	guest->argv = calloc(count + 1, sizeof(*argv));
	guest->directory = getcwd(NULL, 0);
	guest->memory_size = wanted->memory_size;
	guest->huge_page_size = wanted->huge_page_size;
	guest->state_size = wanted->state_size;
	for (size_t i = 0; guest->argv && i < count; i++) {
		guest->argv[i] = strdup(argv[i]);
		if (!guest->argv[i])
			return -ENOMEM;
	}
	return guest->argv && guest->directory ? 0 : -ENOMEM;
}

/* What a service is allowed is the whole guest's; an early agent was in no service. */
static void fetch_qemu(const struct guest *guest)
{
	int ret = cgroup_fetch(guest->pid);

	if (ret && ret != -EOPNOTSUPP)
		guest_fail(0, "%s: QEMU stays in another control group: %s", guest->name,
			   strerror(-ret));
}

static int run_guest(const char *name, const struct guest *wanted, char **argv)
{
	static struct agent agent;
	bool given;
	int ret;

	agent_init(&agent);
	ret = take_name_for_good(&agent, name, &given);
	if (!ret)
		ret = take_over_or_resume(&agent);
	if (!ret && given)
		fetch_qemu(&agent.guest);
	if (ret == -ENOENT) {
		ret = configure(&agent.guest, wanted, argv);
		if (!ret)
			ret = start_new(&agent);
	}
	return ret ? CODE_FAILED : agent_run(&agent);
}

/* set_size: where an option of 'run' goes, by its letter. */
static int set_size(struct guest *wanted, int option, const char *text)
{
	uint64_t size = parse_size(text);

	if (!size)
		return guest_fail(-EINVAL, "run: '%s' is no size; 256M is one", text);
	if (option == 'p' && (size & (size - 1)))
		return guest_fail(-EINVAL, "run: no pages have a size of %s; 2M and 1G are usual",
				  text);
	*(option == 'm' ? &wanted->memory_size :
	  option == 'p' ? &wanted->huge_page_size : &wanted->state_size) = size;
	return 0;
}

static int run_verb(int argc, char **argv)
{
	static const struct option options[] = {
		{ "memory", required_argument, NULL, 'm' },
		{ "huge-pages", required_argument, NULL, 'p' },
		{ "state-size", required_argument, NULL, 's' },
		{ 0 },
	};
	struct guest wanted;
	const char *name = argc > 1 ? argv[1] : NULL;
	char why[512];
	int c;

	if (!name || *name == '-')
		return wrong("run", "needs NAME");
	guest_init(&wanted);
	wanted.memory_size = DEFAULT_MEMORY;
	while ((c = getopt_long(argc - 1, argv + 1, "+m:p:s:", options, NULL)) != -1) {
		if (c == '?')
			return wrong("run", "does not know what to do with that");
		if (set_size(&wanted, c, optarg))
			return CODE_USAGE;
	}
	argv += 1 + optind;
	if (!*argv)
		return wrong("run", "needs QEMU and its arguments, after '--'");
	if (wanted.huge_page_size && wanted.memory_size % wanted.huge_page_size)
		return wrong("run", "the guest's memory is not a number of these huge pages");
	if (!arguments_are_good(argv, why, sizeof(why)))
		return guest_fail(CODE_USAGE, "run: %s", why);
	return run_guest(name, &wanted, argv);
}

static int attach_verb(int argc, char **argv)
{
	static struct agent agent;
	int ret;

	if (argc != 2 || *argv[1] == '-')
		return wrong("attach", "needs NAME");
	agent_init(&agent);
	ret = take_name(&agent, argv[1]);
	if (!ret)
		ret = take_over(&agent);
	if (ret == -ENOENT)
		guest_fail(ret, "%s: does not run; 'luo-qemu resume' is for one that came over",
			   argv[1]);
	return ret ? CODE_FAILED : agent_run(&agent);
}

/* Who asks for the guest is heard once it goes on. */
static int offer(struct agent *agent)
{
	sigset_t set;
	int ret;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	agent->early = true;
	ret = run_dir_offer(&agent->guest);
	return ret ? guest_fail(ret, RUN_DIR "/%s/lock: %s", agent->guest.name, strerror(-ret)) : 0;
}

static int resume_verb(int argc, char **argv)
{
	static struct agent agent;
	bool early;
	int ret;

	if (argc == 2 && (!strcmp(argv[1], "--all") || !strcmp(argv[1], "-a")))
		return resume_all();
	early = argc == 3 && (!strcmp(argv[1], "--early") || !strcmp(argv[1], "-e"));
	argv += early;
	if (argc - early != 2 || *argv[1] == '-')
		return wrong("resume", "needs NAME, or --all");
	agent_init(&agent);
	ret = take_name(&agent, argv[1]);
	if (!ret && early)
		ret = offer(&agent);
	if (!ret)
		ret = take_over_or_resume(&agent);
	if (ret == -ENOENT)
		guest_fail(ret, "%s: nothing of that name came over", argv[1]);
	return ret ? CODE_FAILED : agent_run(&agent);
}

static int list_verb(int argc, char **argv)
{
	return argc == 1 ? list_guests() : wrong("list", "takes no operands");
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	}
	return false;
}

static int dispatch(int argc, char **argv)
{
	if (argc < 2)
		return guest_fail(CODE_USAGE, "needs a verb. Try 'luo-qemu --help'.");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_overview();
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return puts("luo-qemu " LUO_VERSION) < 0;
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (strcmp(verbs[i].name, argv[1]))
			continue;
		if (asks_for_help(argc - 1, argv + 1))
			return print_verb(i);
		return verbs[i].run(argc - 1, argv + 1);
	}
	return guest_fail(CODE_USAGE, "there is no verb '%s'. Try 'luo-qemu --help'.", argv[1]);
}

int main(int argc, char **argv)
{
	int code = dispatch(argc, argv);

	if (fflush(stdout) || ferror(stdout)) {
		int error = errno;

		if (!code)
			code = guest_fail(CODE_FAILED, "standard output: %s", strerror(error));
	}
	return code;
}
