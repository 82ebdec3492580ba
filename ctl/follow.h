/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for luod to do what takes its time. However long that is, luod answers a
 * question meanwhile; if it does not, it is not waited for any longer.
 */
#ifndef LUOCTL_FOLLOW_H
#define LUOCTL_FOLLOW_H

#include "luod_link.h"

struct follow {
	struct luod_link *luod;
	/* How long it may take to answer a question. */
	int patience_ms;
	void *data;
	/* Each event as it comes. Replies to requests sent meanwhile come here, too. */
	void (*on_event)(void *data, struct json_object *message);
	/* Not NULL: whether luod may be silent now for as long as it likes. */
	bool (*may_be_silent)(void *data);
	/* Several times a second; other than 0 ends it. */
	int (*on_tick)(void *data);
};

/*
 * Until the reply to the request @id comes, or for ever with 0: 0, or what on_tick()
 * returned, which has to be positive, or a negative errno value.
 */
int follow(const struct follow *f, int id, struct json_object **reply);

#endif /* LUOCTL_FOLLOW_H */
