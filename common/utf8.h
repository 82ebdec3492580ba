/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUO_UTF8_H
#define LUO_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character that @text begins with; 0 at its end, or if that is not UTF-8. */
size_t utf8_length(const char *text);

/* A terminal may obey it: what C0, DEL and C1 have. @length is what utf8_length() said. */
bool utf8_is_control(const char *text, size_t length);

/* What is neither, in place, becomes '?': one line of UTF-8, whoever has written it. */
void utf8_make_clean(char *text);

#endif /* LUO_UTF8_H */
