// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "luoctl.h"
#include "luod_link.h"

#define DEFAULT_WAIT_SECONDS 5
#define MAX_WAIT_SECONDS 86400

static const struct {
	unsigned int bit;
	char letter;
	const char *name;
	const char *argument;
	const char *help;
} option_table[] = {
	{ OPT_JSON, 'j', "json", NULL, "print JSON" },
	{ OPT_INITRD, 'i', "initrd", "FILE", "the initial ramdisk of the next kernel" },
	{ OPT_COMMAND_LINE, 'c', "command-line", "TEXT", "the command line of the next kernel" },
	{ OPT_REUSE, 'r', "reuse-command-line", NULL, "start it with this kernel's command line" },
	{ OPT_FORCE, 'f', "force", NULL, "do it even where that is not safe; see above" },
	{ OPT_DRY_RUN, 'n', "dry-run", NULL, "prepare and freeze, then cancel instead of jumping" },
	{ OPT_RECURSIVE, 'R', "recursive", NULL, "take directories with all that is in them" },
	{ OPT_HOLD, 'H', "hold", NULL, "stay in the foreground and keep the session" },
	{ OPT_KEEP, 'k', "keep", NULL, "leave the session unfinished, with a background keeper" },
	{ OPT_DISCARD, 'd', "discard", NULL, "give up clients that are not back" },
	{ OPT_LIST, 'l', "list", NULL, "list the updates that are on record" },
	{ OPT_TRACE, 't', "trace", NULL, "print trace events, for a viewer such as Perfetto" },
	{ OPT_HTML, 'x', "html", "FILE", "write a page for a browser; '-' is standard output" },
	{ OPT_OUTPUT, 'o', "output", "FILE", "write there, and not to standard output" },
	{ OPT_SOCKET, 's', "socket", "PATH", "where luod listens (" LUOD_SOCKET ")" },
	{ OPT_WAIT, 'w', "wait", "SECONDS", "how long to wait for a busy device, or for luod (5)" },
};

#define OPTION_COUNT (sizeof(option_table) / sizeof(option_table[0]))

static int usage_hint(const struct verb *verb)
{
	fprintf(stderr, "Try 'luoctl help %s'.\n", verb->name);
	return CODE_USAGE;
}

static int parse_wait(const char *text, struct options *options)
{
	unsigned long seconds;
	char *end;

	errno = 0;
	seconds = strtoul(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || seconds > MAX_WAIT_SECONDS)
		return fail(CODE_USAGE, "--wait takes a number of seconds up to %d, not '%s'",
			    MAX_WAIT_SECONDS, text);
	options->wait_seconds = (unsigned int)seconds;
	return -1;
}

static int set_option(struct options *options, unsigned int bit, const char *argument)
{
	options->given |= bit;
	if (bit == OPT_INITRD)
		options->initrd = argument;
	else if (bit == OPT_COMMAND_LINE)
		options->command_line = argument;
	else if (bit == OPT_SOCKET)
		options->socket = argument;
	else if (bit == OPT_HTML)
		options->html = argument;
	else if (bit == OPT_OUTPUT)
		options->output = argument;
	else if (bit == OPT_WAIT)
		return parse_wait(argument, options);
	return -1;
}

/* The tables getopt_long(3) wants, for the options this verb takes. */
static void build_tables(unsigned int options, char *letters, struct option *table)
{
	*letters++ = ':';
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (!(options & option_table[i].bit))
			continue;
		*table++ = (struct option){
			.name = option_table[i].name,
			.has_arg = option_table[i].argument ? required_argument : no_argument,
			.val = option_table[i].letter,
		};
		*letters++ = option_table[i].letter;
		if (option_table[i].argument)
			*letters++ = ':';
	}
	*letters = '\0';
	*table = (struct option){ 0 };
}

int parse_options(const struct verb *verb, int argc, char **argv, struct options *options,
		  int *first)
{
	char letters[2 * OPTION_COUNT + 2];
	struct option table[OPTION_COUNT + 1];
	int letter;

	*options = (struct options){ .wait_seconds = DEFAULT_WAIT_SECONDS };
	build_tables(verb->options, letters, table);
	opterr = 0;
	optind = 1;

	while ((letter = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		int code = -1;

		if (letter == '?' || letter == ':') {
			message(letter == ':' ? "option '%s' needs a value" : "no option '%s' here",
				argv[optind - 1]);
			return usage_hint(verb);
		}
		for (size_t i = 0; i < OPTION_COUNT && code == -1; i++) {
			if (option_table[i].letter == letter)
				code = set_option(options, option_table[i].bit, optarg);
		}
		if (code != -1)
			return code;
	}

	*first = optind;
	if (argc - optind < verb->min_operands) {
		message("needs %s", verb->operands);
		return usage_hint(verb);
	}
	if (verb->max_operands != ANY_NUMBER && argc - optind > verb->max_operands) {
		message("does not know what to do with '%s'", argv[optind + verb->max_operands]);
		return usage_hint(verb);
	}
	return -1;
}

void print_options(FILE *out, unsigned int options)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		char text[48];

		if (!(options & option_table[i].bit))
			continue;
		snprintf(text, sizeof(text), "-%c, --%s%s%s", option_table[i].letter,
			 option_table[i].name, option_table[i].argument ? " " : "",
			 option_table[i].argument ? option_table[i].argument : "");
		fprintf(out, "  %-28s %s\n", text, option_table[i].help);
	}
}
