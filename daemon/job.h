/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call that may take long, in a thread of its own, so that luod hears and answers
 * everybody meanwhile. One at a time. The thread touches nothing but its data, which
 * nobody else does until it is done.
 */
#ifndef LUOD_JOB_H
#define LUOD_JOB_H

#include <pthread.h>
#include <stdbool.h>

struct luod;

typedef int (*job_run_fn)(void *data);
/* In the event loop, with what the other one returned. */
typedef void (*job_done_fn)(struct luod *luod, int ret);

struct job {
	pthread_t thread;
	bool running;
	int done_fd;
	job_run_fn run;
	void *data;
	job_done_fn done;
	int ret;
};

int job_set_up(struct luod *luod);
int job_start(struct luod *luod, job_run_fn run, void *data, job_done_fn done);

#endif /* LUOD_JOB_H */
