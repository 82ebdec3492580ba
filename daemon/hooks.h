/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs of the administrator that are run at certain points of an update: luod-hooks(7).
 * Those that are asked can keep it from going on; those that are told cannot, and nobody
 * waits for them. Of each kind one runs at a time, beside the event loop.
 */
#ifndef LUOD_HOOKS_H
#define LUOD_HOOKS_H

#include <stdbool.h>
#include <sys/queue.h>

struct connection;
struct hook_run;
struct luod;

enum hook_point {
	HOOK_PRE_PREPARE,
	HOOK_PRE_FREEZE,
	HOOK_POST_UPDATE,
	HOOK_CANCELLED,
};

TAILQ_HEAD(hook_run_list, hook_run);

/* What hooks are told; NULL for what does not belong there. */
struct hook_facts {
	const char *update_id;
	const char *kernel;
	const char *reason;
	const char *culprit;
	const char *result;
	bool dry_run;
};

/* The update goes on with @done once all have agreed, else it fails; at once without any. */
void hooks_ask(struct luod *luod, enum hook_point point, void (*done)(struct luod *luod));
void hooks_tell(struct luod *luod, enum hook_point point, const struct hook_facts *facts);

/* At start-up: of an update in which hooks were asked, and an earlier luod has ended. */
void hooks_recover(struct luod *luod);

/* The update has been called off: who is being asked is told to end, and not waited for. */
void hooks_stop(struct luod *luod);
/* luod ends, and whatever runs with it. */
void hooks_kill(struct luod *luod);
/* Who begins to watch hears what runs. */
void hooks_show(struct luod *luod, struct connection *connection);

#endif /* LUOD_HOOKS_H */
