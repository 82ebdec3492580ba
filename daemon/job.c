// SPDX-License-Identifier: GPL-2.0-or-later
#include "job.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "luod.h"

static void *run_job(void *data)
{
	struct job *job = data;
	uint64_t one = 1;

	job->ret = job->run(job->data);
	/* Cannot fail: the counter is read before there is a next job. */
	while (write(job->done_fd, &one, sizeof(one)) != sizeof(one))
		;
	return NULL;
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct luod *luod = data;
	struct job *job = &luod->job;
	uint64_t count;

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		return 0;
	pthread_join(job->thread, NULL);
	job->running = false;
	job->done(luod, job->ret);
	return 0;
}

int job_set_up(struct luod *luod)
{
	struct job *job = &luod->job;
	int ret;

	job->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (job->done_fd < 0)
		return -errno;
	ret = sd_event_add_io(luod->event, NULL, job->done_fd, EPOLLIN, on_done, luod);
	return ret < 0 ? ret : 0;
}

int job_start(struct luod *luod, job_run_fn run, void *data, job_done_fn done)
{
	struct job *job = &luod->job;
	sigset_t all, old;
	int ret;

	if (job->running)
		return -EBUSY;
	job->run = run;
	job->data = data;
	job->done = done;
	/* Signals are for the event loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = -pthread_create(&job->thread, NULL, run_job, job);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	job->running = !ret;
	return ret;
}
