// SPDX-License-Identifier: GPL-2.0-or-later
#include "run_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "description.h"

static const char *const phase_names[] = {
	[GUEST_RUNNING] = "running",
	[GUEST_FROZEN] = "frozen",
	[GUEST_INCOMING] = "incoming",
	[GUEST_RESUMED] = "resumed",
};

bool guest_name_is_valid(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789._-";
	size_t length = strlen(name);

	return length && length < GUEST_NAME_SIZE && strspn(name, good) == length &&
		*name != '.';
}

const char *run_path(const struct guest *guest, const char *file, char *path, size_t size)
{
	snprintf(path, size, RUN_DIR "/%s/%s", guest->name, file);
	return path;
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
	if (guest->lock < 0)
		return -errno;
	if (flock(guest->lock, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return 0;
}

int run_dir_save(const struct guest *guest)
{
	struct json_object *o = json_object_new_object();
	char path[PATH_MAX], new[PATH_MAX];
	int ret = 0;

	description_add_machine(o, guest);
	json_object_object_add(o, "phase", json_object_new_string(phase_names[guest->phase]));
	json_object_object_add(o, "ran", json_object_new_boolean(guest->ran));
	json_object_object_add(o, "pid", json_object_new_int(guest->pid));
	json_object_object_add(o, "start_time", json_object_new_uint64(guest->start_time));
	json_object_object_add(o, "memory_number", json_object_new_int(guest->memory_number));
	run_path(guest, "state.json", path, sizeof(path));
	run_path(guest, "state.json.new", new, sizeof(new));
	errno = EIO;
	if (json_object_to_file(new, o) || rename(new, path))
		ret = -errno;
	json_object_put(o);
	return ret;
}

static int parse(struct guest *guest, struct json_object *o)
{
	const char *phase = json_object_get_string(json_object_object_get(o, "phase"));
	int ret = description_take_machine(o, guest);

	if (ret)
		return ret;
	guest->ran = json_object_get_boolean(json_object_object_get(o, "ran"));
	guest->pid = json_object_get_int(json_object_object_get(o, "pid"));
	guest->start_time = json_object_get_uint64(json_object_object_get(o, "start_time"));
	guest->memory_number = json_object_get_int(json_object_object_get(o, "memory_number"));
	for (int i = 0; phase && i < 4; i++) {
		if (!strcmp(phase, phase_names[i])) {
			guest->phase = (enum guest_phase)i;
			return 0;
		}
	}
	return -EBADMSG;
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
