/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all of luod shares. One thread runs the event loop and owns everything here;
 * the few calls that may take long run in a job beside it, one at a time.
 */
#ifndef LUOD_LUOD_H
#define LUOD_LUOD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <systemd/sd-event.h>

#include "client.h"
#include "config.h"
#include "connection.h"
#include "hooks.h"
#include "job.h"
#include "libluo.h"
#include "record.h"
#include "restore.h"
#include "update.h"

/* Tests have places of their own. */
#ifndef LUOD_RUN
#define LUOD_RUN	"/run/luod"
#endif
#ifndef LUOD_STATE
#define LUOD_STATE	"/var/lib/luod"
#endif
#ifndef LUOD_HOOKS
#define LUOD_HOOKS	"/etc/luo/hooks.d"
#endif
#define LUOD_SOCKET	LUOD_RUN "/liveupdate.sock"
/* Our own session, and what no client may be called. */
#define LUOD_SESSION	"luod"
#define PROTOCOL_VERSION 1
#define CONNECTIONS_MAX	1024

/* How an update ended. */
struct outcome {
	char update_id[UPDATE_ID_SIZE];
	bool ok;
	bool dry_run;
	char culprit[LUO_CULPRIT_SIZE];
	char reason[REASON_SIZE];
};

struct luod {
	sd_event *event;
	struct config config;
	int listen_fd;
	struct connection_list connections;
	struct connection_list closing;
	sd_event_source *reaper;
	unsigned int connection_count;
	struct client_list clients;
	struct job job;
	struct hook_run_list hook_runs;
	struct update update;
	struct restore restore;
	struct outcome last;
	struct phase_times times;
	/* The kernel's orchestrator has states, and is ours, or it is the stock one. */
	bool states;
	/* To be left once nothing is under way. */
	bool leaving;
	/* Started before systemd: the luod of luod.service will take its place. */
	bool early;
};

/* idle, or where the update stands, before the jump or after it. */
enum phase luod_phase(const struct luod *luod);
const char *phase_name(enum phase phase);
/* As the kernel has it; where it has none, what it would be. */
unsigned int luod_state(struct luod *luod);
/* To be called when the phase has changed: tells who watches. */
void luod_phase_changed(struct luod *luod);
/* Takes connections: what an earlier luod, or kernel, has left is known. */
int luod_serve(struct luod *luod);
/* Tells who watches how the last update ended. */
void luod_tell_result(struct luod *luod);
/* To be called when there is nothing left to be done for an update. */
void luod_rest(struct luod *luod);

#endif /* LUOD_LUOD_H */
