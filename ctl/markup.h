/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTML, and SVG in it. What comes from anywhere goes through markup_text(). */
#ifndef LUOCTL_MARKUP_H
#define LUOCTL_MARKUP_H

#include <stdio.h>

#include "timeline.h"

/* As text, or between quotes. */
void markup_text(FILE *out, const char *text);
/* At most so many characters, without what is in the middle. */
void markup_short(FILE *out, const char *text, int most);

/* So many participants are drawn. */
#define MARKUP_PARTICIPANTS 12

/* html_style.c */
extern const char html_style[];

/*
 * html_svg.c: a drawing of what is between two times, counted from the first; of
 * participants the slowest. @id is unique on the page.
 */
void html_svg(FILE *out, const struct timeline *timeline, const char *id, const char *title,
	      uint64_t from_ns, uint64_t to_ns);

#endif /* LUOCTL_MARKUP_H */
