// SPDX-License-Identifier: GPL-2.0-or-later
#include "live.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "luoctl.h"

#define COLUMNS 80
/* What is before the text of a line: the time. */
#define INDENT 11
#define PLAIN_SECONDS 1.0

/* To a line below, which is made if there is none, and back; neither is a new line. */
#define DOWN "\r\033D\033[K"
#define UP "\r\033[A"

static struct {
	FILE *out;
	bool terminal;
	bool colour;
	struct track track;
	struct timespec start;
	char about[32];
	char text[256];
	/* What the line has is not written yet. */
	bool pending;
	/* There is a line on the terminal to be written over, and one below it. */
	bool drawn;
	bool drawn_below;
	double said;
} live;

static double elapsed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - live.start.tv_sec) +
	       (double)(now.tv_nsec - live.start.tv_nsec) / 1e9;
}

void live_start(FILE *out)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	memset(&live, 0, sizeof(live));
	live.out = out;
	live.terminal = isatty(fileno(out)) && (!term || strcmp(term, "dumb"));
	live.colour = live.terminal && term && (!no_colour || !*no_colour);
	clock_gettime(CLOCK_MONOTONIC, &live.start);
}

void live_began(int64_t ms)
{
	double now = elapsed();

	clock_gettime(CLOCK_MONOTONIC, &live.start);
	live.start.tv_sec -= (time_t)(ms / 1000);
	live.start.tv_nsec -= (long)(ms % 1000) * 1000000;
	/* As long ago as it is. */
	live.said += elapsed() - now;
}

static int columns(void)
{
	struct winsize size;

	if (ioctl(fileno(live.out), TIOCGWINSZ, &size) || size.ws_col < 20)
		return COLUMNS;
	return size.ws_col;
}

static void write_line(const char *text, int width)
{
	double now = elapsed();
	int used = fprintf(live.out, "[%8.3f] ", now);

	print_clean(live.out, text, width ? width - used : 0);
	live.said = now;
}

static void wipe_below(void)
{
	if (live.drawn_below)
		fputs(DOWN UP, live.out);
	live.drawn_below = false;
}

static void draw_below(void)
{
	if (!live.track.steps) {
		wipe_below();
		return;
	}
	fprintf(live.out, DOWN "%*s", INDENT, "");
	track_draw(live.out, &live.track, columns() - 1 - INDENT, live.colour);
	fputs(UP, live.out);
	live.drawn_below = true;
}

static void draw(void)
{
	if (!*live.text)
		return;
	draw_below();
	fputs("\r\033[K", live.out);
	/* In the last column it would wrap, and not be written over. */
	write_line(live.text, columns() - 1);
	fflush(live.out);
	live.drawn = true;
	live.pending = false;
}

static void write_plain(const char *text)
{
	write_line(text, 0);
	fputc('\n', live.out);
	fflush(live.out);
}

/* What is there stays. */
static void settle(void)
{
	if (live.terminal && (live.pending || live.drawn_below)) {
		live.track.steps = NULL;
		draw();
	}
	if (live.drawn)
		fputc('\n', live.out);
	else if (live.pending)
		write_plain(live.text);
	live.drawn = false;
	live.pending = false;
}

void live_show(const char *about, const char *text, bool matters)
{
	bool other = strcmp(about, live.about) != 0;
	struct track track = live.track;

	if (!other && !strcmp(text, live.text))
		return;
	if (other)
		settle();
	live.track = track;
	snprintf(live.about, sizeof(live.about), "%s", about);
	snprintf(live.text, sizeof(live.text), "%s", text);
	live.pending = true;
	if (live.terminal && other)
		draw();
	if (!live.terminal && (other || matters))
		settle();
}

void live_track(struct track track)
{
	live.track = track;
}

void live_tick(void)
{
	if (live.terminal)
		draw();
	else if (live.pending && elapsed() - live.said >= PLAIN_SECONDS)
		settle();
}

void live_line(const char *text)
{
	settle();
	write_plain(text);
	live.about[0] = '\0';
	live.text[0] = '\0';
}

void live_clear(void)
{
	if (!live.out)
		return;
	settle();
	fflush(live.out);
}

void live_end(void)
{
	live_clear();
	live.out = NULL;
}
