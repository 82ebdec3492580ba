// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "luoctl.h"

static int run_help(const struct options *options, int count, char **operands);

static const struct verb verb_help = {
	.name = "help",
	.operands = "[VERB]",
	.summary = "Say what luoctl, or one verb, does",
	.max_operands = 1,
	.run = run_help,
};

static const struct verb *const verbs[] = {
	&verb_status,  &verb_watch,    &verb_clients,  &verb_sessions, &verb_participants,
	&verb_report,  &verb_metrics,  &verb_preserve, &verb_retrieve, &verb_check,
	&verb_load,    &verb_update,   &verb_prepare,  &verb_freeze,   &verb_cancel,
	&verb_finish,  &verb_help,
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	}
	return NULL;
}

static int unknown_verb(const char *name)
{
	message_verb(NULL);
	return fail(CODE_USAGE, "there is no verb '%s'. Try 'luoctl help'.", name);
}

static void print_overview(void)
{
	puts("Usage: luoctl [VERB] [OPTION...] [OPERAND...]\n\n"
	     "Moves this machine to another kernel while chosen memory stays alive.\n\n"
	     "Verbs:");
	for (size_t i = 0; i < VERB_COUNT; i++)
		printf("  %-12s %s\n", verbs[i]->name, verbs[i]->summary);
	puts("\nWithout a verb: status. 'luoctl help VERB' says more, luoctl(1) everything.");
}

static void print_verb(const struct verb *verb)
{
	printf("Usage: luoctl %s%s%s%s\n\n%s.\n", verb->name, verb->options ? " [OPTION...]" : "",
	       verb->operands ? " " : "", verb->operands ? verb->operands : "", verb->summary);
	if (verb->details)
		printf("\n%s\n", verb->details);
	if (verb->options) {
		puts("\nOptions:");
		print_options(stdout, verb->options);
	}
}

static int run_help(const struct options *options, int count, char **operands)
{
	const struct verb *verb;

	if (!count) {
		print_overview();
		return CODE_DONE;
	}
	verb = find_verb(operands[0]);
	if (!verb)
		return unknown_verb(operands[0]);
	print_verb(verb);
	return CODE_DONE;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	}
	return false;
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
	struct options options;
	int first;
	int code;

	message_verb(verb->name);
	if (asks_for_help(argc, argv)) {
		print_verb(verb);
		return CODE_DONE;
	}
	code = parse_options(verb, argc, argv, &options, &first);
	if (code != -1)
		return code;
	return verb->run(&options, argc - first, argv + first);
}

static int dispatch(int argc, char **argv)
{
	const struct verb *verb = &verb_status;

	if (argc < 2)
		return run_verb(verb, argc, argv);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return run_help(NULL, 0, NULL);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("luoctl " LUO_VERSION);
		return CODE_DONE;
	}
	if (argv[1][0] == '-')
		return run_verb(verb, argc, argv);

	verb = find_verb(argv[1]);
	if (!verb)
		return unknown_verb(argv[1]);
	return run_verb(verb, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int code = dispatch(argc, argv);

	if (fflush(stdout) || ferror(stdout)) {
		int error = errno;

		if (code == CODE_DONE)
			code = fail(CODE_FAILED, "standard output: %s", strerror(error));
	}
	return code;
}
