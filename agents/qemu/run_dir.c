// SPDX-License-Identifier: GPL-2.0-or-later
#include "run_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "description.h"
#include "luod_link.h"

/* In the lock's file */
#define OFFER "early %d"

const char *run_path(const struct guest *guest, const char *file, char *path, size_t size)
{
	snprintf(path, size, RUN_DIR "/%s/%s", guest->name, file);
	return path;
}

int run_dir_lock(struct guest *guest)
{
	struct flock whole = { .l_type = F_WRLCK };

	if (fcntl(guest->lock, F_OFD_SETLK, &whole))
		return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
	return ftruncate(guest->lock, 0) ? -errno : 0;
}

int run_dir_offer(const struct guest *guest)
{
	return dprintf(guest->lock, OFFER "\n", getpid()) < 0 ? -errno : 0;
}

pid_t run_dir_offered_by(const struct guest *guest)
{
	char text[32] = "";
	int pid = 0;

	if (pread(guest->lock, text, sizeof(text) - 1, 0) <= 0 || sscanf(text, OFFER, &pid) != 1)
		return 0;
	return pid > 1 && run_dir_is_taken(guest) ? pid : 0;
}

int run_dir_take(struct guest *guest)
{
	char path[PATH_MAX];

	if (mkdir(RUN_DIR, 0700) && errno != EEXIST)
		return -errno;
	if (mkdir(run_path(guest, "", path, sizeof(path)), 0700) && errno != EEXIST)
		return -errno;
	guest->lock = open(run_path(guest, "lock", path, sizeof(path)),
			   O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return guest->lock < 0 ? -errno : run_dir_lock(guest);
}

bool run_dir_is_taken(const struct guest *guest)
{
	char path[PATH_MAX];
	int lock = open(run_path(guest, "lock", path, sizeof(path)), O_RDONLY | O_CLOEXEC);
	struct flock whole = { .l_type = F_RDLCK };
	bool taken;

	if (lock < 0)
		return false;
	taken = !fcntl(lock, F_OFD_GETLK, &whole) && whole.l_type != F_UNLCK;
	close(lock);
	return taken;
}

static int write_file(const char *path, struct json_object *o)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int ret = 0;

	if (fd < 0)
		return -errno;
	errno = EIO;
	if (json_object_to_fd(fd, o, JSON_C_TO_STRING_PLAIN) || write(fd, "\n", 1) != 1 ||
	    fsync(fd))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}

int run_dir_save(const struct guest *guest)
{
	struct json_object *o = json_object_new_object();
	char path[PATH_MAX], new[PATH_MAX];
	int ret;

	description_add_machine(o, guest);
	json_object_object_add(o, "phase", json_object_new_string(guest_phase_name(guest->phase)));
	json_object_object_add(o, "ran", json_object_new_boolean(guest->ran));
	json_object_object_add(o, "pid", json_object_new_int(guest->pid));
	json_object_object_add(o, "start_time", json_object_new_uint64(guest->start_time));
	json_object_object_add(o, "memory_number", json_object_new_int(guest->memory_number));
	if (guest->inventory)
		json_object_object_add(o, "inventory", json_object_new_string(guest->inventory));
	run_path(guest, "state.json", path, sizeof(path));
	run_path(guest, "state.json.new", new, sizeof(new));
	ret = write_file(new, o);
	if (!ret && rename(new, path))
		ret = -errno;
	json_object_put(o);
	return ret;
}

int run_dir_enter(struct guest *guest, enum guest_phase phase)
{
	guest->phase = phase;
	return run_dir_save(guest);
}

static int parse(struct guest *guest, struct json_object *o)
{
	int phase = guest_phase_from_name(luod_text(o, "phase"));
	const char *inventory = luod_text(o, "inventory");
	int ret = description_take_machine(o, guest);

	if (ret)
		return ret;
	if (phase < 0)
		return -EBADMSG;
	guest->phase = (enum guest_phase)phase;
	guest->ran = luod_flag(o, "ran");
	guest->pid = (pid_t)luod_number(o, "pid", 0);
	guest->start_time = (uint64_t)luod_number(o, "start_time", 0);
	guest->memory_number = (int)luod_number(o, "memory_number", -1);
	guest->inventory = inventory ? strdup(inventory) : NULL;
	return 0;
}

int run_dir_load(struct guest *guest)
{
	char path[PATH_MAX];
	struct json_object *o;
	int ret;

	run_path(guest, "state.json", path, sizeof(path));
	if (access(path, R_OK))
		return -errno;
	o = json_object_from_file(path);
	ret = json_object_is_type(o, json_type_object) ? parse(guest, o) : -EBADMSG;
	json_object_put(o);
	return ret;
}

void run_dir_clear(const struct guest *guest)
{
	char path[PATH_MAX];

	unlink(run_path(guest, "state.json", path, sizeof(path)));
	unlink(run_path(guest, "qmp.sock", path, sizeof(path)));
}
