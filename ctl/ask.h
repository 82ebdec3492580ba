/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talking to luod, where it runs. Exit codes are after a message on failure. */
#ifndef LUOCTL_ASK_H
#define LUOCTL_ASK_H

#include "luoctl.h"
#include "luod_link.h"

/* How long luod may take to answer what it need not think about. */
int luod_patience_ms(const struct options *options);
/* How long it may be busy with the kernel before it is as good as gone. */
int luod_long_patience_ms(const struct options *options);
const char *luod_socket(const struct options *options);

/* What luod_connect() says where luod does not run. */
bool luod_is_absent(int error);

/*
 * Connects to luod if it runs, and tells by *@runs. That it does not is no failure,
 * unless the command line names its socket. An exit code.
 */
int find_luod(struct luod_link *luod, const struct options *options, bool *runs);
/* The same for what cannot do without it. */
int need_luod(struct luod_link *luod, const struct options *options);

/* luod cannot be understood, or not any more: the exit code, after a message. */
int luod_lost(const struct luod_link *luod, int error, const char *hint);
/* A reply that is not ok: the exit code, after a message that @hint ends. */
int luod_refused(struct json_object *reply, const char *hint);

/* A request that is answered at once: an exit code. */
int ask_luod(struct luod_link *luod, const struct options *options, const char *cmd,
	     struct json_object *members, struct json_object **reply);
/* Where luod stands. */
int ask_luod_status(struct luod_link *luod, const struct options *options,
		    struct json_object **status);

/* Of a phase of luod's: an update runs that can be cancelled; or its end is awaited. */
bool phase_is_update(const char *phase);
bool phase_is_restore(const char *phase);
/* It may take a while to hear anything from luod, which is busy with the kernel. */
bool phase_is_silent(const char *phase);

#endif /* LUOCTL_ASK_H */
