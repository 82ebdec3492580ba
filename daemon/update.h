/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An update, up to the jump:
 *
 *	idle - loading - preserving - preparing - freezing - jumping
 *	  ^        \          \            \          \         /
 *	  +---------+----------+- cancelling +---------+-------+
 *
 * Whatever goes wrong at any step leads to cancelling, which undoes what was done in
 * reverse order and cannot fail. The device is held from the beginning to the end,
 * so that there is no second orchestrator.
 */
#ifndef LUOD_UPDATE_H
#define LUOD_UPDATE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "libluo.h"
#include "phase.h"

struct client;
struct connection;
struct luod;

struct update {
	enum phase phase;
	char id[UPDATE_ID_SIZE];
	char *kernel;
	char *initrd;
	char *command_line;
	/* Which the next kernel restores, or NULL where the operator does not say. */
	char *memfd_format;
	bool dry_run;
	struct luo *device;
	/* Our own session, and what the next kernel's luod finds in it. */
	int session;
	int blob;
	/* This update has loaded the kernel. */
	bool loaded;
	/* Who has asked for it, and how the answer is to be marked. */
	struct connection *operator;
	struct json_object *operator_id;
	bool operator_watched;
	struct waiting *waiting;
	/* The first thing that went wrong. */
	int error;
	char culprit[LUO_CULPRIT_SIZE];
	char reason[REASON_SIZE];
	/* For the record, all of CLOCK_MONOTONIC. */
	uint64_t started_ns;
	uint64_t prepared_ns;
	uint64_t freeze_ns;
	uint64_t frozen_ns;
	uint64_t realtime_ms;
	struct json_object *clients;
	/* The kernel's own record is of this update. */
	bool kernel_told;
	/* Where the kernel says who refused. */
	char kernel_culprit[LUO_CULPRIT_SIZE];
};

/* Requests. */
void update_request(struct connection *connection, struct json_object *request);
void update_cancel_request(struct connection *connection, struct json_object *request);
void update_ready(struct connection *connection, struct json_object *request);
void update_frozen(struct connection *connection, struct json_object *request);
void update_veto(struct connection *connection, struct json_object *request);
void update_cancelled(struct connection *connection, struct json_object *request);

void update_client_gone(struct client *client);
void update_operator_gone(struct luod *luod, struct connection *connection);

/* The first reason counts; cancels as soon as nothing runs that cannot be stopped. */
void update_fail(struct luod *luod, int error, const char *culprit, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* At start-up: undoes what an earlier luod has left half-done in this kernel. */
int update_recover(struct luod *luod);

#endif /* LUOD_UPDATE_H */
