/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A keeper is a process that does nothing but hold a session's descriptor: a
 * session that is to be handed over, or one that was taken back, is gone once
 * its descriptor is closed. SIGTERM ends a keeper, and so gives its session up.
 */
#ifndef LUOCTL_KEEPER_H
#define LUOCTL_KEEPER_H

#include <sys/types.h>

/* Process names, by which 'ps' shows them and keeper_find() finds them. */
#define KEEPER_OUTGOING "luoctl-outgoing"
#define KEEPER_INCOMING "luoctl-incoming"

/* A keeper in the background, up and holding: its process, or a negative errno value. */
pid_t keeper_start(int session, const char *process_name);

/* Become the keeper, in the foreground. */
void keeper_stay(const char *process_name) __attribute__((noreturn));

/* A descriptor of the incoming session that a keeper of ours has, or -ENOENT. */
int keeper_find(const char *session_name, pid_t *keeper);

#endif /* LUOCTL_KEEPER_H */
