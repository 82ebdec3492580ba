// SPDX-License-Identifier: GPL-2.0-or-later
#include "history.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "luod_link.h"

#define DIGITS 8
#define NUMBER_MAX 99999999
#define NAME_SIZE 96

static bool has_number(const char *name)
{
	return strspn(name, "0123456789") == DIGITS && name[DIGITS] == '-';
}

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name);

	return length > strlen(end) && !strcmp(name + length - strlen(end), end);
}

static int is_record(const struct dirent *entry)
{
	return has_number(entry->d_name) && ends_in(entry->d_name, ".json");
}

/* What was being written when luod was killed, or the machine went. */
static int is_torn(const struct dirent *entry)
{
	return has_number(entry->d_name) && ends_in(entry->d_name, ".json.new");
}

static void free_names(struct dirent **names, int count)
{
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

/* The first @count of @names, which are in order. */
static void remove_files(const char *directory, struct dirent **names, int count)
{
	char path[PATH_MAX];

	for (int i = 0; i < count; i++) {
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, names[i]->d_name) <
		    sizeof(path))
			unlink(path);
	}
}

static void remove_torn(const char *directory)
{
	struct dirent **names;
	int count = scandir(directory, &names, is_torn, alphasort);

	if (count < 0)
		return;
	remove_files(directory, names, count);
	free_names(names, count);
}

static int write_numbered(const char *directory, long number, struct json_object *record)
{
	time_t started = (time_t)luod_number(record, "started_s", 0);
	const char *id = luod_text(record, "update_id");
	char path[PATH_MAX];
	char date[32];
	struct tm tm;

	if (number > NUMBER_MAX)
		return -EOVERFLOW;
	if (!id || !*id || strchr(id, '/') || strlen(id) > NAME_SIZE / 2)
		return -EINVAL;
	if (!gmtime_r(&started, &tm) || !strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", &tm))
		strcpy(date, "unknown");
	json_object_object_add(record, "number", json_object_new_int64(number));
	if ((size_t)snprintf(path, sizeof(path), "%s/%0*ld-%s-%s.json", directory, DIGITS, number,
			     date, id) >= sizeof(path))
		return -ENAMETOOLONG;
	return file_write(path, record);
}

int history_add(const char *directory, unsigned int most, struct json_object *record)
{
	struct dirent **names;
	int count;
	int ret;

	if (mkdir(directory, 0700) && errno != EEXIST)
		return -errno;
	remove_torn(directory);
	count = scandir(directory, &names, is_record, alphasort);
	if (count < 0)
		return -errno;
	ret = write_numbered(directory, count ? atol(names[count - 1]->d_name) + 1 : 1, record);
	/* With the new one there is one more than is listed. */
	if (!ret && (unsigned int)count >= most)
		remove_files(directory, names, count - (int)most + 1);
	free_names(names, count);
	return ret;
}

int history_oldest(const char *directory, char *path, size_t size)
{
	struct dirent **names;
	int count = scandir(directory, &names, is_record, alphasort);
	int ret = count > 0 ? 0 : -ENOENT;

	if (count < 0)
		return -errno;
	if (!ret && (size_t)snprintf(path, size, "%s/%s", directory, names[0]->d_name) >= size)
		ret = -ENAMETOOLONG;
	free_names(names, count);
	return ret;
}
