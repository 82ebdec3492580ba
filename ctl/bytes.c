// SPDX-License-Identifier: GPL-2.0-or-later
#include "bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, struct bytes *bytes)
{
	size_t done = 0;

	while (done < bytes->size) {
		ssize_t n = read(fd, bytes->data + done, bytes->size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		/* It has become shorter. */
		if (!n)
			bytes->size = done;
		done += (size_t)n;
	}
	return 0;
}

static int read_file(int fd, size_t max, struct bytes *bytes)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EMEDIUMTYPE;
	if (!st.st_size)
		return -ENODATA;
	if ((uint64_t)st.st_size > max)
		return -EFBIG;
	bytes->size = (size_t)st.st_size;
	bytes->data = malloc(bytes->size);
	return bytes->data ? read_all(fd, bytes) : -ENOMEM;
}

int bytes_read(const char *path, size_t max, struct bytes *bytes)
{
	/* What waits for a writer is no file to be read here. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int ret;

	*bytes = (struct bytes){ 0 };
	if (fd < 0)
		return -errno;
	ret = read_file(fd, max, bytes);
	close(fd);
	return ret;
}
