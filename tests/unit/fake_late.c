// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that are written to after they were preserved, as the kernel has them at the jump. */
#include "fake.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define REMEMBERED_MAX 8

static struct {
	int copy;
	int fd;
} remembered[REMEMBERED_MAX];

static unsigned int count;

void fake_remember(int copy, int fd)
{
	if (count == REMEMBERED_MAX) {
		close(copy);
		return;
	}
	remembered[count].copy = copy;
	remembered[count++].fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

void fake_write_late(void)
{
	for (unsigned int i = 0; i < count; i++) {
		struct stat st;
		off_t at = 0;

		if (fstat(remembered[i].fd, &st) || ftruncate(remembered[i].copy, 0) ||
		    lseek(remembered[i].copy, 0, SEEK_SET))
			continue;
		while (at < st.st_size && sendfile(remembered[i].copy, remembered[i].fd, &at,
						   (size_t)(st.st_size - at)) > 0)
			;
	}
}
