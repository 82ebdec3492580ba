// SPDX-License-Identifier: GPL-2.0-or-later
#include "preserve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blob.h"
#include "description.h"
#include "inventory.h"
#include "libluo.h"
#include "migrate.h"
#include "qmp.h"
#include "sys.h"

#define REASON_MAX 512

static char *printed(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *printed(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return text;
}

/* States in which a guest may stop, and be in again afterwards. */
static int check_status(struct guest *guest, char **why)
{
	static const char *const good[] = {
		"running", "paused", "prelaunch", "shutdown", "io-error", "internal-error",
		"guest-panicked", "watchdog",
	};
	char *status = qmp_status(guest);
	int ret = -EBUSY;

	if (!status)
		return -ECONNRESET;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!strcmp(status, good[i]))
			ret = 0;
	}
	/* QEMU saves a state once; as long as the guest has not run it is good for more. */
	if (!strcmp(status, "postmigrate") && guest->saved)
		ret = 0;
	else if (!strcmp(status, "postmigrate"))
		*why = printed("it has been paused since an update that was called off; "
			       "let it go on for once ('cont')");
	else if (ret)
		*why = printed("it cannot be stopped while it is '%s'", status);
	free(status);
	return ret;
}

/* Both are written later, when the kernel no longer lets them grow. */
static int make_files(struct guest *guest)
{
	guest->description = blob_create("luo-qemu-description", DESCRIPTION_SIZE);
	if (guest->description < 0)
		return guest->description;
	if (guest->state >= 0)
		return 0;
	guest->state = memfd_create("luo-qemu-state", MFD_CLOEXEC);
	if (guest->state < 0 || ftruncate(guest->state, (off_t)guest->state_size))
		return -errno;
	return 0;
}

static int keep(const struct guest *guest, int fd, enum token token, const char *what, char **why)
{
	int ret = luo_session_preserve_fd(guest->session, fd, token);

	if (ret < 0)
		*why = printed("its %s cannot be preserved: %s", what, strerror(-ret));
	return ret < 0 ? ret : 0;
}

static int preserve_all(const struct guest *guest, char **why)
{
	int ret = keep(guest, guest->description, TOKEN_DESCRIPTION, "description", why);

	if (!ret)
		ret = keep(guest, guest->state, TOKEN_STATE, "device state", why);
	if (!ret)
		ret = keep(guest, guest->memory, TOKEN_MEMORY, "memory", why);
	if (!ret)
		ret = inventory_sync(guest, guest->disks, why);
	return ret;
}

/*
 * What the agent has is not this process's: if the agent dies, nobody must take it for
 * alive. It has no other descriptors of luod, of QEMU, and of the lock.
 */
static void be_child(const struct guest *guest, pid_t agent, int words)
{
	char *why = NULL;
	int ret;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != agent)
		_exit(1);
	close(guest->lock);
	close(guest->qmp.fd);
	ret = preserve_all(guest, &why);
	if (!ret)
		_exit(0);
	if (!why)
		why = printed("%s", strerror(-ret));
	if (why && write(words, why, strnlen(why, REASON_MAX)) < 0)
		_exit(2);
	_exit(1);
}

static int fork_child(struct preserve *p, struct guest *guest, int luod)
{
	pid_t agent = getpid();
	int ends[2];
	int ret;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	p->pid = fork();
	if (p->pid == 0) {
		close(luod);
		be_child(guest, agent, ends[1]);
	}
	ret = p->pid < 0 ? -errno : 0;
	close(ends[1]);
	if (ret) {
		close(ends[0]);
		return ret;
	}
	p->words = ends[0];
	p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	if (p->pidfd >= 0)
		return 0;
	ret = -errno;
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->words);
	return ret;
}

/* Without a session nothing is left to be given up; a state that still holds is kept. */
static void undo(struct guest *guest)
{
	bool saved = guest->saved;
	int state = guest->state;

	if (saved)
		guest->state = -1;
	guest_drop_update(guest);
	if (saved)
		guest->state = state;
	guest->saved = saved;
}

int preserve_start(struct preserve *p, struct guest *guest, int session, int luod, char **why)
{
	int ret;

	*why = NULL;
	guest->session = session;
	ret = check_status(guest, why);
	if (!ret)
		ret = migrate_check(guest, why);
	if (!ret)
		ret = inventory_check(guest, why);
	if (!ret)
		ret = inventory_files(guest, &guest->disks);
	if (!ret)
		ret = make_files(guest);
	if (!ret)
		ret = description_void(guest);
	if (!ret)
		ret = fork_child(p, guest, luod);
	if (ret)
		undo(guest);
	return ret;
}

static int reap(struct preserve *p)
{
	int status = 0;
	int ret;

	do {
		ret = waitpid(p->pid, &status, 0);
	} while (ret < 0 && errno == EINTR);
	close(p->pidfd);
	p->pidfd = -1;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

int preserve_end(struct preserve *p, struct guest *guest, char **why)
{
	char text[REASON_MAX + 1] = "";
	int ret = reap(p);

	*why = NULL;
	if (ret && read(p->words, text, REASON_MAX) > 0)
		*why = strdup(text);
	close(p->words);
	if (ret)
		undo(guest);
	return ret;
}

void preserve_stop(struct preserve *p)
{
	if (p->pidfd < 0)
		return;
	syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0);
	reap(p);
	close(p->words);
}

static uint64_t read_number(const char *path)
{
	char text[32];

	return luo_sys_read_text(path, text, sizeof(text)) ? 0 : strtoull(text, NULL, 10);
}

bool preserve_progress(uint64_t *done, uint64_t *total)
{
	uint64_t todo = read_number(LUO_SYSFS "/preserving_bytes");

	*done = read_number(LUO_SYSFS "/preserved_bytes");
	*total = *done + todo;
	return todo;
}
