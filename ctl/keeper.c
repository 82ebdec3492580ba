// SPDX-License-Identifier: GPL-2.0-or-later
#include "keeper.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "copy.h"
#include "libluo.h"
#include "sys.h"

/* Where a keeper has its session, so that keeper_find() knows what to ask for. */
#define SESSION_FD 3
#define READY_FD 4

/* A keeper is tiny, and what it keeps is all there is. */
static void spare_from_oom(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	write_all(fd, "-1000", 5);
	close(fd);
}

void keeper_stay(const char *process_name)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_NAME, process_name);
	spare_from_oom();
	for (;;)
		pause();
}

/* Leaves the session, the way to say ready, and nothing else open. */
static int move_descriptors(int session, int ready)
{
	int null;

	session = fcntl(session, F_DUPFD, READY_FD + 1);
	ready = fcntl(ready, F_DUPFD, READY_FD + 1);
	if (session < 0 || ready < 0 || dup2(session, SESSION_FD) < 0 || dup2(ready, READY_FD) < 0)
		return -errno;
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		return -errno;
	return close_range(READY_FD + 1, ~0U, 0) ? -errno : 0;
}

static void run_keeper(int session, int ready, const char *process_name)
{
	setsid();
	if (chdir("/") || move_descriptors(session, ready))
		_exit(1);
	/* Named before it says so: then keeper_find() cannot miss it. */
	prctl(PR_SET_NAME, process_name);
	if (write(READY_FD, "r", 1) != 1)
		_exit(1);
	close(READY_FD);
	keeper_stay(process_name);
}

pid_t keeper_start(int session, const char *process_name)
{
	int ready[2];
	pid_t keeper;
	ssize_t n;
	char c;

	if (pipe2(ready, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	keeper = fork();
	if (keeper == 0)
		run_keeper(session, ready[1], process_name);
	if (keeper < 0)
		keeper = -errno;
	close(ready[1]);

	do {
		n = read(ready[0], &c, 1);
	} while (n < 0 && errno == EINTR);
	close(ready[0]);
	if (keeper > 0 && n != 1)
		return -ECHILD;
	return keeper;
}

static int is_keeper(const char *process)
{
	char path[64];
	char name[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", process);
	if (stat(path, &st) || st.st_uid != geteuid())
		return 0;
	return !luo_sys_read_text(path, name, sizeof(name)) && !strcmp(name, KEEPER_INCOMING);
}

static int borrow_session(pid_t keeper, const char *session_name)
{
	char name[LUO_NAME_SIZE];
	int session;
	int pidfd;

	pidfd = (int)syscall(SYS_pidfd_open, keeper, 0);
	if (pidfd < 0)
		return -errno;
	session = (int)syscall(SYS_pidfd_getfd, pidfd, SESSION_FD, 0);
	close(pidfd);
	if (session < 0)
		return -errno;
	if (!luo_session_get_name(session, name) && !strcmp(name, session_name))
		return session;
	close(session);
	return -ENOENT;
}

int keeper_find(const char *session_name, pid_t *keeper)
{
	struct dirent *entry;
	int session = -ENOENT;
	DIR *dir;

	dir = opendir("/proc");
	if (!dir)
		return -errno;
	while (session < 0 && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]) || !is_keeper(entry->d_name))
			continue;
		*keeper = (pid_t)strtol(entry->d_name, NULL, 10);
		session = borrow_session(*keeper, session_name);
	}
	closedir(dir);
	return session < 0 ? -ENOENT : session;
}
