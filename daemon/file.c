// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int file_write(const char *path, struct json_object *object)
{
	char new[PATH_MAX];
	int fd;
	int ret = 0;

	if ((size_t)snprintf(new, sizeof(new), "%s.new", path) >= sizeof(new))
		return -ENAMETOOLONG;
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	errno = EIO;
	if (json_object_to_fd(fd, object, JSON_C_TO_STRING_PLAIN) || fsync(fd))
		ret = -errno;
	close(fd);
	if (!ret && rename(new, path))
		ret = -errno;
	if (ret)
		unlink(new);
	return ret;
}

int file_read(const char *path, struct json_object **object)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*object = NULL;
	if (fd < 0)
		return -errno;
	*object = json_object_from_fd(fd);
	close(fd);
	if (json_object_is_type(*object, json_type_object))
		return 0;
	json_object_put(*object);
	*object = NULL;
	return -EBADMSG;
}
