// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

/* With "hook:" before it, it has to fit where a culprit is named. */
#define NAME_LENGTH_MAX 100

/* What editors and packages leave behind. */
static const char *const leftovers[] = {
	".bak", ".old", ".orig", ".rej", ".swp", ".tmp", ".dpkg-bak", ".dpkg-dist", ".dpkg-new",
	".dpkg-old", ".dpkg-tmp", ".ucf-dist", ".ucf-new", ".ucf-old", ".rpmnew", ".rpmorig",
	".rpmsave",
};

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name);

	return length > strlen(end) && !strcmp(name + length - strlen(end), end);
}

static bool is_leftover(const char *name)
{
	if (*name == '.' || ends_in(name, "~"))
		return true;
	for (size_t i = 0; i < sizeof(leftovers) / sizeof(leftovers[0]); i++) {
		if (ends_in(name, leftovers[i]))
			return true;
	}
	return false;
}

/* Why nobody should have it run as root; or NULL. A test's luod is not always root's. */
static const char *find_danger(const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "it is not root's";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "others than root may write to it";
	return NULL;
}

static bool is_hook(int directory, const char *path, const char *name)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	const char *why = NULL;
	struct stat st;

	if (is_leftover(name) || fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW))
		return false;
	/* To take the right to be run away is how a hook is put out of use. */
	if (S_ISREG(st.st_mode) && !(st.st_mode & 0111))
		return false;
	if (!S_ISREG(st.st_mode))
		why = "it is no regular file";
	else if (strspn(name, good) != strlen(name))
		why = "its name has other characters than letters, digits, '_', '.' and '-'";
	else if (strlen(name) > NAME_LENGTH_MAX)
		why = "its name is too long";
	else
		why = find_danger(&st);
	if (why)
		log_warning("%s/%s: not run: %s", path, name, why);
	return !why;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add(struct hook_list *list, const char *name)
{
	char **names = reallocarray(list->names, list->count + 1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	list->names = names;
	names[list->count] = strdup(name);
	if (!names[list->count])
		return -ENOMEM;
	list->count++;
	return 0;
}

static int collect(struct hook_list *list, DIR *directory)
{
	struct dirent *entry;
	int ret = 0;

	while (!ret && (entry = readdir(directory))) {
		if (is_hook(dirfd(directory), list->directory, entry->d_name))
			ret = add(list, entry->d_name);
	}
	if (list->count)
		qsort(list->names, list->count, sizeof(*list->names), compare);
	return ret;
}

struct hook_list hook_list_read(const char *directory)
{
	struct hook_list list = { .directory = realpath(directory, NULL) };
	DIR *stream = list.directory ? opendir(list.directory) : NULL;
	const char *danger;
	struct stat st;

	if (!stream) {
		if (errno != ENOENT)
			log_error("%s: %s; no hook in it is run", directory, strerror(errno));
		return list;
	}
	danger = fstat(dirfd(stream), &st) ? strerror(errno) : find_danger(&st);
	if (danger)
		log_warning("%s: no hook in it is run: %s", directory, danger);
	else if (collect(&list, stream))
		log_error("%s: %s; not every hook in it is run", directory, strerror(ENOMEM));
	closedir(stream);
	return list;
}

void hook_list_free(struct hook_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
	free(list->directory);
	*list = (struct hook_list){ 0 };
}
