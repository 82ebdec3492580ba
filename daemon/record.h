/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of an update, for people and programs that ask later: docs/record.md. */
#ifndef LUOD_RECORD_H
#define LUOD_RECORD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "phase.h"

struct client;
struct luod;

/* How long luod was in each phase of the update that is under way. */
struct phase_times {
	enum phase phase;
	uint64_t since_ns;
	uint64_t ns[PHASE_COUNT];
};

/* luod is in @phase from now on; to come from idle begins anew. */
void phase_times_enter(struct phase_times *times, enum phase phase);
/* Of those phases that are over. */
struct json_object *phase_times_json(const struct phase_times *times);

/* A client takes part: an entry in the record, which has what it goes through. */
void record_client(struct client *client);
void record_client_phase(struct client *client);
/* The update goes on without it. */
void record_client_left(struct client *client, const char *reason);

/* What a client may have put on record of its own way: at most so many times. */
struct json_object *record_parts(struct json_object *parts);

/* An update has ended, before the jump or after it. That it cannot be written is said. */
void record_cancelled(struct luod *luod);
/* Returns whether everything came back, the kernel's own included. */
bool record_restored(struct luod *luod, unsigned int missing);

/* What an earlier luod has begun, and nobody knows more of. */
void record_lost(struct luod *luod, const char *result, const char *reason);

#endif /* LUOD_RECORD_H */
