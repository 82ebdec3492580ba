/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first half of 'luoctl retrieve': taking the sessions back. */
#ifndef LUOCTL_TAKE_H
#define LUOCTL_TAKE_H

#include <sys/types.h>

#include "index.h"
#include "pair.h"

struct retrieval {
	const char *name;
	char index_name[LUO_NAME_SIZE];
	struct luo *luo;
	struct pair pair;
	struct index index;
	/* Holds the same pair; 0 while there is none. */
	pid_t keeper;
};

/*
 * The index out of a session's descriptor: 0, or a negative errno value, which is
 * -ENOENT where there is none and -EBADMSG for a bad one.
 */
int load_index(struct retrieval *r, int session);

/* The exit code for such an error, after a message. */
int index_failed(const struct retrieval *r, int error);

/*
 * For keeper_take(), with a struct retrieval as @data. The files are left alone
 * until the index says whose they are.
 */
int take_pair(struct pair *pair, void *data);

#endif /* LUOCTL_TAKE_H */
