/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A keeper is a process that does nothing but hold the descriptors of a pair of
 * sessions: a session that is to be handed over, or one that was taken back, is
 * gone once its descriptor is closed. SIGTERM ends a keeper, and so gives its
 * sessions up.
 */
#ifndef LUOCTL_KEEPER_H
#define LUOCTL_KEEPER_H

#include <sys/types.h>

#include "pair.h"

/* Process names, by which 'ps' shows them and keeper_find() finds them. */
#define KEEPER_OUTGOING "luoctl-outgoing"
#define KEEPER_INCOMING "luoctl-incoming"

/* A keeper in the background, up and holding: its process, or a negative errno value. */
pid_t keeper_start(const struct pair *pair, const char *process_name);

/* Fills what it can of @pair: an exit code, after a message on failure. */
typedef int (*keeper_take_fn)(struct pair *pair, void *data);

/*
 * A keeper of incoming sessions that takes them back itself, so that there is
 * no moment in which the end of this process would lose them. It stays if it
 * has the index at least: then it takes the place of *keeper, if that is not 0,
 * and *keeper is set. @take's exit code.
 */
int keeper_take(const struct pair *pair, keeper_take_fn take, void *data, pid_t *keeper);

/* Become the keeper, in the foreground. */
void keeper_stay(const char *process_name) __attribute__((noreturn));

/*
 * Descriptors of the incoming sessions that a keeper of ours has, or a negative
 * errno value; -ENOENT if it does not have an index of this name.
 */
int keeper_borrow(pid_t keeper, const char *name, const char *index_name, struct pair *pair);

/* The same of whichever keeper has the index, preferably both: or -ENOENT. */
int keeper_find(const char *name, const char *index_name, struct pair *pair, pid_t *keeper);

#endif /* LUOCTL_KEEPER_H */
