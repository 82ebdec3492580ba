// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CGROUP_DIR "/sys/fs/cgroup"

/* Of the unified hierarchy: "0::/system.slice/..." */
static int own_group(char *group, size_t size)
{
	char line[PATH_MAX];
	FILE *f = fopen("/proc/self/cgroup", "re");
	int ret = -EOPNOTSUPP;

	if (!f)
		return -errno;
	while (ret && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "0::/", 4))
			ret = (size_t)snprintf(group, size, "%s", line + 3) < size ? 0 : -ENAMETOOLONG;
	}
	fclose(f);
	return ret;
}

int cgroup_fetch(pid_t process)
{
	char group[PATH_MAX / 2], path[PATH_MAX];
	int ret = own_group(group, sizeof(group));
	int fd;

	if (ret)
		return ret;
	snprintf(path, sizeof(path), CGROUP_DIR "%s/cgroup.procs", group);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -EOPNOTSUPP : -errno;
	if (dprintf(fd, "%d\n", process) < 0)
		ret = -errno;
	close(fd);
	return ret;
}
