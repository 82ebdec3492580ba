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

void markup_text(FILE *out, const char *text, int most)
{
	for (int count = 0; *text; count++) {
		size_t length = utf8_length(text);
		const char *escape = escape_of(*text);

		if (most && count == most) {
			fputs("\u2026", out);
			return;
		}
		if (escape)
			fputs(escape, out);
		else if (!length || utf8_is_control(text, length))
			fputs("\ufffd", out);
		else
			fwrite(text, 1, length, out);
		text += length ? length : 1;
	}
}
