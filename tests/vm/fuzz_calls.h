/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All calls of /dev/liveupdate and of session descriptors, with arguments that
 * make sense, and how these are spoilt. Part of fuzz.c.
 */
#ifndef FUZZ_CALLS_H
#define FUZZ_CALLS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include "vm.h"

#define PAGE	4096UL
#define REGION	(2 * PAGE)
#define TOKENS	16
#define CROWD	1000	/* sessions that wait in the next kernel */

/* What a descriptor is of */
enum kind { WRITER, READER, SESSION, MEMFD, TAKEN, KINDS };

struct fuzzer {
	uint64_t random;
	bool orchestrates;
	bool shares;		/* its memory with another thread, which writes there, too */
	char *region;		/* is followed by a page that cannot be accessed */
	char *readonly;		/* the same memory */
	char *list;
};

/* Whether FINISH may be sent: not while the sessions that wait are played with */
static bool may_finish(void);
/* One of the descriptors of this process, or -1 */
static int get(struct fuzzer *me, enum kind kind);

static uint64_t rnd(struct fuzzer *me)
{
	me->random ^= me->random << 13;
	me->random ^= me->random >> 7;
	me->random ^= me->random << 17;
	return me->random * 0x9e3779b97f4a7c15ULL >> 16;
}

static bool one_in(struct fuzzer *me, unsigned int n)
{
	return rnd(me) % n == 0;
}

/* Addresses that nothing can be read from, or written to */
static char *bad_pointer(struct fuzzer *me)
{
	switch (rnd(me) % 7) {
	case 0: return NULL;
	case 1: return (char *)8;
	case 2: return (char *)(0xffff888000000000UL + rnd(me) % (1UL << 30));
	case 3: return (char *)(0xffffffff81000000UL + rnd(me) % (1UL << 24));
	case 4: return (char *)(rnd(me) << 20);
	case 5: return (char *)0x7ffffffff000UL - rnd(me) % 64;
	}
	return me->region + REGION + rnd(me) % PAGE;
}

static uint64_t buffer(struct fuzzer *me)
{
	return (uintptr_t)(one_in(me, 24) ? bad_pointer(me) : me->list);
}

static void fill_nothing(struct fuzzer *me, void *arg)
{
	(void)me;
	(void)arg;
}

static void fill_create(struct fuzzer *me, void *arg)
{
	struct liveupdate_ioctl_create_session *create = arg;

	if (!one_in(me, 32))
		sprintf((char *)create->name, "fuzz%u", (unsigned int)(rnd(me) % 64));
	else
		memset(create->name, 'x', rnd(me) % (sizeof(create->name) + 1));
}

static void fill_retrieve(struct fuzzer *me, void *arg)
{
	struct liveupdate_ioctl_retrieve_session *retrieve = arg;

	sprintf((char *)retrieve->name, "crowd%u", (unsigned int)(rnd(me) % CROWD));
}

static void fill_event(struct fuzzer *me, void *arg)
{
	static const uint32_t events[] = {
		LIVEUPDATE_PREPARE, LIVEUPDATE_PREPARE, LIVEUPDATE_FREEZE, LIVEUPDATE_CANCEL,
		LIVEUPDATE_CANCEL, LIVEUPDATE_FINISH };
	struct liveupdate_ioctl_set_event *event = arg;

	event->event = one_in(me, 32) ? 4 + rnd(me) % 1000 : events[rnd(me) % 6];
	if (event->event == LIVEUPDATE_FINISH && !may_finish())
		event->event = LIVEUPDATE_CANCEL;
}

#define FILL_LIST(name, type, entry)					\
static void fill_##name(struct fuzzer *me, void *arg)			\
{									\
	struct type *list = arg;					\
									\
	list->entry_size = one_in(me, 16) ? rnd(me) % 300 : sizeof(struct entry);	\
	list->count = one_in(me, 16) ? rnd(me) : rnd(me) % 48;		\
	list->entries = buffer(me);					\
}
FILL_LIST(sessions, liveupdate_ioctl_list_sessions, liveupdate_session_info)
FILL_LIST(participants, liveupdate_ioctl_list_participants, liveupdate_participant_info)
FILL_LIST(report, liveupdate_ioctl_get_report, liveupdate_report_entry)

static uint64_t token(struct fuzzer *me)
{
	return one_in(me, 32) ? -rnd(me) % 3 : rnd(me) % TOKENS;
}

static void fill_preserve(struct fuzzer *me, void *arg)
{
	struct liveupdate_session_preserve_fd *preserve = arg;

	preserve->fd = get(me, one_in(me, 64) ? rnd(me) % KINDS : MEMFD);
	preserve->token = token(me);
}

static void fill_unpreserve(struct fuzzer *me, void *arg)
{
	((struct liveupdate_session_unpreserve_fd *)arg)->token = token(me);
}

static void fill_retrieve_fd(struct fuzzer *me, void *arg)
{
	((struct liveupdate_session_retrieve_fd *)arg)->token = token(me) % 3;
}

static void fill_list_fds(struct fuzzer *me, void *arg)
{
	struct liveupdate_session_list_fds *list = arg;

	list->count = one_in(me, 16) ? rnd(me) : rnd(me) % (2 * TOKENS);
	list->tokens = buffer(me);
}

/* Only those with INCOMING need what waits in a next kernel. */
static const struct call {
	unsigned int rare;	/* made once in so many times that it is its turn */
	const char *name;
	unsigned long cmd;
	uint32_t size;
	enum kind kind;
	enum kind makes;	/* KINDS: no descriptor */
	enum { ANY, INCOMING } where;
	void (*fill)(struct fuzzer *me, void *arg);
} calls[] = {
#define CALL(rare, cmd, type, kind, makes, where, fill) \
	{ rare, #cmd, LIVEUPDATE_##cmd, sizeof(struct liveupdate_##type), kind, makes, where, fill_##fill }
	CALL(1, SESSION_PRESERVE_FD, session_preserve_fd, SESSION, KINDS, ANY, preserve),
	CALL(2, SESSION_UNPRESERVE_FD, session_unpreserve_fd, SESSION, KINDS, ANY, unpreserve),
	CALL(2, SESSION_LIST_FDS, session_list_fds, SESSION, KINDS, ANY, list_fds),
	CALL(2, SESSION_GET_NAME, session_get_name, SESSION, KINDS, ANY, nothing),
	CALL(1, SESSION_RETRIEVE_FD, session_retrieve_fd, SESSION, TAKEN, INCOMING, retrieve_fd),
	CALL(32, SESSION_FINISH, session_finish, SESSION, KINDS, INCOMING, nothing),
	CALL(8, IOCTL_GET_STATE, ioctl_get_state, READER, KINDS, ANY, nothing),
	CALL(8, IOCTL_LIST_SESSIONS, ioctl_list_sessions, READER, KINDS, ANY, sessions),
	CALL(8, IOCTL_LIST_PARTICIPANTS, ioctl_list_participants, READER, KINDS, ANY, participants),
	CALL(8, IOCTL_GET_REPORT, ioctl_get_report, READER, KINDS, ANY, report),
	CALL(3, IOCTL_SET_EVENT, ioctl_set_event, WRITER, KINDS, ANY, event),
	CALL(1, IOCTL_CREATE_SESSION, ioctl_create_session, WRITER, SESSION, ANY, create),
	CALL(1, IOCTL_RETRIEVE_SESSION, ioctl_retrieve_session, WRITER, SESSION, INCOMING, retrieve),
};
#define CALLS	(int)(sizeof(calls) / sizeof(calls[0]))

static uint32_t bad_size(struct fuzzer *me, uint32_t size)
{
	switch (rnd(me) % 6) {
	case 0: return 0;
	case 1: return rnd(me) % size;
	case 2: return size + 8 * (rnd(me) % 16);
	case 3: return size + rnd(me) % REGION;
	case 4: return 0xffffffffU - rnd(me) % 16;
	}
	return rnd(me);
}

/* mangle: makes a good argument in @at a bad one; returns where it is now. */
static char *mangle(struct fuzzer *me, char *at, uint32_t size, unsigned long *cmd)
{
	uint32_t cut;

	switch (rnd(me) % 6) {
	case 0:
		*(uint32_t *)at = bad_size(me, size);
		return at;
	case 1:
		at[rnd(me) % size] ^= 1 << rnd(me) % 8;
		return at;
	case 2:
		return bad_pointer(me);
	case 3:
		return me->readonly;
	case 4:
		*cmd = one_in(me, 2) ? _IO(LIVEUPDATE_IOCTL_TYPE, rnd(me) % 256) :
				       *cmd ^ 1UL << rnd(me) % 32;
		return at;
	}
	/* Up to the last byte that can be read, or some bytes too far */
	cut = one_in(me, 2) ? 0 : rnd(me) % size;
	memmove(me->region + REGION - size + cut, at, size - cut);
	return me->region + REGION - size + cut;
}

#endif
