// SPDX-License-Identifier: GPL-2.0-or-later
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "arguments.h"
#include "run_dir.h"

/* What else QEMU inherits are the agent's first three. */
#define MONITOR_FD	61

/* QEMU answers as soon as it can, and whoever connects before that waits. */
static int listen_for_monitor(const struct guest *guest)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	run_path(guest, "qmp.sock", address.sun_path, sizeof(address.sun_path));
	unlink(address.sun_path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 4)) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

/* Also of a parent that has blocked some, or ignores them. */
static void reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void be_qemu(const struct guest *guest, const char **argv, int monitor, int gate)
{
	/* Above those they are to have, so that none is in another's way. */
	int memory = fcntl(guest->memory, F_DUPFD, MONITOR_FD + 1);
	int socket = fcntl(monitor, F_DUPFD, MONITOR_FD + 1);
	int go = fcntl(gate, F_DUPFD, MONITOR_FD + 1);
	char c;

	setsid();
	reset_signals();
	if (memory < 0 || socket < 0 || go < 0 || dup2(memory, SPAWN_MEMORY_FD) < 0 ||
	    dup2(socket, MONITOR_FD) < 0 || chdir(guest->directory)) {
		guest_fail(0, "%s: %s: %s", guest->name, guest->directory, strerror(errno));
		_exit(126);
	}
	/* The agent's own, in particular its lock, are not to be open while this waits. */
	close_range(3, SPAWN_MEMORY_FD - 1, 0);
	close_range((unsigned int)go + 1, ~0U, 0);
	if (read(go, &c, 1) != 1)
		_exit(126);
	close_range(MONITOR_FD + 1, ~0U, 0);
	execvp(argv[0], (char *const *)argv);
	guest_fail(0, "%s: %s: %s", guest->name, argv[0], strerror(errno));
	_exit(127);
}

static int fork_qemu(struct guest *guest, const char **argv, int monitor)
{
	int ends[2];
	int ret = 0;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	guest->pid = fork();
	if (guest->pid == 0) {
		close(ends[1]);
		be_qemu(guest, argv, monitor, ends[0]);
	}
	if (guest->pid < 0)
		ret = -errno;
	close(ends[0]);
	if (!ret)
		return ends[1];
	close(ends[1]);
	return ret;
}

int spawn_qemu(struct guest *guest, bool incoming)
{
	const char **argv = arguments_build(guest, incoming, SPAWN_MEMORY_FD, MONITOR_FD);
	int monitor, ret;

	if (!argv)
		return -ENOMEM;
	monitor = listen_for_monitor(guest);
	if (monitor < 0) {
		free(argv);
		return monitor;
	}
	ret = fork_qemu(guest, argv, monitor);
	close(monitor);
	free(argv);
	return ret;
}

int spawn_go(int gate)
{
	int ret = write(gate, "", 1) == 1 ? 0 : -EPIPE;

	close(gate);
	return ret;
}
