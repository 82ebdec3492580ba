// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a daemon that stays needs of the kernel that fake_sys.c plays, if $LUO_FAKE has the
 * file "live": sessions end with their last descriptor, one at a time has the device, a
 * jump hands over what files hold by then, and nothing is done to the machine itself.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/reboot.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

/* A file that was preserved by this process, and may be written to until the jump. */
struct kept {
	struct kept *next;
	char session[LIVEUPDATE_SESSION_NAME_LENGTH];
	uint64_t token;
	int fd;
};

static struct kept *kept;

bool fake_is_live(void)
{
	char path[PATH_MAX];

	fake_path(path, "live");
	return !access(path, F_OK);
}

bool fake_has_states(void)
{
	char path[PATH_MAX];
	char version[8] = "";
	FILE *f;

	fake_path(path, "device");
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(version, sizeof(version), f))
		*version = '\0';
	fclose(f);
	return strncmp(version, "stock", 5) != 0;
}

int fake_copy(int to, int from)
{
	struct stat st;
	off_t at = 0;

	if (fstat(from, &st))
		return -errno;
	while (at < st.st_size && sendfile(to, from, &at, (size_t)(st.st_size - at)) > 0)
		;
	return 0;
}

/* A lock goes where its descriptor goes, and is gone with the last one of these. */
void fake_hold(int session)
{
	if (fake_is_live())
		flock(session, LOCK_SH | LOCK_NB);
}

int fake_hold_device(int device)
{
	if (!fake_is_live() || !flock(device, LOCK_EX | LOCK_NB))
		return device;
	close(device);
	return -EBUSY;
}

static void empty(int directory)
{
	DIR *dir = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;

	while ((entry = readdir(dir)))
		unlinkat(directory, entry->d_name, 0);
	closedir(dir);
}

void fake_keep(const char *session, uint64_t token, int fd)
{
	struct kept *k = fake_is_live() ? calloc(1, sizeof(*k)) : NULL;

	if (!k)
		return;
	snprintf(k->session, sizeof(k->session), "%s", session);
	k->token = token;
	k->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	k->next = kept;
	kept = k;
}

/* One file of the session: that of the token, or any. */
static bool let_go(const char *session, const uint64_t *token)
{
	for (struct kept **at = &kept; *at; at = &(*at)->next) {
		struct kept *k = *at;

		if ((token && k->token != *token) || strcmp(k->session, session))
			continue;
		*at = k->next;
		close(k->fd);
		free(k);
		return true;
	}
	return false;
}

/* Removes the session at @path if nobody has it open any more. */
void fake_reap(const char *path)
{
	int fd = fake_is_live() ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	if (!flock(fd, LOCK_EX | LOCK_NB)) {
		empty(fd);
		while (let_go(strrchr(path, '/') + 1, NULL))
			;
		rmdir(path);
	}
	close(fd);
}

int fake_unpreserve(int session, const char *name, uint64_t token)
{
	char file[32];

	if (!fake_is_live() || !fake_has_states())
		return -ENOTTY;
	let_go(name, &token);
	snprintf(file, sizeof(file), "%llu", (unsigned long long)token);
	return unlinkat(session, file, 0) ? -errno : 0;
}

int fake_list_fds(int session, struct liveupdate_session_list_fds *args)
{
	uint64_t *tokens = (void *)(uintptr_t)args->tokens;
	struct dirent *entry;
	uint32_t found = 0;
	DIR *dir;

	if (!fake_is_live() || !fake_has_states())
		return -ENOTTY;
	dir = fdopendir(openat(session, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (found++ < args->count)
			tokens[found - 1] = strtoull(entry->d_name, NULL, 10);
	}
	closedir(dir);
	args->count = found;
	return 0;
}

/* What was written since is handed over, too. */
static void save_kept(void)
{
	for (const struct kept *k = kept; k; k = k->next) {
		char path[PATH_MAX];
		int fd;

		fake_path(path, "outgoing/%s/%llu", k->session, (unsigned long long)k->token);
		fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
		if (fd < 0)
			continue;
		fake_copy(fd, k->fd);
		close(fd);
	}
}

static void hand_over(const char *name)
{
	char from[PATH_MAX];
	char to[PATH_MAX];

	fake_path(from, "outgoing/%s", name);
	fake_path(to, "incoming/%s", name);
	fake_reap(from);
	rename(from, to);
}

/* Those that are open come over; those of the jump before are gone. */
void fake_jump(void)
{
	static const char *const kinds[] = { "taken", "outgoing" };

	if (!fake_is_live())
		return;
	save_kept();
	for (size_t i = 0; i < 2; i++) {
		struct dirent **names;
		char path[PATH_MAX];
		int n;

		fake_path(path, "%s", kinds[i]);
		n = scandir(path, &names, NULL, alphasort);
		for (int j = 0; j < n; j++) {
			fake_path(path, "%s/%s", kinds[i], names[j]->d_name);
			if (names[j]->d_name[0] != '.' && i)
				hand_over(names[j]->d_name);
			else if (names[j]->d_name[0] != '.')
				fake_reap(path);
			free(names[j]);
		}
		free(names);
	}
}

/* Instead of the C library's: the disks and the machine are those of whoever tests. */
void sync(void)
{
}

int reboot(int how)
{
	fake_note("%s\n", (unsigned int)how == RB_HALT_SYSTEM ? "halt" : "another reboot");
	return 0;
}
