// SPDX-License-Identifier: GPL-2.0-or-later
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "blob.h"
#include "file.h"
#include "handoff.h"
#include "libluo.h"
#include "log.h"
#include "luod.h"
#include "request.h"

#define KEEPER_NAME	"luod-keeper"
/* Session N of the list is descriptor FIRST_SESSION + N. */
#define FIRST_SESSION	64
#define READY_FD	3
#define HANDOFF_TOKEN	0
#define OPEN_TRIES	2000

/* Somebody else may have the device for a moment. */
static int open_device(struct luo **device)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	int ret = 0;

	for (int i = 0; i < OPEN_TRIES; i++) {
		ret = luo_open(device, NULL, LUO_OPEN_WRITE);
		if (ret != -EBUSY)
			break;
		nanosleep(&pause, NULL);
	}
	return ret;
}

static int read_handoff(int session, struct json_object **handoff)
{
	int fd = luo_session_retrieve_fd(session, HANDOFF_TOKEN);
	int ret;

	if (fd < 0)
		return fd;
	ret = blob_read(fd, handoff);
	close(fd);
	if (!ret)
		ret = handoff_check(*handoff);
	return ret;
}

/* Why one is missing is told by what is in its place: nothing. */
static void take_sessions(struct luo *device, struct json_object *handoff)
{
	struct json_object *list = json_object_object_get(handoff, "clients");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *client = json_object_array_get_idx(list, i);
		int session = luo_session_retrieve(device, get_text(client, "name"));

		if (session < 0) {
			log_error("%s: its session did not come over: %s", get_text(client, "name"),
				  strerror(-session));
			add_number(client, "error", session);
			continue;
		}
		if (session != FIRST_SESSION + (int)i) {
			if (dup2(session, FIRST_SESSION + (int)i) < 0)
				add_number(client, "error", -errno);
			close(session);
		}
	}
}

/* On a kernel without a list of sessions, those left behind are only known by name. */
static void discard_left(struct luo *device, struct json_object *handoff)
{
	struct json_object *list;

	if (luo_has_states(device) || !json_object_object_get_ex(handoff, "left", &list) ||
	    !json_object_is_type(list, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(list, i));
		int session = name ? luo_session_retrieve(device, name) : -1;

		if (session >= 0)
			close(session);
	}
}

/*
 * That nothing of luod's came over is found without keeping anybody from the device: at this
 * time of a boot systemd may want it, which does not try twice. Where nobody can look, true.
 */
static bool may_be_there(void)
{
	struct luo_session_info *list = NULL;
	struct luo_status status;
	struct luo *device;
	bool found = false;
	size_t count = 0;
	int ret;

	/* A stock kernel's device is for one at a time, however it is opened. */
	if (luo_get_status(NULL, &status) || luo_open(&device, NULL, 0))
		return true;
	ret = luo_list_sessions(device, &list, &count);
	luo_close(device);
	for (size_t i = 0; !ret && i < count; i++)
		found |= list[i].flags & LUO_SESSION_INCOMING && !strcmp(list[i].name, LUOD_SESSION);
	free(list);
	return ret || found;
}

static int take_all(const char *path)
{
	struct json_object *handoff = NULL;
	struct luo *device;
	int session;
	int ret;

	ret = may_be_there() ? open_device(&device) : -ENOENT;
	if (ret)
		return ret;
	session = luo_session_retrieve(device, LUOD_SESSION);
	if (session < 0) {
		luo_close(device);
		return session;
	}
	ret = read_handoff(session, &handoff);
	if (!ret) {
		take_sessions(device, handoff);
		discard_left(device, handoff);
		add_number(handoff, "keeper", getpid());
		ret = file_write(path, handoff);
	}
	/* From here on the file has what there is to know. */
	if (!ret)
		luo_session_finish(session);
	json_object_put(handoff);
	close(session);
	luo_close(device);
	return ret;
}

static void spare_from_oom(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "-1000", 5) != 5)
		log_warning("the keeper may be killed when memory is short");
	close(fd);
}

/* The keeper of a luod that has died since has our session, and is about to write. */
static int wait_for_other(const char *path)
{
	const struct timespec pause = { .tv_nsec = 5000000 };

	for (int i = 0; i < OPEN_TRIES; i++) {
		if (!access(path, F_OK))
			return 0;
		nanosleep(&pause, NULL);
	}
	return -EINVAL;
}

/* Its own session and group: nothing that is meant for luod is meant for it. */
static void run_keeper(const char *path, int ready)
{
	const struct rlimit files = {
		.rlim_cur = FIRST_SESSION + CONNECTIONS_MAX + 64,
		.rlim_max = FIRST_SESSION + CONNECTIONS_MAX + 64,
	};
	sigset_t none;
	bool other;
	char said;
	int ret;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_IGN);
	setsid();
	prctl(PR_SET_NAME, KEEPER_NAME);
	/* A luod that did not start it may borrow from it, too; nobody but root is let. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	spare_from_oom();
	setrlimit(RLIMIT_NOFILE, &files);
	if (dup2(ready, READY_FD) < 0 || close_range(READY_FD + 1, ~0U, 0))
		_exit(1);
	ret = take_all(path);
	if (ret == -ENOENT)
		_exit(0);
	other = ret == -EINVAL;
	if (other)
		ret = wait_for_other(path);
	said = (char)-ret;
	if (write(READY_FD, &said, 1) != 1 && ret)
		_exit(1);
	close(READY_FD);
	if (ret || other)
		_exit(ret ? 1 : 0);
	for (;;)
		pause();
}

pid_t keeper_start(const char *path, int *ready)
{
	int ends[2];
	pid_t keeper;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	fflush(NULL);
	keeper = fork();
	if (keeper == 0)
		run_keeper(path, ends[1]);
	if (keeper < 0)
		keeper = -errno;
	close(ends[1]);
	if (keeper < 0)
		close(ends[0]);
	else
		*ready = ends[0];
	return keeper;
}

int keeper_check(pid_t process)
{
	char path[64];
	char name[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", process);
	f = process > 1 ? fopen(path, "re") : NULL;
	if (!f)
		return -ESRCH;
	if (!fgets(name, sizeof(name), f))
		*name = '\0';
	fclose(f);
	return strcmp(name, KEEPER_NAME "\n") ? -ESRCH : 0;
}

int keeper_borrow(pid_t keeper, unsigned int index, const char *name)
{
	char its_name[LUO_NAME_SIZE];
	int pidfd, session, ret;

	ret = keeper_check(keeper);
	if (ret)
		return ret;
	pidfd = (int)syscall(SYS_pidfd_open, keeper, 0);
	if (pidfd < 0)
		return -errno;
	session = (int)syscall(SYS_pidfd_getfd, pidfd, FIRST_SESSION + (int)index, 0);
	ret = session < 0 ? -errno : 0;
	close(pidfd);
	if (ret)
		return ret == -EBADF ? -ENOENT : ret;
	/* A process id may have been taken by another one. */
	ret = luo_session_get_name(session, its_name);
	if (ret || strcmp(its_name, name)) {
		close(session);
		return -ENOENT;
	}
	return session;
}

void keeper_stop(pid_t keeper)
{
	if (keeper > 1 && !keeper_check(keeper))
		kill(keeper, SIGTERM);
}
