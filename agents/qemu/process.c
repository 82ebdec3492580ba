// SPDX-License-Identifier: GPL-2.0-or-later
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qmp.h"
#include "run_dir.h"

/* Numbers in QEMU; what else it inherits is what the agent got. */
#define MEMORY_FD	60
#define MONITOR_FD	61
#define TEXT_OF(number)	#number
#define NUMBER(macro)	TEXT_OF(macro)
#define EXTRA_ARGUMENTS	16
#define START_MS	60000

int process_make_memory(struct guest *guest)
{
	guest->memory = memfd_create(guest->name, MFD_CLOEXEC);
	if (guest->memory < 0 || ftruncate(guest->memory, (off_t)guest->memory_size))
		return -errno;
	return 0;
}

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

/* What was asked for, and then what makes it ours. */
static const char **make_arguments(const struct guest *guest, bool incoming, char *memory,
				   size_t size, char *object, size_t object_size)
{
	const char *const ours[] = {
		"-machine", "memory-backend=luo-memory", "-m", memory, "-object", object,
		"-chardev", "socket,id=luo-monitor,fd=" NUMBER(MONITOR_FD) ",server=on,wait=off",
		"-mon", "chardev=luo-monitor,mode=control",
	};
	size_t count = 0;
	size_t n = 0;
	const char **argv;

	while (guest->argv[count])
		count++;
	argv = calloc(count + sizeof(ours) / sizeof(ours[0]) + EXTRA_ARGUMENTS, sizeof(*argv));
	if (!argv)
		return NULL;
	snprintf(memory, size, "%juB", (uintmax_t)guest->memory_size);
	snprintf(object, object_size,
		 "memory-backend-file,id=luo-memory,size=%ju,mem-path=/proc/self/fd/%d,share=on",
		 (uintmax_t)guest->memory_size, MEMORY_FD);
	for (; n < count; n++)
		argv[n] = guest->argv[n];
	memcpy(argv + n, ours, sizeof(ours));
	n += sizeof(ours) / sizeof(ours[0]);
	if (incoming) {
		argv[n++] = "-incoming";
		argv[n++] = "defer";
		/* Goes on when the agent says so, and not before. */
		argv[n++] = "-S";
	}
	return argv;
}

static void run_qemu(const struct guest *guest, const char **argv, int monitor)
{
	sigset_t none;
	/* Above those they are to have, so that none is in another's way. */
	int memory = fcntl(guest->memory, F_DUPFD, MONITOR_FD + 1);
	int socket = fcntl(monitor, F_DUPFD, MONITOR_FD + 1);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	if (memory < 0 || socket < 0 || dup2(memory, MEMORY_FD) < 0 ||
	    dup2(socket, MONITOR_FD) < 0 || close_range(MONITOR_FD + 1, ~0U, 0) ||
	    chdir(guest->directory))
		_exit(126);
	execvp(argv[0], (char *const *)argv);
	guest_fail(-errno, "%s: %s", argv[0], strerror(errno));
	_exit(127);
}

/* When a process with this id was started, which tells it from a later one. */
static uint64_t start_time_of(pid_t pid)
{
	char path[64], text[1024] = "";
	unsigned long long time = 0;
	const char *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(text, sizeof(text), f))
		*text = '\0';
	fclose(f);
	/* The name, in parentheses, may have anything in it. */
	p = strrchr(text, ')');
	if (p)
		sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
		       "%*d %*d %*d %llu", &time);
	return time;
}

static int connect_monitor(struct guest *guest)
{
	int ret = qmp_open(guest, START_MS);

	if (!ret)
		return 0;
	/* What it had to say about its arguments it has said on stderr. */
	return process_has_ended(guest, NULL) ? -ECHILD : ret;
}

int process_start(struct guest *guest, bool incoming)
{
	char memory[32], object[160];
	const char **argv = make_arguments(guest, incoming, memory, sizeof(memory), object,
				     sizeof(object));
	int monitor, ret;

	if (!argv)
		return -ENOMEM;
	monitor = listen_for_monitor(guest);
	if (monitor < 0) {
		free(argv);
		return monitor;
	}
	fflush(NULL);
	guest->pid = fork();
	if (guest->pid == 0)
		run_qemu(guest, argv, monitor);
	ret = guest->pid < 0 ? -errno : 0;
	free(argv);
	close(monitor);
	if (ret)
		return ret;
	guest->memory_number = MEMORY_FD;
	guest->start_time = start_time_of(guest->pid);
	guest->pidfd = (int)syscall(SYS_pidfd_open, guest->pid, 0);
	ret = guest->pidfd < 0 ? -errno : run_dir_save(guest);
	return ret ? ret : connect_monitor(guest);
}

int process_adopt(struct guest *guest)
{
	int ret;

	guest->pidfd = guest->pid > 1 ? (int)syscall(SYS_pidfd_open, guest->pid, 0) : -1;
	if (guest->pidfd < 0)
		return -ESRCH;
	if (start_time_of(guest->pid) != guest->start_time || process_has_ended(guest, NULL))
		return -ESRCH;
	guest->memory = (int)syscall(SYS_pidfd_getfd, guest->pidfd, guest->memory_number, 0);
	if (guest->memory < 0)
		return -errno;
	ret = qmp_open(guest, START_MS);
	return ret;
}

bool process_has_ended(struct guest *guest, int *status)
{
	struct pollfd end = { .fd = guest->pidfd, .events = POLLIN };
	int how = 0;

	if (status)
		*status = 0;
	if (guest->pidfd < 0 || poll(&end, 1, 0) <= 0)
		return guest->pidfd < 0;
	if (waitpid(guest->pid, &how, 0) == guest->pid && status)
		*status = how;
	return true;
}

void process_kill(struct guest *guest)
{
	struct pollfd end = { .fd = guest->pidfd, .events = POLLIN };

	if (guest->pidfd >= 0) {
		syscall(SYS_pidfd_send_signal, guest->pidfd, SIGKILL, NULL, 0);
		poll(&end, 1, START_MS);
		waitpid(guest->pid, NULL, WNOHANG);
		close(guest->pidfd);
	}
	guest->pidfd = -1;
	wire_close(&guest->qmp);
}
