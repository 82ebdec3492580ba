// SPDX-License-Identifier: GPL-2.0-or-later
#include "copy.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "interrupt.h"
#include "progress.h"

/* One step: large enough to be fast, small enough for an interrupt to be. */
#define STEP ((off_t)8 << 20)

static size_t step_size(off_t left)
{
	return (size_t)(left < STEP ? left : STEP);
}

static int write_at(int fd, const char *buf, size_t size, off_t at)
{
	while (size) {
		ssize_t n = pwrite(fd, buf, size, at);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			buf += n;
			at += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

static int copy_buffered(int from, int to, off_t at, off_t end)
{
	char *buf = malloc(STEP);
	int ret = buf ? 0 : -ENOMEM;

	while (!ret && at < end) {
		ssize_t n = pread(from, buf, step_size(end - at), at);

		if (was_interrupted())
			ret = -EINTR;
		else if (n < 0)
			ret = errno == EINTR ? 0 : -errno;
		else if (n == 0)
			ret = -ESTALE;
		else
			ret = write_at(to, buf, (size_t)n, at);
		if (!ret && n > 0) {
			at += n;
			progress_add((uint64_t)n);
		}
	}
	free(buf);
	return ret;
}

static int copy_range(int from, int to, off_t at, off_t end)
{
	if (lseek(to, at, SEEK_SET) < 0)
		return -errno;
	while (at < end) {
		ssize_t n = sendfile(to, from, &at, step_size(end - at));

		if (was_interrupted())
			return -EINTR;
		if (n < 0 && (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP))
			return copy_buffered(from, to, at, end);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -ESTALE;
		progress_add(n > 0 ? (uint64_t)n : 0);
	}
	return 0;
}

int copy_contents(int from, int to, off_t size)
{
	off_t at = 0;

	if (ftruncate(to, size))
		return -errno;
	while (at < size) {
		off_t start = lseek(from, at, SEEK_DATA);
		off_t end;
		int ret;

		if (start < 0 && errno == ENXIO)
			break;
		/* Where there is no telling holes from data, all is data. */
		if (start < 0)
			return copy_range(from, to, at, size);
		end = lseek(from, start, SEEK_HOLE);
		if (end < 0 || end > size)
			end = size;
		ret = start < end ? copy_range(from, to, start, end) : 0;
		if (ret)
			return ret;
		at = end;
	}
	return 0;
}

int read_all(int fd, char *buf, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = pread(fd, buf + used, size - used, (off_t)used);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -ESTALE;
		used += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int write_all(int fd, const char *buf, size_t size)
{
	return write_at(fd, buf, size, 0);
}
