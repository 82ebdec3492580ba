// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <string.h>

#include "live.h"
#include "luoctl.h"
#include "progress.h"
#include "utf8.h"

/* Room for two paths and the words around them. */
#define MESSAGE_SIZE 10240

static const char *current_verb;

void message_verb(const char *name)
{
	current_verb = name;
}

/* Steps over a character: it, or '?' for what is none or may steer the terminal. */
static const char *next_printable(const char **name, size_t *length)
{
	const char *p = *name;

	*length = utf8_length(p);
	*name += *length ? *length : 1;
	if (*length && !utf8_is_control(p, *length))
		return p;
	*length = 1;
	return "?";
}

static void __attribute__((format(printf, 1, 0))) print_message(const char *format, va_list args)
{
	char text[MESSAGE_SIZE];
	const char *from = text;
	char *to = text;

	/* Names in it may come from anywhere. */
	vsnprintf(text, sizeof(text), format, args);
	while (*from) {
		size_t length;
		const char *p = next_printable(&from, &length);

		memmove(to, p, length);
		to += length;
	}
	*to = '\0';
	progress_end();
	live_clear();
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

int print_clean(FILE *out, const char *text, int most)
{
	int count = 0;

	for (; *text && (most <= 0 || count < most); count++) {
		size_t length;
		const char *p = next_printable(&text, &length);

		fwrite(p, 1, length, out);
	}
	return count;
}

void print_name(const char *name, int width)
{
	for (width -= print_clean(stdout, name, 0); width > 0; width--)
		putchar(' ');
}
