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
#include <sys/wait.h>
#include <unistd.h>

#include "copy.h"
#include "libluo.h"
#include "luoctl.h"
#include "sys.h"

/* Where a keeper has its sessions, so that keeper_borrow() knows what to ask for. */
#define FILES_FD 3
#define INDEX_FD 4
#define READY_FD 5
#define FD_COUNT 6

struct keeper {
	const char *process_name;
	/* NULL for one that is given all it is to hold. */
	keeper_take_fn take;
	void *data;
	/* What this one has it need not have any longer; 0 for none. */
	pid_t previous;
};

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

/* Leaves the sessions, the way to say ready, and nothing else open. */
static int move_descriptors(const struct pair *pair, int null, int ready)
{
	const int from[FD_COUNT] = { null, null, null, pair->files, pair->index, ready };
	int above[FD_COUNT];

	for (int i = 0; i < FD_COUNT; i++) {
		above[i] = fcntl(from[i] < 0 ? null : from[i], F_DUPFD, FD_COUNT);
		if (above[i] < 0)
			return -errno;
	}
	for (int i = 0; i < FD_COUNT; i++) {
		if (dup2(above[i], i) < 0)
			return -errno;
	}
	return close_range(FD_COUNT, ~0U, 0) ? -errno : 0;
}

static void run_keeper(const struct keeper *k, struct pair pair, int ready)
{
	int null = open("/dev/null", O_RDWR);
	int code = CODE_DONE;
	char said;

	/* What it takes back it keeps, also if nobody is left to be told. */
	signal(SIGPIPE, SIG_IGN);
	setsid();
	spare_from_oom();
	if (null < 0 || chdir("/"))
		_exit(CODE_DONE);
	if (k->take)
		code = k->take(&pair, k->data);
	if (pair.index < 0 || move_descriptors(&pair, null, ready))
		_exit(code);
	/* Named before it says so: then keeper_find() cannot miss it. */
	prctl(PR_SET_NAME, k->process_name);
	if (k->previous)
		kill(k->previous, SIGTERM);
	said = (char)code;
	if (write(READY_FD, &said, 1) != 1 && !k->take)
		_exit(CODE_DONE);
	close(READY_FD);
	keeper_stay(k->process_name);
}

/* For a keeper that did not stay *code is what it ended with, 0 without a message. */
static pid_t start(const struct keeper *k, const struct pair *pair, int *code)
{
	int ready[2];
	pid_t keeper;
	int status;
	ssize_t n;
	char c = 0;

	*code = CODE_DONE;
	if (pipe2(ready, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	keeper = fork();
	if (keeper == 0)
		run_keeper(k, *pair, ready[1]);
	if (keeper < 0)
		keeper = -errno;
	close(ready[1]);

	do {
		n = read(ready[0], &c, 1);
	} while (n < 0 && errno == EINTR);
	close(ready[0]);
	if (n == 1)
		*code = c;
	if (keeper < 0 || n == 1)
		return keeper;
	if (waitpid(keeper, &status, 0) == keeper && WIFEXITED(status))
		*code = WEXITSTATUS(status);
	return -ECHILD;
}

pid_t keeper_start(const struct pair *pair, const char *process_name)
{
	const struct keeper k = { .process_name = process_name };
	int code;

	return start(&k, pair, &code);
}

int keeper_take(const struct pair *pair, keeper_take_fn take, void *data, pid_t *keeper)
{
	const struct keeper k = {
		.process_name = KEEPER_INCOMING,
		.take = take,
		.data = data,
		.previous = *keeper,
	};
	pid_t process;
	int code;

	process = start(&k, pair, &code);
	if (process > 0)
		*keeper = process;
	else if (process == -ECHILD && !code)
		code = fail(CODE_FAILED, "the process that was to keep the sessions was killed.");
	else if (!code)
		code = fail(CODE_FAILED, "no process to keep the sessions: %s", strerror(-process));
	return code;
}

static bool is_keeper(const char *process)
{
	char path[64];
	char name[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", process);
	if (stat(path, &st) || st.st_uid != geteuid())
		return false;
	return !luo_sys_read_text(path, name, sizeof(name)) && !strcmp(name, KEEPER_INCOMING);
}

static int borrow_session(int pidfd, int fd, const char *name)
{
	char its_name[LUO_NAME_SIZE];
	int session;

	session = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (session < 0)
		return -errno;
	if (!luo_session_get_name(session, its_name) && !strcmp(its_name, name))
		return session;
	close(session);
	return -ENOENT;
}

int keeper_borrow(pid_t keeper, const char *name, const char *index_name, struct pair *pair)
{
	int pidfd = (int)syscall(SYS_pidfd_open, keeper, 0);
	int ret;

	if (pidfd < 0)
		return -errno;
	ret = borrow_session(pidfd, INDEX_FD, index_name);
	if (ret >= 0) {
		pair_close(pair);
		pair->index = ret;
		/* It may have no more than the index. */
		pair->files = borrow_session(pidfd, FILES_FD, name);
	}
	close(pidfd);
	return ret < 0 ? ret : 0;
}

int keeper_find(const char *name, const char *index_name, struct pair *pair, pid_t *keeper)
{
	struct dirent *entry;
	DIR *dir;

	*pair = (struct pair)PAIR_NONE;
	dir = opendir("/proc");
	if (!dir)
		return -errno;
	while (pair->files < 0 && (entry = readdir(dir))) {
		pid_t process;

		if (!isdigit((unsigned char)entry->d_name[0]) || !is_keeper(entry->d_name))
			continue;
		process = (pid_t)strtol(entry->d_name, NULL, 10);
		if (!keeper_borrow(process, name, index_name, pair))
			*keeper = process;
	}
	closedir(dir);
	return pair->index < 0 ? -ENOENT : 0;
}
