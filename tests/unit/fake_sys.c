// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel as luoctl sees it, played by a directory ($LUO_FAKE), so that one
 * run of the command finds what the one before has left:
 *
 *   device           there is an orchestrator; "stock": one without states; "first":
 *                    one with states, and without participants and reports
 *   busy             somebody has the device open
 *   state            a number, the state of the machine; its name is in sysfs, too, where
 *                    that has one
 *   interrupt        SIGINT comes during an event
 *   fail-NAME        "ERRNO CULPRIT": the call NAME fails
 *   fail-NAME-S      the same, for session S
 *   hold-NAME        the call NAME waits for as long as it is there
 *   kill-NAME-S      the process dies of the call NAME for session S, once it is done
 *   outgoing/S/T     session S with the content of the file of token T
 *   incoming/S/T     the same, handed over
 *   taken/S/T        the same, taken back
 *   flags-S          flags of session S when it is listed
 *   participants     "FLAGS NAME" in each line
 *   report           "KEY VALUE" in each line, '-' for an unknown time
 *   entries          "FLAGS ERROR PREPARE FREEZE CANCEL BOOT CAN_FINISH FINISH NAME"
 *   root/PATH        what reading PATH gives
 *   log              events, loads and jumps
 */
#include "fake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libluo.h"
#include "sys.h"

void fake_path(char *path, const char *format, ...)
{
	int n = snprintf(path, PATH_MAX, "%s/", getenv("LUO_FAKE"));
	va_list args;

	va_start(args, format);
	vsnprintf(path + n, (size_t)(PATH_MAX - n), format, args);
	va_end(args);
}

static int read_text(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return -errno;
	n = fread(buf, 1, size - 1, f);
	fclose(f);
	if (n && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return 0;
}

void fake_note(const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;
	FILE *f;

	fake_path(path, "log");
	f = fopen(path, "a");
	va_start(args, format);
	vfprintf(f, format, args);
	va_end(args);
	fclose(f);
}

static int injected(const char *call, char *culprit)
{
	char path[PATH_MAX];
	char text[256];
	int error = 0;
	int at = 0;

	fake_path(path, "hold-%s", call);
	while (!access(path, F_OK))
		usleep(10000);
	fake_path(path, "fail-%s", call);
	if (read_text(path, text, sizeof(text)))
		return 0;
	sscanf(text, "%d %n", &error, &at);
	if (culprit)
		snprintf(culprit, LIVEUPDATE_CULPRIT_LENGTH, "%s", text + at);
	return -error;
}

static int injected_for(const char *call, const char *session)
{
	char name[128];

	snprintf(name, sizeof(name), "%s-%s", call, session);
	return injected(name, NULL);
}

static void kill_after(const char *call, const char *session)
{
	char path[PATH_MAX];

	fake_path(path, "kill-%s-%s", call, session);
	if (!unlink(path))
		raise(SIGKILL);
}

static unsigned int get_state(void)
{
	char path[PATH_MAX];
	char text[16];

	fake_path(path, "state");
	return read_text(path, text, sizeof(text)) ? LUO_STATE_NORMAL : (unsigned int)atoi(text);
}

/* Never half: somebody may read it meanwhile. */
static void set_state(unsigned int state)
{
	char new[PATH_MAX];
	char path[PATH_MAX];
	FILE *f;

	fake_path(path, "state");
	fake_path(new, "state.new");
	f = fopen(new, "w");
	fprintf(f, "%u\n", state);
	fclose(f);
	rename(new, path);
}

static int set_event(struct liveupdate_ioctl_set_event *args)
{
	unsigned int state = get_state();
	int ret = injected(luo_event_name(args->event), (char *)args->culprit);
	char path[PATH_MAX];

	fake_note("%s\n", luo_event_name(args->event));
	fake_path(path, "interrupt");
	if (!access(path, F_OK))
		raise(SIGINT);
	if (ret) {
		if (args->event == LUO_EVENT_FREEZE)
			set_state(LUO_STATE_NORMAL);
		return ret;
	}
	if (args->event == LUO_EVENT_PREPARE && state == LUO_STATE_NORMAL)
		set_state(LUO_STATE_PREPARED);
	else if (args->event == LUO_EVENT_FREEZE && state == LUO_STATE_PREPARED)
		set_state(LUO_STATE_FROZEN);
	else if (args->event == LUO_EVENT_FINISH && state == LUO_STATE_UPDATED)
		set_state(LUO_STATE_NORMAL);
	else if (args->event == LUO_EVENT_CANCEL &&
		 (state == LUO_STATE_PREPARED || state == LUO_STATE_FROZEN))
		set_state(LUO_STATE_NORMAL);
	else
		return -EINVAL;
	return 0;
}

/* A session's descriptor is that of its directory. */
static int open_session(const char *kind, const char *name)
{
	char path[PATH_MAX];
	int fd;

	fake_path(path, "%s/%s", kind, name);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	fake_hold(fd);
	return fd;
}

static int create_session(const char *name)
{
	int ret = injected("create", NULL);
	char path[PATH_MAX];

	if (!ret)
		ret = injected_for("create", name);
	if (ret)
		return ret;
	fake_path(path, "outgoing/%s", name);
	fake_reap(path);
	return mkdir(path, 0700) ? -errno : open_session("outgoing", name);
}

static int take_session(const char *name)
{
	char from[PATH_MAX];
	char to[PATH_MAX];
	int ret = injected_for("take", name);

	if (ret)
		return ret;
	fake_path(from, "incoming/%s", name);
	fake_path(to, "taken/%s", name);
	if (!access(to, F_OK))
		return -EINVAL;
	if (rename(from, to))
		return -errno;
	fake_note("take %s\n", name);
	ret = open_session("taken", name);
	kill_after("take", name);
	return ret;
}

static void session_name(int session, char *name, size_t size)
{
	char link[64];
	char path[PATH_MAX] = "";
	const char *last;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", session);
	if (readlink(link, path, sizeof(path) - 1) < 0)
		path[0] = '\0';
	last = strrchr(path, '/');
	snprintf(name, size, "%s", last ? last + 1 : "");
}

static int get_name(int session, struct liveupdate_session_get_name *args)
{
	struct stat st;

	if (fstat(session, &st) || !S_ISDIR(st.st_mode))
		return -ENOTTY;
	session_name(session, (char *)args->name, sizeof(args->name));
	return 0;
}

static int finish_session(int session)
{
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];
	struct dirent *entry;
	int ret;
	DIR *dir;

	session_name(session, name, sizeof(name));
	ret = injected_for("session-finish", name);
	fake_note("session finish %s\n", name);
	if (ret)
		return ret;
	dir = fdopendir(openat(session, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	while ((entry = readdir(dir)))
		unlinkat(session, entry->d_name, 0);
	closedir(dir);
	kill_after("session-finish", name);
	return 0;
}

static int preserve(int session, const struct liveupdate_session_preserve_fd *args)
{
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];
	char token[32];
	int ret;
	int fd;

	session_name(session, name, sizeof(name));
	ret = injected("preserve", NULL);
	if (!ret)
		ret = injected_for("preserve", name);
	if (ret)
		return ret;
	snprintf(token, sizeof(token), "%llu", (unsigned long long)args->token);
	fd = openat(session, token, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	ret = fake_copy(fd, args->fd);
	close(fd);
	fake_keep(name, args->token, args->fd);
	return ret;
}

static int unpreserve(int session, const struct liveupdate_session_unpreserve_fd *args)
{
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];

	session_name(session, name, sizeof(name));
	return fake_unpreserve(session, name, args->token);
}

static int retrieve(int session, struct liveupdate_session_retrieve_fd *args)
{
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];

	session_name(session, name, sizeof(name));
	kill_after("retrieve", name);
	snprintf(name, sizeof(name), "%llu", (unsigned long long)args->token);
	args->fd = openat(session, name, O_RDWR | O_CLOEXEC);
	return args->fd < 0 ? -errno : 0;
}

static void list_session(struct liveupdate_ioctl_list_sessions *args, uint32_t *found,
			 const char *kind, const char *name)
{
	struct liveupdate_session_info *info = (void *)(uintptr_t)args->entries;
	char path[PATH_MAX];
	char text[16];
	struct dirent *entry;
	DIR *dir;

	if ((*found)++ >= args->count)
		return;
	info += *found - 1;
	snprintf((char *)info->name, sizeof(info->name), "%.63s", name);
	if (kind[0] != 'o')
		info->flags = LUO_SESSION_INCOMING;
	if (kind[0] == 't')
		info->flags |= LUO_SESSION_RETRIEVED;
	fake_path(path, "flags-%s", name);
	if (!read_text(path, text, sizeof(text)))
		info->flags = (uint32_t)atoi(text);
	fake_path(path, "%s/%s", kind, name);
	dir = opendir(path);
	while ((entry = readdir(dir)))
		info->files += entry->d_name[0] != '.';
	closedir(dir);
}

static int list_sessions(struct liveupdate_ioctl_list_sessions *args)
{
	static const char *const kinds[] = { "incoming", "taken", "outgoing" };
	uint32_t found = 0;

	for (size_t i = 0; i < 3; i++) {
		char path[PATH_MAX];
		struct dirent **names;
		int n;

		fake_path(path, "%s", kinds[i]);
		n = scandir(path, &names, NULL, alphasort);
		for (int j = 0; j < n; j++) {
			if (names[j]->d_name[0] != '.')
				list_session(args, &found, kinds[i], names[j]->d_name);
			free(names[j]);
		}
		free(names);
	}
	args->count = found;
	return 0;
}

static int get_status(struct liveupdate_ioctl_get_state *args)
{
	args->state = get_state();
	args->number = 3;
	args->flags = args->state == LUO_STATE_UPDATED ? LUO_STATUS_EXPLICIT : 0;
	return 0;
}

static int on_states(unsigned long request, void *arg)
{
	char path[PATH_MAX];
	char version[16] = "";

	fake_path(path, "device");
	read_text(path, version, sizeof(version));
	if (!fake_has_states())
		return -EINVAL;
	if (request == LIVEUPDATE_IOCTL_SET_EVENT)
		return set_event(arg);
	if (request == LIVEUPDATE_IOCTL_GET_STATE)
		return get_status(arg);
	if (request == LIVEUPDATE_IOCTL_LIST_SESSIONS)
		return list_sessions(arg);
	if (request == LIVEUPDATE_IOCTL_LIST_PARTICIPANTS && strcmp(version, "first"))
		return fake_list_participants(arg);
	if (request == LIVEUPDATE_IOCTL_GET_REPORT && strcmp(version, "first"))
		return fake_get_report(arg);
	return -ENOTTY;
}

int luo_sys_ioctl(int fd, unsigned long request, void *arg)
{
	struct liveupdate_ioctl_create_session *session = arg;

	switch (request) {
	case LIVEUPDATE_IOCTL_CREATE_SESSION:
		session->fd = create_session((char *)session->name);
		return session->fd < 0 ? session->fd : 0;
	case LIVEUPDATE_IOCTL_RETRIEVE_SESSION:
		session->fd = take_session((char *)session->name);
		return session->fd < 0 ? session->fd : 0;
	case LIVEUPDATE_SESSION_PRESERVE_FD:
		return preserve(fd, arg);
	case LIVEUPDATE_SESSION_UNPRESERVE_FD:
		return unpreserve(fd, arg);
	case LIVEUPDATE_SESSION_LIST_FDS:
		return fake_list_fds(fd, arg);
	case LIVEUPDATE_SESSION_RETRIEVE_FD:
		return retrieve(fd, arg);
	case LIVEUPDATE_SESSION_GET_NAME:
		return get_name(fd, arg);
	case LIVEUPDATE_SESSION_FINISH:
		return finish_session(fd);
	default:
		return on_states(request, arg);
	}
}

int luo_sys_open(const char *path, int flags)
{
	bool device = !strcmp(path, LUO_DEVICE);
	char fake[PATH_MAX];
	int fd;

	if (device) {
		fake_path(fake, "busy");
		if (!access(fake, F_OK))
			return -EBUSY;
		fake_path(fake, "device");
		path = fake;
	} else if (!strncmp(path, "/sys/", 5)) {
		fake_path(fake, "root%s", path);
		path = fake;
	}
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return device && flags & O_RDWR ? fake_hold_device(fd) : fd;
}

int luo_sys_kexec_file_load(int kernel, int initrd, const char *command_line, unsigned long flags)
{
	int ret = injected("load", NULL);

	fake_note("load initrd=%d flags=%lx '%s'\n", initrd >= 0, flags,
	     command_line ? command_line : "");
	return ret;
}

void luo_sys_sync(void)
{
}

/* A jump does not return. */
int luo_sys_reboot_kexec(void)
{
	int ret = injected("reboot", NULL);

	fake_note("reboot\n");
	if (ret)
		return ret;
	fake_jump();
	if (fake_is_live() && fake_has_states())
		set_state(LUO_STATE_UPDATED);
	_exit(0);
}

int luo_sys_read_text(const char *path, char *buf, size_t size)
{
	char fake[PATH_MAX];
	int ret;

	if (fake_is_live() && fake_has_states() && !strcmp(path, LUO_SYSFS "/state")) {
		snprintf(buf, size, "%s", luo_state_name(get_state()));
		return 0;
	}
	fake_path(fake, "root%s", path);
	ret = read_text(fake, buf, size);
	if (ret && !strncmp(path, "/proc/", 6) && path[6] >= '0' && path[6] <= '9')
		ret = read_text(path, buf, size);
	return ret;
}

int luo_sys_reread_text(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size - 1, 0);

	if (n < 0)
		return -errno;
	if (n && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return 0;
}

int luo_sys_write_text(const char *path, const char *text)
{
	fake_note("write %s '%s'\n", path, text);
	return 0;
}

/* A plain file's changes are not told: it is looked at again. */
int luo_sys_wait_change(int fd, int timeout_ms)
{
	usleep(10000);
	return 1;
}
