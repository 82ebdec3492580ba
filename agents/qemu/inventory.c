// SPDX-License-Identifier: GPL-2.0-or-later
#include "inventory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "luod_link.h"
#include "qmp.h"

static int list_devices(struct guest *guest, const char *path, FILE *out)
{
	struct json_object *arguments = json_object_new_object();
	struct json_object *list;
	int ret;

	json_object_object_add(arguments, "path", json_object_new_string(path));
	ret = qmp_command(guest, "qom-list", arguments, &list, NULL);
	if (ret)
		return ret;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *name = luod_text(o, "name");
		const char *type = luod_text(o, "type");

		if (name && type && !strncmp(type, "child<", 6))
			fprintf(out, "device %s %s\n", name, type);
	}
	json_object_put(list);
	return 0;
}

static int ask_for_nodes(struct guest *guest, struct json_object **list)
{
	struct json_object *arguments = json_object_new_object();

	json_object_object_add(arguments, "flat", json_object_new_boolean(true));
	return qmp_command(guest, "query-named-block-nodes", arguments, list, NULL);
}

/* Names that QEMU has made up differ each time: those of files are what matters. */
static int list_nodes(struct guest *guest, FILE *out)
{
	struct json_object *list;
	int ret = ask_for_nodes(guest, &list);

	if (ret)
		return ret;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *driver = luod_text(o, "drv");
		const char *file = luod_text(o, "file");

		fprintf(out, "disk %s %s\n", driver ? driver : "", file ? file : "");
	}
	json_object_put(list);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In an order that does not depend on that of QEMU's tables. */
static char *sorted(const char *text)
{
	char *copy = strdup(text);
	char *result = calloc(1, strlen(text) + 2);
	char **lines = calloc(strlen(text) + 1, sizeof(*lines));
	size_t count = 0;

	if (copy && result && lines) {
		for (char *p = strtok(copy, "\n"); p; p = strtok(NULL, "\n"))
			lines[count++] = p;
		qsort(lines, count, sizeof(*lines), compare);
		for (size_t i = 0, at = 0; i < count; i++)
			at += (size_t)sprintf(result + at, "%s\n", lines[i]);
	} else {
		free(result);
		result = NULL;
	}
	free(copy);
	free(lines);
	return result;
}

int inventory_take(struct guest *guest, char **lines)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret;

	*lines = NULL;
	if (!out)
		return -ENOMEM;
	ret = list_devices(guest, "/machine/peripheral", out);
	if (!ret)
		ret = list_devices(guest, "/machine/peripheral-anon", out);
	if (!ret)
		ret = list_nodes(guest, out);
	if (fclose(out) && !ret)
		ret = -ENOMEM;
	if (!ret) {
		*lines = sorted(text);
		ret = *lines ? 0 : -ENOMEM;
	}
	free(text);
	return ret;
}

/* The first line in which @now differs from @then. */
static void say_difference(const char *then, const char *now, char **why)
{
	const char *what = "is new";
	const char *line = now;
	size_t length;

	while (*then && *now) {
		size_t old = strcspn(then, "\n") + 1;
		size_t new = strcspn(now, "\n") + 1;
		int order = strncmp(then, now, old < new ? new : old);

		line = order < 0 ? then : now;
		what = order < 0 ? "is gone" : "is new";
		if (order)
			break;
		then += old;
		now += new;
		line = *then ? then : now;
		what = *then ? "is gone" : "is new";
	}
	length = strcspn(line, "\n");
	if (asprintf(why, "it is not the machine that was started any more, and could not be "
		     "built again: %.*s %s", (int)length, line, what) < 0)
		*why = NULL;
}

int inventory_check(struct guest *guest, char **why)
{
	char *now;
	int ret;

	if (!guest->inventory)
		return 0;
	ret = inventory_take(guest, &now);
	if (ret)
		return ret;
	if (strcmp(guest->inventory, now)) {
		say_difference(guest->inventory, now, why);
		ret = -ESTALE;
	}
	free(now);
	return ret;
}

/* A path, or, with options that are not the usual ones, "json:" and all of them. */
static char *path_of(const char *file)
{
	struct json_object *options;
	const char *path;
	char *copy;

	if (strncmp(file, "json:", 5))
		return strdup(file);
	options = json_tokener_parse(file + 5);
	path = luod_text(options, "filename");
	copy = path ? strdup(path) : NULL;
	json_object_put(options);
	return copy;
}

static int sync_path(const struct guest *guest, const char *path)
{
	int directory = open(guest->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int ret = 0;

	if (fd < 0 || fstat(fd, &st) ||
	    ((S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)) && fsync(fd)))
		ret = -errno;
	if (fd >= 0)
		close(fd);
	if (directory >= 0)
		close(directory);
	return ret;
}

static bool is_file(const char *driver)
{
	return driver && (!strcmp(driver, "file") || !strcmp(driver, "host_device"));
}

int inventory_files(struct guest *guest, char ***files)
{
	struct json_object *list;
	size_t count, used = 0;
	int ret = ask_for_nodes(guest, &list);

	*files = NULL;
	if (ret)
		return ret;
	count = json_object_array_length(list);
	*files = calloc(count + 1, sizeof(**files));
	for (size_t i = 0; *files && i < count; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *file = luod_text(o, "file");

		if (file && is_file(luod_text(o, "drv")))
			(*files)[used] = path_of(file);
		if ((*files)[used])
			used++;
	}
	json_object_put(list);
	return *files ? 0 : -ENOMEM;
}

int inventory_sync(const struct guest *guest, char *const *files, char **why)
{
	for (; files && *files; files++) {
		int ret = sync_path(guest, *files);

		if (!ret)
			continue;
		if (asprintf(why, "its disk %s cannot be written back: %s", *files,
			     strerror(-ret)) < 0)
			*why = NULL;
		return ret;
	}
	return 0;
}
