/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of an update, as luod writes it (docs/record.md), or as the kernel has it. */
#ifndef LUOCTL_RECORD_H
#define LUOCTL_RECORD_H

#include <json-c/json.h>
#include <stdint.h>

#include "report.h"

#define RECORD_PARTS 16

/* Phases of luod's, in order; the last two are in the new kernel. */
enum {
	STAGE_LOADING,
	STAGE_PRESERVING,
	STAGE_PREPARING,
	STAGE_FREEZING,
	STAGE_JUMPING,
	STAGE_CANCELLING,
	STAGE_RESTORING,
	STAGE_FINISHING,
	STAGE_COUNT,
};

struct record_part {
	const char *name;
	uint64_t ns;
};

/* Times are LUO_TIME_UNKNOWN where they are not known, texts empty. */
struct record_client {
	const char *name;
	const char *phase;
	const char *reason;
	uint64_t prepare_ns;
	uint64_t freeze_ns;
	uint64_t back_ns;
	uint64_t blackout_ns;
	struct record_part parts[RECORD_PARTS];
	size_t part_count;
};

struct record_line {
	uint64_t at_ms;
	uint64_t priority;
	const char *about;
	const char *text;
};

struct record {
	/* What it was read from, whose the texts are; NULL for the kernel's own. */
	struct json_object *root;
	const char *id;
	const char *boot_id;
	const char *result;
	const char *culprit;
	const char *reason;
	const char *error;
	uint64_t number;
	uint64_t started_s;
	uint64_t prepare_ns;
	uint64_t freeze_ns;
	uint64_t stage_ns[STAGE_COUNT];
	/* The kernel's; of which only the releases are set where there is none. */
	bool has_kernel;
	struct report kernel;
	struct record_client *clients;
	size_t client_count;
	struct record_line *lines;
	size_t line_count;
};

const char *record_stage_name(unsigned int stage);

/*
 * Takes over @root. On failure the errno value is negative, and @why has one line that says
 * what is wrong with it.
 */
int record_parse(struct json_object *root, struct record *record, char *why, size_t size);
/* An exit code, after a message on failure. */
int record_read(const char *path, struct record *record);
/* The same without a message: a negative errno value on failure. */
int record_try(const char *path, struct record *record);
/* Takes over @report. */
void record_from_kernel(struct report *report, struct record *record);
void record_free(struct record *record);

/* The clients' or, without one that tells, the kernel's: how long things stood still. */
uint64_t record_blackout(const struct record *record);

#endif /* LUOCTL_RECORD_H */
