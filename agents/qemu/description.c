// SPDX-License-Identifier: GPL-2.0-or-later
#include "description.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "arguments.h"
#include "blob.h"
#include "luod_link.h"

#define VERSION		1
#define ARGUMENTS_MAX	4096
#define TEXT_MAX	(128UL << 10)

static void add_text(struct json_object *o, const char *key, const char *text)
{
	if (text)
		json_object_object_add(o, key, json_object_new_string(text));
}

static void add_number(struct json_object *o, const char *key, uint64_t n)
{
	json_object_object_add(o, key, json_object_new_uint64(n));
}

void description_add_machine(struct json_object *o, const struct guest *guest)
{
	struct json_object *argv = json_object_new_array();

	for (char **p = guest->argv; *p; p++)
		json_object_array_add(argv, json_object_new_string(*p));
	json_object_object_add(o, "version", json_object_new_int(VERSION));
	add_text(o, "name", guest->name);
	json_object_object_add(o, "argv", argv);
	add_text(o, "directory", guest->directory);
	add_number(o, "memory_size", guest->memory_size);
	add_number(o, "state_size", guest->state_size);
	add_text(o, "qemu", guest->version);
	add_text(o, "machine", guest->machine);
}

/* Text that is what it looks like: a zero in it would hide the rest. */
static char *copy_text(struct json_object *o)
{
	const char *text;

	if (!json_object_is_type(o, json_type_string))
		return NULL;
	text = json_object_get_string(o);
	if (strlen(text) != (size_t)json_object_get_string_len(o) || strlen(text) > TEXT_MAX)
		return NULL;
	return strdup(text);
}

static char *take_text(struct json_object *o, const char *key)
{
	return copy_text(luod_member(o, key, json_type_string));
}

static uint64_t take_number(struct json_object *o, const char *key)
{
	struct json_object *member = luod_member(o, key, json_type_int);

	return member && json_object_get_int64(member) >= 0 ? json_object_get_uint64(member) : 0;
}

static char **take_argv(struct json_object *o)
{
	struct json_object *list = luod_member(o, "argv", json_type_array);
	size_t count = list ? json_object_array_length(list) : 0;
	char **argv = count && count <= ARGUMENTS_MAX ? calloc(count + 1, sizeof(*argv)) : NULL;

	for (size_t i = 0; argv && i < count; i++) {
		argv[i] = copy_text(json_object_array_get_idx(list, i));
		if (!argv[i]) {
			guest_free_argv(argv);
			return NULL;
		}
	}
	return argv;
}

static bool machine_is_good(const struct guest *guest)
{
	char why[64];

	return guest->argv && *guest->argv[0] && guest->directory && guest->memory_size &&
		guest->state_size && guest->memory_size <= INT64_MAX &&
		guest->state_size <= INT64_MAX &&
		(!guest->machine || machine_is_valid(guest->machine)) &&
		arguments_are_good(guest->argv, why, sizeof(why));
}

int description_take_machine(struct json_object *o, struct guest *guest)
{
	const char *name = luod_text(o, "name");

	if (luod_number(o, "version", 0) != VERSION)
		return -EPROTONOSUPPORT;
	if (!name || !guest_name_is_valid(name) || strcmp(name, guest->name))
		return -EBADMSG;
	guest_drop_machine(guest);
	guest->argv = take_argv(o);
	guest->directory = take_text(o, "directory");
	guest->memory_size = take_number(o, "memory_size");
	guest->state_size = take_number(o, "state_size");
	guest->version = take_text(o, "qemu");
	guest->machine = take_text(o, "machine");
	return machine_is_good(guest) ? 0 : -EBADMSG;
}

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

static int write_down(struct guest *guest, uint64_t length, uint32_t crc)
{
	struct json_object *o = json_object_new_object();
	int ret;

	description_add_machine(o, guest);
	json_object_object_add(o, "ran", json_object_new_boolean(guest->ran));
	add_number(o, "saved", length);
	add_number(o, "crc", crc);
	add_number(o, "stopped", guest->stopped);
	json_object_object_add(o, "rate", json_object_new_double(guest->rate));
	if (guest->parts)
		json_object_object_add(o, "parts", json_object_get(guest->parts));
	ret = blob_write(guest->description, o);
	json_object_put(o);
	return ret;
}

int description_write(struct guest *guest)
{
	uint64_t length = guest->saved ? guest->saved_length : 0;
	uint32_t crc;
	int ret = checksum(guest->state, length, &crc);

	return ret ? ret : write_down(guest, length, crc);
}

int description_void(struct guest *guest)
{
	return write_down(guest, 0, 0);
}

/* The memory file has to be of the size that QEMU is told, and the state whole. */
static int check_files(const struct guest *guest, struct json_object *o)
{
	struct stat memory, state;
	uint32_t crc;
	int ret;

	if (fstat(guest->memory, &memory) || fstat(guest->state, &state))
		return -errno;
	if ((uint64_t)memory.st_size != guest->memory_size ||
	    guest->saved_length > (uint64_t)state.st_size)
		return -EBADMSG;
	if (!guest->saved_length)
		return -ENODATA;
	ret = checksum(guest->state, guest->saved_length, &crc);
	if (ret)
		return ret;
	return crc == luod_number(o, "crc", -1) ? 0 : -EBADMSG;
}

static double take_rate(struct json_object *o)
{
	struct json_object *member = luod_member(o, "rate", json_type_double);
	double rate = member ? json_object_get_double(member) : 0;

	/* Between a clock of 1 MHz and one of 100 GHz; what else it may be, it is no rate. */
	return rate > 0.001 && rate < 100 ? rate : 0;
}

int description_read(struct guest *guest)
{
	struct json_object *o;
	int ret = blob_read(guest->description, &o);

	if (ret)
		return ret;
	ret = description_take_machine(o, guest);
	guest->saved_length = take_number(o, "saved");
	if (!ret)
		ret = check_files(guest, o);
	guest->ran = luod_flag(o, "ran");
	guest->stopped = take_number(o, "stopped");
	guest->rate = take_rate(o);
	guest->parts = luod_member(o, "parts", json_type_object);
	json_object_get(guest->parts);
	json_object_put(o);
	return ret;
}
