// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>

#include "luoctl.h"
#include "progress.h"

/* Room for two paths and the words around them. */
#define MESSAGE_SIZE 10240

static const char *current_verb;

static char printable(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f ? '?' : c;
}

void message_verb(const char *name)
{
	current_verb = name;
}

static void __attribute__((format(printf, 1, 0))) print_message(const char *format, va_list args)
{
	char text[MESSAGE_SIZE];

	/* Names in it may come from anywhere: none may steer the terminal. */
	vsnprintf(text, sizeof(text), format, args);
	for (char *p = text; *p; p++)
		*p = printable(*p);
	progress_end();
	fflush(stdout);
	fprintf(stderr, "luoctl: %s%s%s\n", current_verb ? current_verb : "",
		current_verb ? ": " : "", text);
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

void print_name(const char *name, int width)
{
	for (; *name; name++, width--)
		putchar(printable(*name));
	while (width-- > 0)
		putchar(' ');
}
