// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What luod ends with where it cannot run it, as the shell does. */
#define CANNOT_RUN 126

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(CANNOT_RUN);
}

/* luod is the last that the kernel would kill for want of memory; a hook is like others. */
static void be_killable(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "0", 1) != 1)
		say("stays unkillable for want of memory\n");
	close(fd);
}

/* A thread of luod may hold any lock: nothing is called here that takes one. */
static void __attribute__((noreturn)) become(const char *path, char **env, pid_t luod, int null,
					     int output)
{
	char *argv[] = { (char *)path, NULL };
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != luod)
		_exit(CANNOT_RUN);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(null, 0) == 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2 &&
	    !close_range(3, ~0U, 0) && !chdir("/")) {
		be_killable();
		execve(path, argv, env);
	}
	say("cannot be run: ");
	say(strerrordesc_np(errno));
	say("\n");
	_exit(CANNOT_RUN);
}

/*
 * Until the child has let go of what luod has open: the device, for one, is to be had by
 * the next update as soon as luod has closed it.
 */
static void await_child(int held)
{
	char byte;

	while (read(held, &byte, 1) < 0 && errno == EINTR)
		;
}

/* @held is a pipe, of which the child has an end for as long as all the rest. */
static pid_t fork_child(const char *path, char **env, int output, int held[2])
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t luod = getpid();
	pid_t child;

	child = null < 0 ? -1 : fork();
	if (child == 0)
		become(path, env, luod, null, output);
	if (child < 0)
		child = -errno;
	else
		/* Whoever of both comes first. */
		setpgid(child, child);
	if (null >= 0)
		close(null);
	close(held[1]);
	if (child > 0)
		await_child(held[0]);
	close(held[0]);
	return child;
}

pid_t hook_child_start(const char *path, char **env, int *output)
{
	int said[2], held[2];
	pid_t child;

	if (pipe2(said, O_CLOEXEC))
		return -errno;
	child = pipe2(held, O_CLOEXEC) ? -errno : fork_child(path, env, said[1], held);
	close(said[1]);
	if (child < 0) {
		close(said[0]);
		return child;
	}
	fcntl(said[0], F_SETFL, O_NONBLOCK);
	*output = said[0];
	return child;
}

void hook_child_kill(pid_t child, int signal)
{
	kill(-child, signal);
}
