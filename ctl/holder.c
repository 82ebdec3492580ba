// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "luoctl.h"
#include "sys.h"

/* The access mode is the last octal digit of the line "flags:". */
static bool opened_for_writing(const char *process, const char *fd)
{
	char path[64];
	char text[512];
	const char *flags;

	snprintf(path, sizeof(path), "/proc/%.16s/fdinfo/%.16s", process, fd);
	if (luo_sys_read_text(path, text, sizeof(text)))
		return false;
	flags = strstr(text, "flags:");
	return flags && (strtoul(flags + 6, NULL, 8) & O_ACCMODE) != O_RDONLY;
}

static bool has_device(const char *process)
{
	char path[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", process);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		char target[sizeof(LUO_DEVICE) + 1];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target));

		found = n == (ssize_t)strlen(LUO_DEVICE) &&
			!memcmp(target, LUO_DEVICE, (size_t)n) &&
			opened_for_writing(process, entry->d_name);
	}
	closedir(dir);
	return found;
}

int device_holder(char *text, size_t size)
{
	struct dirent *entry;
	int ret = -ENOENT;
	DIR *dir;

	dir = opendir("/proc");
	if (!dir)
		return -errno;
	while (ret && (entry = readdir(dir))) {
		char path[64];
		char name[64];

		if (!isdigit((unsigned char)entry->d_name[0]) || !has_device(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/comm", entry->d_name);
		if (luo_sys_read_text(path, name, sizeof(name)))
			continue;
		snprintf(text, size, "%s (process %s)", name, entry->d_name);
		ret = 0;
	}
	closedir(dir);
	return ret;
}
