// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "duration.h"
#include "markup.h"

#define WIDTH 960
#define LEFT 166
#define RIGHT 18
#define TOP 34
#define ROW 27
#define GAP 10
#define BAR 17
#define BOTTOM 34
#define LABEL_CHARS 20
/* A character's width, about: labels that do not fit are left to the tooltip. */
#define CHARACTER 6.1
#define ROWS_MAX 150

struct drawing {
	FILE *out;
	const struct timeline *timeline;
	uint64_t from_ns;
	uint64_t to_ns;
	/* Participants that took less are not drawn. */
	uint64_t least_ns;
	int height;
};

static double x_of(const struct drawing *d, uint64_t ns)
{
	double part;

	if (ns <= d->from_ns)
		return LEFT;
	if (ns >= d->to_ns)
		return WIDTH - RIGHT;
	part = (double)(ns - d->from_ns) / (double)(d->to_ns - d->from_ns);
	return LEFT + part * (WIDTH - LEFT - RIGHT);
}

static uint64_t sum_of(const struct row *row)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < row->count; i++)
		sum += row->spans[i].ns;
	return sum;
}

static int longest_first(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return *x == *y ? 0 : *x < *y ? 1 : -1;
}

/* What the last of the slowest participants took that are drawn; 0 if all are. */
static uint64_t least_drawn(const struct timeline *t)
{
	uint64_t *sums = calloc(t->count + 1, sizeof(*sums));
	uint64_t least = 0;
	size_t count = 0;

	if (!sums)
		return 0;
	for (size_t i = 0; i < t->count; i++) {
		if (t->rows[i].kind == ROW_PARTICIPANT)
			sums[count++] = sum_of(&t->rows[i]);
	}
	qsort(sums, count, sizeof(*sums), longest_first);
	if (count > MARKUP_PARTICIPANTS)
		least = sums[MARKUP_PARTICIPANTS - 1];
	free(sums);
	return least;
}

/* Of the rows, those that are drawn: who was not called has nothing to be drawn. */
static bool is_drawn(const struct drawing *d, const struct row *row, unsigned int *participants)
{
	if (row->kind != ROW_PARTICIPANT)
		return true;
	return row->count && sum_of(row) >= d->least_ns && (*participants)++ < MARKUP_PARTICIPANTS;
}

/* Calls @draw with each row that is drawn, and where; returns how high all are. */
static int each_row(const struct drawing *d,
		    void (*draw)(const struct drawing *d, const struct row *row, int y))
{
	const struct timeline *t = d->timeline;
	const struct row *last = NULL;
	unsigned int participants = 0;
	unsigned int count = 0;
	int y = TOP;

	for (size_t i = 0; i < t->count && count < ROWS_MAX; i++) {
		const struct row *row = &t->rows[i];

		if (!is_drawn(d, row, &participants))
			continue;
		if (last && row->kind >= ROW_PARTICIPANT && last->kind != row->kind)
			y += GAP;
		if (draw)
			draw(d, row, y);
		y += ROW;
		count++;
		last = row;
	}
	return y;
}

/* 1, 2 or 5, and zeros: so that there are no more than eight of them. */
static uint64_t step_of(uint64_t ns)
{
	static const unsigned int digits[] = { 1, 2, 5 };

	for (uint64_t power = 1; power < UINT64_MAX / 100; power *= 10) {
		for (size_t i = 0; i < 3; i++) {
			if (ns / (digits[i] * power) <= 8)
				return digits[i] * power;
		}
	}
	return ns;
}

static void draw_tick(const struct drawing *d, uint64_t ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "s", 1e9 }, { "ms", 1e6 }, { "\u00b5s", 1e3 }, { "ns", 1 } };
	uint64_t whole = d->to_ns - d->from_ns;
	double x = x_of(d, d->from_ns + ns);
	size_t unit = 0;

	while (unit < 3 && (double)whole < 1.5 * units[unit].ns)
		unit++;
	fprintf(d->out,
		"<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>"
		"<text class=\"soft\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g%s%s</text>\n",
		x, TOP - 4, x, d->height - BOTTOM + 4, x, d->height - BOTTOM + 20,
		(double)ns / units[unit].ns, ns ? " " : "", ns ? units[unit].name : "");
}

static void draw_axis(const struct drawing *d)
{
	uint64_t whole = d->to_ns - d->from_ns;
	uint64_t step = step_of(whole);

	for (uint64_t ns = 0; ns <= whole && step; ns += step)
		draw_tick(d, ns);
}

static void draw_blackout(const struct drawing *d)
{
	const struct timeline *t = d->timeline;
	double from = x_of(d, t->stopped_at_ns);
	double to = x_of(d, t->stopped_at_ns + t->stopped_ns);
	bool to_the_left = from > (LEFT + WIDTH) / 2.0;
	char text[DURATION_SIZE];
	int y = TOP - 10;

	if (!t->stopped_ns)
		return;
	to = to < from + 1 ? from + 1 : to;
	fprintf(d->out,
		"<rect class=\"shade\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", from,
		TOP - 4, to - from, d->height - BOTTOM + 8 - TOP);
	fprintf(d->out,
		"<path class=\"edge\" d=\"M%.1f %dV%dM%.1f %dV%d\"/>"
		"<text class=\"head\" x=\"%.1f\" y=\"%d\"%s>blackout %s</text>\n",
		from, TOP - 4, d->height - BOTTOM + 4, to, TOP - 4, d->height - BOTTOM + 4,
		to_the_left ? to : from, y, to_the_left ? " text-anchor=\"end\"" : "",
		duration_text(t->stopped_ns, text));
}

static void draw_span(const struct drawing *d, const struct row *row, const struct span *span,
		      int y)
{
	double from = x_of(d, span->start_ns);
	double width = x_of(d, span->start_ns + span->ns) - from;
	char text[DURATION_SIZE];

	if (span->start_ns > d->to_ns || span->start_ns + span->ns < d->from_ns)
		return;
	width = width < 1.5 ? 1.5 : width;
	fprintf(d->out, "<g><title>");
	markup_text(d->out, row->name);
	fputs(": ", d->out);
	markup_text(d->out, span->name);
	fprintf(d->out,
		", %s</title><rect class=\"b%d\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
		"height=\"%d\" rx=\"2\"/>",
		duration_text(span->ns, text), (int)span->kind, from, y + (ROW - BAR) / 2, width,
		BAR);
	if (width > (double)strlen(span->name) * CHARACTER + 8) {
		fprintf(d->out, "<text class=\"in\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
			from + width / 2, y + ROW / 2 + 4);
		markup_text(d->out, span->name);
		fputs("</text>", d->out);
	}
	fputs("</g>\n", d->out);
}

static void draw_row(const struct drawing *d, const struct row *row, int y)
{
	fprintf(d->out, "<g><text x=\"%d\" y=\"%d\" text-anchor=\"end\"%s>", LEFT - 12,
		y + ROW / 2 + 4, row->kind <= ROW_NEW ? " class=\"head\"" : "");
	markup_short(d->out, row->name, LABEL_CHARS);
	fputs("</text>", d->out);
	if (row->stopped_ns != LUO_TIME_UNKNOWN && row->stopped_at_ns < d->to_ns) {
		double from = x_of(d, row->stopped_at_ns);
		double to = x_of(d, row->stopped_at_ns + row->stopped_ns);

		fprintf(d->out, "<path class=\"still\" d=\"M%.1f %dv6M%.1f %dH%.1fM%.1f %dv6\"/>",
			from, y + ROW / 2 - 3, from, y + ROW / 2, to, to, y + ROW / 2 - 3);
	}
	fputc('\n', d->out);
	for (size_t i = 0; i < row->count; i++)
		draw_span(d, row, &row->spans[i], y);
	fputs("</g>\n", d->out);
}

void html_svg(FILE *out, const struct timeline *timeline, const char *id, const char *title,
	      uint64_t from_ns, uint64_t to_ns)
{
	struct drawing d = {
		.out = out,
		.timeline = timeline,
		.from_ns = from_ns,
		.to_ns = to_ns > from_ns ? to_ns : from_ns + 1,
		.least_ns = least_drawn(timeline),
	};

	d.height = each_row(&d, NULL) + BOTTOM;
	fprintf(out,
		"<div class=\"box\" tabindex=\"0\" role=\"group\" aria-label=\"%s\">"
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-title %s-desc\">\n"
		"<title id=\"%s-title\">%s</title>\n"
		"<desc id=\"%s-desc\">A row for the old kernel, the jump, the new kernel, each "
		"participant and each client, from left to right in time; the blackout is shaded. "
		"The tables below have the same figures.</desc>\n",
		title, WIDTH, d.height, id, id, id, title, id);
	draw_axis(&d);
	draw_blackout(&d);
	each_row(&d, draw_row);
	fputs("</svg></div>\n", out);
}
