// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "module.h"
#include "vm.h"

int load_module(const char *parameters)
{
	char image[4096], path[8192];
	int fd, err;

	snprintf(image, sizeof(image), "%s", getenv(boot() == 1 ? "LAB_KERNEL" : "LAB_NEXT"));
	snprintf(path, sizeof(path), "%s/liveupdate_sample.ko", dirname(image));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	need(fd < 0 ? -errno : fd, path);
	err = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return err;
}

int unload(void)
{
	return syscall(SYS_delete_module, "liveupdate_sample", O_NONBLOCK) ? -errno : 0;
}

int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err = -errno;
	close(fd);
	return err;
}

void get(const char *path, char *text, size_t room)
{
	FILE *f = fopen(path, "r");

	text[0] = 0;
	if (!f)
		return;
	if (!fgets(text, room, f))
		text[0] = 0;
	fclose(f);
	text[strcspn(text, "\n")] = 0;
}

void refuse(const char *callback)
{
	need(put("/sys/module/liveupdate_sample/parameters/refuse", *callback ? callback : "-"),
	     "set what is refused");
}

bool participant(int dev, const char *name, struct liveupdate_participant_info *info)
{
	struct liveupdate_participant_info infos[32];
	struct liveupdate_ioctl_list_participants arg = {
		.size = sizeof(arg), .entry_size = sizeof(infos[0]), .count = 32,
		.entries = (uintptr_t)infos };

	memset(info, 0, sizeof(*info));
	if (ioctl(dev, LIVEUPDATE_IOCTL_LIST_PARTICIPANTS, &arg))
		return false;
	for (unsigned int i = 0; i < arg.count && i < 32; i++) {
		if (strcmp((char *)infos[i].name, name))
			continue;
		*info = infos[i];
		return true;
	}
	return false;
}
