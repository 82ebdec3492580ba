// SPDX-License-Identifier: GPL-2.0-or-later
#include "description.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "blob.h"
#include "run_dir.h"

#define VERSION		1
#define ARGUMENTS_MAX	4096

void description_add_machine(struct json_object *o, const struct guest *guest)
{
	struct json_object *argv = json_object_new_array();

	for (char **p = guest->argv; *p; p++)
		json_object_array_add(argv, json_object_new_string(*p));
	json_object_object_add(o, "version", json_object_new_int(VERSION));
	json_object_object_add(o, "name", json_object_new_string(guest->name));
	json_object_object_add(o, "argv", argv);
	json_object_object_add(o, "directory", json_object_new_string(guest->directory));
	json_object_object_add(o, "memory_size", json_object_new_uint64(guest->memory_size));
	json_object_object_add(o, "state_size", json_object_new_uint64(guest->state_size));
}

static char *take_text(struct json_object *o)
{
	return json_object_is_type(o, json_type_string) ? strdup(json_object_get_string(o)) : NULL;
}

static char **take_argv(struct json_object *list)
{
	size_t count = json_object_is_type(list, json_type_array) ?
			       json_object_array_length(list) : 0;
	char **argv = count && count <= ARGUMENTS_MAX ? calloc(count + 1, sizeof(*argv)) : NULL;

	for (size_t i = 0; argv && i < count; i++) {
		argv[i] = take_text(json_object_array_get_idx(list, i));
		if (argv[i])
			continue;
		while (i--)
			free(argv[i]);
		free(argv);
		return NULL;
	}
	return argv;
}

int description_take_machine(struct json_object *o, struct guest *guest)
{
	const char *name = json_object_get_string(json_object_object_get(o, "name"));

	if (json_object_get_int(json_object_object_get(o, "version")) != VERSION)
		return -EPROTONOSUPPORT;
	if (!name || !guest_name_is_valid(name) || (*guest->name && strcmp(name, guest->name)))
		return -EBADMSG;
	strcpy(guest->name, name);
	guest->argv = take_argv(json_object_object_get(o, "argv"));
	guest->directory = take_text(json_object_object_get(o, "directory"));
	guest->memory_size = json_object_get_uint64(json_object_object_get(o, "memory_size"));
	guest->state_size = json_object_get_uint64(json_object_object_get(o, "state_size"));
	return guest->argv && guest->directory && guest->memory_size ? 0 : -EBADMSG;
}

/* What QEMU has written begins at 0 and ends where its descriptor, which is ours, stands. */
static int checksum(int fd, uint64_t length, uint32_t *crc)
{
	void *map;

	*crc = 0;
	if (!length)
		return 0;
	map = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	*crc = (uint32_t)crc32_z(0, map, length);
	munmap(map, length);
	return 0;
}

int description_write(struct guest *guest)
{
	struct json_object *o = json_object_new_object();
	uint64_t length = guest->saved ? (uint64_t)lseek(guest->state, 0, SEEK_CUR) : 0;
	uint32_t crc;
	int ret;

	ret = checksum(guest->state, length, &crc);
	description_add_machine(o, guest);
	json_object_object_add(o, "ran", json_object_new_boolean(guest->ran));
	json_object_object_add(o, "saved", json_object_new_uint64(length));
	json_object_object_add(o, "crc", json_object_new_int64(crc));
	json_object_object_add(o, "stopped", json_object_new_uint64(guest->stopped));
	json_object_object_add(o, "rate", json_object_new_double(guest->rate));
	if (guest->parts)
		json_object_object_add(o, "parts", json_object_get(guest->parts));
	if (!ret)
		ret = blob_write(guest->description, o);
	json_object_put(o);
	return ret;
}

/* The memory file has to be of the size that QEMU is told, and the state whole. */
static int check_files(const struct guest *guest, struct json_object *o)
{
	uint64_t length = json_object_get_uint64(json_object_object_get(o, "saved"));
	int64_t wanted = json_object_get_int64(json_object_object_get(o, "crc"));
	struct stat memory, state;
	uint32_t crc;
	int ret;

	if (fstat(guest->memory, &memory) || fstat(guest->state, &state))
		return -errno;
	if ((uint64_t)memory.st_size != guest->memory_size || length > (uint64_t)state.st_size)
		return -EBADMSG;
	if (!length)
		return -ENODATA;
	ret = checksum(guest->state, length, &crc);
	return ret ? ret : crc == wanted ? 0 : -EBADMSG;
}

int description_read(struct guest *guest)
{
	struct json_object *o;
	struct json_object *parts;
	int ret = blob_read(guest->description, &o);

	if (ret)
		return ret;
	ret = description_take_machine(o, guest);
	if (!ret)
		ret = check_files(guest, o);
	guest->ran = json_object_get_boolean(json_object_object_get(o, "ran"));
	guest->stopped = json_object_get_uint64(json_object_object_get(o, "stopped"));
	guest->rate = json_object_get_double(json_object_object_get(o, "rate"));
	if (json_object_object_get_ex(o, "parts", &parts) &&
	    json_object_is_type(parts, json_type_object))
		guest->parts = json_object_get(parts);
	json_object_put(o);
	return ret;
}
