// SPDX-License-Identifier: GPL-2.0-or-later
#include "utf8.h"

#include <string.h>

/* Lead bytes, and what may follow first: no long forms, surrogates, or beyond U+10FFFF. */
static const struct {
	unsigned char first, last;
	unsigned char low, high;
	unsigned char length;
} forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

size_t utf8_length(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	if (*p < 0x80)
		return *p != 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (*p < forms[i].first || *p > forms[i].last)
			continue;
		if (p[1] < forms[i].low || p[1] > forms[i].high)
			return 0;
		/* The final zero is no continuation: this ends there. */
		for (size_t j = 2; j < forms[i].length; j++) {
			if ((p[j] & 0xc0) != 0x80)
				return 0;
		}
		return forms[i].length;
	}
	return 0;
}

bool utf8_is_control(const char *text, size_t length)
{
	const unsigned char *p = (const unsigned char *)text;

	if (length == 1)
		return *p < ' ' || *p == 0x7f;
	return length == 2 && *p == 0xc2 && p[1] < 0xa0;
}

void utf8_make_clean(char *text)
{
	while (*text) {
		size_t length = utf8_length(text);

		if (!length || utf8_is_control(text, length)) {
			length = length ? length : 1;
			memset(text, '?', length);
		}
		text += length;
	}
}
