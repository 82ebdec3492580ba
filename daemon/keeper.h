/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that takes back all sessions after a jump, and keeps them: a session that
 * was taken back is finished, and what is in it gone, when the last descriptor is
 * closed, and luod, or a client, may die. It does nothing else and needs no more than
 * its memory; another luod finds it by its process id and borrows from it.
 */
#ifndef LUOD_KEEPER_H
#define LUOD_KEEPER_H

#include <json-c/json.h>
#include <sys/types.h>

/*
 * Starts one that takes back our own session, writes what was in it to @path, and takes
 * back the sessions that are named there. *ready is a pipe that has one byte when it
 * has done so, or nothing if there was no session of ours.
 */
pid_t keeper_start(const char *path, int *ready);

/* Whether @process is a keeper. */
int keeper_check(pid_t process);

/*
 * A descriptor of the session @name, which has the place @index among those that came
 * over; or why the kernel did not give it.
 */
int keeper_borrow(pid_t keeper, unsigned int index, const char *name);

void keeper_stop(pid_t keeper);

#endif /* LUOD_KEEPER_H */
