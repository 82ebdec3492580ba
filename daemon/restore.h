/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * After the jump: each client gets its session back, and the update is finished once
 * all are there. What there is to do is kept in a file in /run, so that another luod
 * goes on where this one ended; the sessions are kept by the keeper.
 */
#ifndef LUOD_RESTORE_H
#define LUOD_RESTORE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "libluo.h"
#include "phase.h"
#include "resume.h"

struct connection;
struct luod;

enum restored_phase {
	RESTORED_WAITING,
	RESTORED_CLAIMED,
	RESTORED_DONE,
	RESTORED_FAILED,
};

/* A client that came over, or is to. */
struct restored {
	char name[LUO_NAME_SIZE];
	uid_t uid;
	enum restored_phase phase;
	uint64_t since_usec;
	/* Why the kernel did not give its session back, as a negative errno value. */
	int error;
	struct connection *claimed_by;
	/* What the client said of its way, for the record; or NULL. */
	struct json_object *told;
};

struct restore {
	enum phase phase;
	char id[UPDATE_ID_SIZE];
	/* What the old kernel's luod wrote. */
	struct json_object *handoff;
	struct restored *clients;
	unsigned int count;
	pid_t keeper;
	int keeper_ready;
	uint64_t started_usec;
	sd_event_source *deadline;
	sd_event_source *retry;
	/* All clients are back, and sessions of others are not: said once, and how long. */
	bool waits_for_others;
	bool out_of_time;
	/* The resume command was run, perhaps by the luod before this one. */
	bool commanded;
	struct resume resume;
	struct luo *device;
	/* To be answered when it is finished. */
	struct connection *operator;
	struct json_object *operator_id;
};

/* At start-up: whether there is something to be given back. */
int restore_start(struct luod *luod);

/* Requests. */
void restore_list(struct connection *connection, struct json_object *request);
void restore_claim(struct connection *connection, struct json_object *request);
void restore_restored(struct connection *connection, struct json_object *request);
void restore_failed(struct connection *connection, struct json_object *request);
void restore_finish_request(struct connection *connection, struct json_object *request);

/* Whether somebody with this user id may go by @name now. */
bool restore_may_subscribe(struct luod *luod, const char *name, uid_t uid);
void restore_connection_gone(struct luod *luod, struct connection *connection);
const char *restored_phase_name(enum restored_phase phase);

#endif /* LUOD_RESTORE_H */
