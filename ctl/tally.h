/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What luod's events add up to: where an update stands, in one line. */
#ifndef LUOCTL_TALLY_H
#define LUOCTL_TALLY_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct tally {
	char phase[32];
	char state[32];
	/* The program of the administrator that is waited for; or "". */
	char hook[128];
	/* By name. */
	struct json_object *clients;
};

/* What there is to be waited for in this phase, and how much of it is done. */
struct tally_count {
	const char *done_word;
	unsigned int all;
	unsigned int done;
	unsigned int failed;
	unsigned int left;
	/* Of those that tell how far they are: who has most before it, and what it has done. */
	const char *slowest;
	unsigned int slowest_percent;
};

void tally_start(struct tally *tally);
void tally_end(struct tally *tally);
void tally_event(struct tally *tally, struct json_object *event);
struct tally_count tally_count(const struct tally *tally);

/* All are there that this phase waits for. */
bool tally_is_complete(const struct tally *tally);

/* "preserving: 3 of 8 clients ready, vm-7 37%"; names are as they came. */
void tally_text(const struct tally *tally, char *text, size_t size);

#endif /* LUOCTL_TALLY_H */
