// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>

#include "luoctl.h"

static const char *current_verb;

void message_verb(const char *name)
{
	current_verb = name;
}

static void print_message(const char *format, va_list args)
{
	fflush(stdout);
	flockfile(stderr);
	fputs("luoctl: ", stderr);
	if (current_verb)
		fprintf(stderr, "%s: ", current_verb);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void message(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(format, args);
	va_end(args);
}

int fail(int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(format, args);
	va_end(args);
	return code;
}
