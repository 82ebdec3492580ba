// SPDX-License-Identifier: GPL-2.0-or-later
#include "markup.h"

#include <string.h>

#include "utf8.h"

static const char *escape_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* The character that @text begins with; returns how long it is there. */
static size_t put_character(FILE *out, const char *text)
{
	size_t length = utf8_length(text);
	const char *escape = escape_of(*text);

	if (escape)
		fputs(escape, out);
	else if (!length || utf8_is_control(text, length))
		fputs("\ufffd", out);
	else
		fwrite(text, 1, length, out);
	return length ? length : 1;
}

void markup_text(FILE *out, const char *text)
{
	while (*text)
		text += put_character(out, text);
}

void markup_short(FILE *out, const char *text, int most)
{
	int head = most / 2;
	int tail = most - head - 1;
	int count = 0;

	for (const char *p = text; *p; p += utf8_length(p) ? utf8_length(p) : 1)
		count++;
	for (int i = 0; *text; i++) {
		if (count > most && i >= head && i < count - tail) {
			if (i == head)
				fputs("\u2026", out);
			text += utf8_length(text) ? utf8_length(text) : 1;
		} else {
			text += put_character(out, text);
		}
	}
}
