/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this kernel's luod tells the next one's: a blob in our own session.
 *
 *	{"version":1, "update_id":"...", "old_release":"...", "started_s":...,
 *	 "prepare_ns":..., "freeze_ns":...,
 *	 "clients":[{"name":"...","uid":...},...], "left":["..."]}
 */
#ifndef LUOD_HANDOFF_H
#define LUOD_HANDOFF_H

#include <json-c/json.h>

struct luod;

/* Creates our session, with room for all that is to be told. */
int handoff_open(struct luod *luod);
/* To be done when all clients are frozen, before the kernel is. */
int handoff_write(struct luod *luod);
void handoff_close(struct luod *luod);

/* Whether @handoff is one that can be relied upon. */
int handoff_check(struct json_object *handoff);

#endif /* LUOD_HANDOFF_H */
