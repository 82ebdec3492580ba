// SPDX-License-Identifier: GPL-2.0-or-later
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "luod.h"

#define LOCK_FILE	LUOD_RUN "/lock"
/* An early one may be in the middle of a call to the kernel. */
#define TRIES		4000
#define PAUSE_NS	5000000

/* The early luod that has written itself into the file, if it is still the same process. */
static pid_t early_luod(int fd)
{
	char text[32] = "", path[64], name[32] = "";
	int pid = 0;
	FILE *f;

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0 || sscanf(text, "early %d", &pid) != 1 ||
	    pid <= 1)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(name, sizeof(name), f))
		*name = '\0';
	fclose(f);
	return strncmp(name, "luod", 4) ? 0 : pid;
}

static int replace(int fd)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	pid_t early = early_luod(fd);

	if (!early || kill(early, SIGTERM))
		return -EWOULDBLOCK;
	for (int i = 0; i < TRIES; i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB)) {
			log_info("takes the place of the early luod, process %d", early);
			return 0;
		}
		nanosleep(&pause, NULL);
	}
	return -EWOULDBLOCK;
}

static void write_down(int fd, bool early)
{
	if (ftruncate(fd, 0) || (early && dprintf(fd, "early %d\n", getpid()) < 0))
		log_warning("%s: %s", LOCK_FILE, strerror(errno));
}

int lock_take(bool early)
{
	int fd, ret;

	if (mkdir(LUOD_RUN, 0755) && errno != EEXIST) {
		ret = -errno;
		log_error("%s: %s", LUOD_RUN, strerror(-ret));
		return ret;
	}
	fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		ret = -errno;
		log_error("%s: %s; luod has to be run by root", LOCK_FILE, strerror(-ret));
		return ret;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) && (early || replace(fd))) {
		log_error("another luod runs already (it has %s)", LOCK_FILE);
		close(fd);
		return -EWOULDBLOCK;
	}
	write_down(fd, early);
	return 0;
}
