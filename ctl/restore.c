// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files are first written to a staging directory within the target, each under
 * its number; names from the index come in only when all are complete, and then
 * by renaming, one component at a time and never through a symbolic link.
 */
#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "copy.h"
#include "luoctl.h"
#include "progress.h"

#define NUMBER_SIZE 24

static int check_space(const struct index *index, int dir, const char *dir_name)
{
	uint64_t total = index_total(index);
	struct statvfs fs;
	uint64_t room;

	if (fstatvfs(dir, &fs))
		return fail(CODE_FAILED, "%s: %s", dir_name, strerror(errno));
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (total <= room)
		return CODE_DONE;
	return fail(CODE_FAILED,
		    "%s: the files take %" PRIu64 " MiB, and only %" PRIu64 " MiB are free.",
		    dir_name, total >> 20, room >> 20);
}

/*
 * The directory a name ends in, with *base its last component. Directories
 * that are missing are made where @make says so.
 */
static int open_parent(int dir, const char *name, bool make, const char **base)
{
	int at = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	const char *slash;

	for (; at >= 0 && (slash = strchr(name, '/')); name = slash + 1) {
		char component[NAME_MAX + 1];
		int next;

		snprintf(component, sizeof(component), "%.*s", (int)(slash - name), name);
		if (make && mkdirat(at, component, 0700) && errno != EEXIST)
			next = -1;
		else
			next = openat(at, component,
				      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0) {
			int error = errno;

			close(at);
			return -error;
		}
		close(at);
		at = next;
	}
	*base = name;
	return at < 0 ? -errno : at;
}

static int check_absent(int dir, const char *name)
{
	const char *base;
	struct stat st;
	int parent;
	int ret;

	parent = open_parent(dir, name, false, &base);
	if (parent < 0)
		return parent == -ENOENT ? 0 : parent;
	ret = fstatat(parent, base, &st, AT_SYMLINK_NOFOLLOW) ? -errno : -EEXIST;
	close(parent);
	return ret == -ENOENT ? 0 : ret;
}

static int check_names(const struct index *index, int dir, const char *dir_name)
{
	for (size_t i = 0; i < index->count; i++) {
		int ret = check_absent(dir, index->entries[i].name);

		if (ret)
			return fail(CODE_FAILED, "%s/%s: %s", dir_name, index->entries[i].name,
				    strerror(-ret));
	}
	return CODE_DONE;
}

static int copy_from_session(int session, const struct index_entry *e, int file)
{
	struct stat st;
	int memfd;
	int ret = 0;

	memfd = luo_session_retrieve_fd(session, e->token);
	if (memfd == -ENOENT)
		return -EBADMSG;
	if (memfd < 0)
		return memfd;
	if (fstat(memfd, &st))
		ret = -errno;
	else if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != e->size)
		ret = -EBADMSG;
	if (!ret)
		ret = copy_contents(memfd, file, (off_t)e->size);
	close(memfd);
	return ret;
}

/* The owner first: a change of owner clears the set-user-id bits of a mode. */
static int set_attributes(int file, const struct index_entry *e)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT },
		{ .tv_sec = e->mtime, .tv_nsec = e->mtime_nsec },
	};

	if (fchown(file, e->uid, e->gid) || fchmod(file, e->mode) || futimens(file, times))
		return -errno;
	return 0;
}

static int stage_file(int session, const struct index_entry *e, int stage, size_t number)
{
	char name[NUMBER_SIZE];
	int file;
	int ret;

	snprintf(name, sizeof(name), "%zu", number);
	file = openat(stage, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return -errno;
	ret = e->token ? copy_from_session(session, e, file) : 0;
	if (!ret)
		ret = set_attributes(file, e);
	if (close(file) && !ret)
		ret = -errno;
	return ret;
}

/* Not every file system can refuse to replace; then the check before has to do. */
static int rename_new(int from, const char *old, int to, const char *new)
{
	if (!renameat2(from, old, to, new, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL)
		return -errno;
	if (!faccessat(to, new, F_OK, AT_SYMLINK_NOFOLLOW))
		return -EEXIST;
	return renameat(from, old, to, new) ? -errno : 0;
}

static int place_file(const struct index_entry *e, int stage, size_t number, int dir)
{
	char staged[NUMBER_SIZE];
	const char *base;
	int parent;
	int ret;

	parent = open_parent(dir, e->name, true, &base);
	if (parent < 0)
		return parent;
	snprintf(staged, sizeof(staged), "%zu", number);
	ret = rename_new(stage, staged, parent, base);
	close(parent);
	return ret;
}

static void remove_placed(const struct index *index, size_t count, int dir)
{
	for (size_t i = 0; i < count; i++) {
		const char *base;
		int parent = open_parent(dir, index->entries[i].name, false, &base);

		if (parent < 0)
			continue;
		unlinkat(parent, base, 0);
		close(parent);
	}
}

static int stage_and_place(int session, const struct index *index, int stage, int dir,
			   const char *dir_name)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < index->count && !ret; i++)
		ret = stage_file(session, &index->entries[i], stage, i);
	if (!ret && syncfs(dir))
		return fail(CODE_FAILED, "%s: %s", dir_name, strerror(errno));
	if (ret == -EBADMSG)
		return fail(CODE_FAILED, "%s: the session's index does not fit its files.",
			    index->entries[i - 1].name);
	if (ret)
		return fail(CODE_FAILED, "%s/%s: %s", dir_name, index->entries[i - 1].name,
			    strerror(-ret));

	for (i = 0; i < index->count && !ret; i++)
		ret = place_file(&index->entries[i], stage, i, dir);
	if (!ret && syncfs(dir)) {
		ret = -errno;
		i++;
	}
	if (!ret)
		return CODE_DONE;
	remove_placed(index, i - 1, dir);
	return fail(CODE_FAILED, "%s: %s", dir_name, strerror(-ret));
}

static void remove_stage(int dir, int stage, const char *stage_name, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char name[NUMBER_SIZE];

		snprintf(name, sizeof(name), "%zu", i);
		unlinkat(stage, name, 0);
	}
	unlinkat(dir, stage_name, AT_REMOVEDIR);
}

int restore_files(int session, const struct index *index, int dir, const char *dir_name)
{
	char stage_name[32];
	uint64_t random;
	int stage;
	int code;

	code = check_space(index, dir, dir_name);
	if (!code)
		code = check_names(index, dir, dir_name);
	if (code)
		return code;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return fail(CODE_FAILED, "no random name: %s", strerror(errno));
	snprintf(stage_name, sizeof(stage_name), ".luoctl-%016" PRIx64, random);
	if (mkdirat(dir, stage_name, 0700))
		return fail(CODE_FAILED, "%s: %s", dir_name, strerror(errno));
	stage = openat(dir, stage_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (stage < 0) {
		code = fail(CODE_FAILED, "%s/%s: %s", dir_name, stage_name, strerror(errno));
		unlinkat(dir, stage_name, AT_REMOVEDIR);
		return code;
	}

	progress_start(index_total(index));
	code = stage_and_place(session, index, stage, dir, dir_name);
	progress_end();
	remove_stage(dir, stage, stage_name, index->count);
	close(stage);
	return code;
}
