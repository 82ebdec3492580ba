// SPDX-License-Identifier: GPL-2.0-or-later
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qmp.h"
#include "run_dir.h"
#include "spawn.h"

/* A machine that has just jumped is busy with many at once. */
#define START_MS	60000
#define END_MS		1000

/*
 * Huge pages are all taken at once: one that was missing later would be the guest's death,
 * and the next kernel, which gets them back, might have none for those that were not.
 */
int process_make_memory(struct guest *guest)
{
	unsigned int flags = MFD_CLOEXEC;

	if (guest->huge_page_size)
		flags |= MFD_HUGETLB |
			 (unsigned int)__builtin_ctzll(guest->huge_page_size) << MFD_HUGE_SHIFT;
	guest->memory = memfd_create(guest->name, flags);
	if (guest->memory < 0 || ftruncate(guest->memory, (off_t)guest->memory_size) ||
	    (guest->huge_page_size && fallocate(guest->memory, 0, 0, (off_t)guest->memory_size)))
		return -errno;
	return 0;
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

static void forget(struct guest *guest)
{
	if (guest->pidfd >= 0)
		close(guest->pidfd);
	guest->pidfd = -1;
	wire_close(&guest->qmp);
}

static int write_down_and_go(struct guest *guest, int gate)
{
	int ret;

	guest->memory_number = SPAWN_MEMORY_FD;
	guest->start_time = start_time_of(guest->pid);
	guest->pidfd = (int)syscall(SYS_pidfd_open, guest->pid, 0);
	ret = guest->pidfd < 0 ? -errno : run_dir_save(guest);
	if (!ret)
		return spawn_go(gate);
	close(gate);
	return ret;
}

int process_start(struct guest *guest, bool incoming)
{
	struct pollfd end = { .events = POLLIN };
	int gate = spawn_qemu(guest, incoming);
	int ret;

	if (gate < 0)
		return gate;
	ret = write_down_and_go(guest, gate);
	if (!ret)
		ret = qmp_open(guest, START_MS);
	end.fd = guest->pidfd;
	if (!ret)
		return 0;
	/* It hangs up a little before it is gone. */
	poll(&end, 1, END_MS);
	if (!process_has_ended(guest, NULL))
		return ret;
	forget(guest);
	return -ECHILD;
}

int process_adopt(struct guest *guest)
{
	guest->pidfd = guest->pid > 1 ? (int)syscall(SYS_pidfd_open, guest->pid, 0) : -1;
	if (guest->pidfd < 0)
		return -ESRCH;
	/* It has been the same process all the time, or this was not it. */
	if (start_time_of(guest->pid) != guest->start_time || process_has_ended(guest, NULL)) {
		forget(guest);
		return -ESRCH;
	}
	guest->memory = (int)syscall(SYS_pidfd_getfd, guest->pidfd, guest->memory_number, 0);
	if (guest->memory < 0)
		return -errno;
	return qmp_open(guest, START_MS);
}

bool process_has_ended(struct guest *guest, int *status)
{
	struct pollfd end = { .fd = guest->pidfd, .events = POLLIN };
	int how = 0;

	if (status)
		*status = 0;
	if (guest->pidfd < 0)
		return true;
	if (poll(&end, 1, 0) <= 0)
		return false;
	if (waitpid(guest->pid, &how, 0) == guest->pid && status)
		*status = how;
	return true;
}

void process_kill(struct guest *guest)
{
	struct pollfd end = { .fd = guest->pidfd, .events = POLLIN };

	if (guest->pidfd >= 0) {
		syscall(SYS_pidfd_send_signal, guest->pidfd, SIGKILL, NULL, 0);
		while (poll(&end, 1, -1) < 0 && errno == EINTR)
			;
		waitpid(guest->pid, NULL, 0);
	}
	forget(guest);
}
