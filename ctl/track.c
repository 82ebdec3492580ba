// SPDX-License-Identifier: GPL-2.0-or-later
#include "track.h"

#include <string.h>

#include "preserved.h"

#define BAR_MIN	8
#define BAR_MAX	24

#define BOLD	"\033[1m"
#define GREEN	"\033[32m"
#define DIM	"\033[2m"
#define PLAIN	"\033[0m"

/* In order; one that is called off leaves them at any. */
static const char *const before[] = {
	"loading", "preserving", "preparing", "freezing", "jumping", NULL,
};
static const char *const called_off[] = { "cancelling", NULL };
static const char *const after[] = { "restoring", "finishing", NULL };
static const char *const states[] = { "normal", "prepared", "frozen", "updated", NULL };

static bool find(const char *const *steps, const char *word, struct track *track)
{
	for (size_t i = 0; steps[i]; i++) {
		if (strcmp(steps[i], word))
			continue;
		track->steps = steps;
		track->current = i;
		return true;
	}
	return false;
}

struct track track_of(const struct tally *tally)
{
	struct tally_count count = tally_count(tally);
	struct track track = { .part = -1 };

	if (!find(before, tally->phase, &track) && !find(called_off, tally->phase, &track))
		find(after, tally->phase, &track);
	if (track.steps != after && preserved_part(&track.part))
		return track;
	if (count.done_word && count.all)
		track.part = (double)count.done / count.all;
	return track;
}

struct track track_of_state(const char *state)
{
	struct track track = { .part = -1 };

	if (find(states, state, &track) && !preserved_part(&track.part))
		track.part = -1;
	return track;
}

static void put_step(FILE *out, const struct track *track, size_t i, bool colour)
{
	const char *look = i < track->current ? GREEN : i > track->current ? DIM : BOLD;
	bool is_current = i == track->current;

	fprintf(out, "%s%s%s%s%s%s", i ? " > " : "", colour ? look : "", is_current ? "[" : "",
		track->steps[i], is_current ? "]" : "", colour ? PLAIN : "");
}

static void put_bar(FILE *out, double part, int width, bool colour)
{
	int done = (int)(part * width);

	fprintf(out, "  %s", colour ? GREEN : "");
	for (int i = 0; i < width; i++) {
		if (i == done && colour)
			fputs(PLAIN DIM, out);
		fputc(i < done ? '#' : '-', out);
	}
	fputs(colour ? PLAIN : "", out);
}

void track_draw(FILE *out, const struct track *track, int width, bool colour)
{
	int used = 2;
	int bar;

	for (size_t i = 0; track->steps[i]; i++)
		used += (int)strlen(track->steps[i]) + (i ? 3 : 0);
	/* Where not all have room, the one that counts. */
	if (used > width) {
		const char *step = track->steps[track->current];
		const char *const alone[] = { step, NULL };
		const struct track one = { .steps = alone, .part = track->part };

		if ((int)strlen(step) + 2 <= width)
			track_draw(out, &one, width, colour);
		return;
	}
	for (size_t i = 0; track->steps[i]; i++)
		put_step(out, track, i, colour);
	bar = width - used - 2;
	if (track->part >= 0 && bar >= BAR_MIN)
		put_bar(out, track->part > 1 ? 1 : track->part, bar > BAR_MAX ? BAR_MAX : bar, colour);
}
