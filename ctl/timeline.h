/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An update laid out in time, for what draws it: rows of spans, in nanoseconds since the
 * update began. What is not known has no span; after it things follow without a gap.
 */
#ifndef LUOCTL_TIMELINE_H
#define LUOCTL_TIMELINE_H

#include "record.h"

enum row_kind {
	ROW_OLD,
	ROW_JUMP,
	ROW_NEW,
	ROW_PARTICIPANT,
	ROW_CLIENT,
};

/* Where a span belongs to, for its colour. */
enum span_kind {
	/* Everything runs. */
	SPAN_LIVE,
	/* Something stands still. */
	SPAN_STOPPED,
	SPAN_JUMP,
	/* The way back into life. */
	SPAN_RETURN,
};

#define SPAN_NAME_SIZE 40
#define ROW_SPANS 24

struct span {
	char name[SPAN_NAME_SIZE];
	enum span_kind kind;
	uint64_t start_ns;
	uint64_t ns;
};

struct row {
	enum row_kind kind;
	const char *name;
	struct span spans[ROW_SPANS];
	size_t count;
	/* A client's: how long it could not be used, and since when; else LUO_TIME_UNKNOWN. */
	uint64_t stopped_at_ns;
	uint64_t stopped_ns;
};

struct timeline {
	struct row *rows;
	size_t count;
	/* From when the first may stand still until all go on; ns is 0 where none does. */
	uint64_t stopped_at_ns;
	uint64_t stopped_ns;
	uint64_t total_ns;
};

/* Texts are the record's. -ENOMEM on failure. */
int timeline_make(const struct record *record, struct timeline *timeline);
void timeline_free(struct timeline *timeline);

#endif /* LUOCTL_TIMELINE_H */
