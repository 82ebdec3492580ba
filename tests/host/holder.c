// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A service that keeps a file in memory in its service manager's store of descriptors, and
 * says in a file whether it has got it back as it was: "new", "back", or what is wrong. Or
 * it has the file in a session of its own, and keeps that there; if that did not come from
 * the store it asks the kernel for it ("back by name").
 *
 * usage: holder RESULT [SESSION]
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libluo.h"

#define SIZE		(4UL << 20)
#define POSITION	12345
#define SEALS		(F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)
#define FIRST_FD	3
#define TOKEN		1
#define TRIES		100
#define TRY_USEC	100000

static unsigned char byte_at(size_t i)
{
	return (unsigned char)(i * 2654435761U >> 13);
}

static const char *look_at(int fd)
{
	struct stat st;
	unsigned char *p;

	if (fstat(fd, &st) || st.st_size != SIZE)
		return "another size";
	if (lseek(fd, 0, SEEK_CUR) != POSITION)
		return "another position";
	if (fcntl(fd, F_GET_SEALS) != SEALS)
		return "other seals";
	p = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return "cannot be mapped";
	for (size_t i = 0; i < SIZE; i++) {
		if (p[i] != byte_at(i))
			return "other content";
	}
	return "back";
}

static int make(void)
{
	int fd = memfd_create("held", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	unsigned char *p;

	if (fd < 0 || ftruncate(fd, SIZE))
		return -1;
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -1;
	for (size_t i = 0; i < SIZE; i++)
		p[i] = byte_at(i);
	munmap(p, SIZE);
	lseek(fd, POSITION, SEEK_SET);
	return fcntl(fd, F_ADD_SEALS, SEALS) ? -1 : fd;
}

/* To the service manager, with a descriptor or without. */
static int notify(const char *text, int fd)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char control[CMSG_SPACE(sizeof(fd))] = "";
	struct iovec iov = { (char *)text, strlen(text) };
	struct msghdr message = { .msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1 };
	const char *path = getenv("NOTIFY_SOCKET");
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!path || s < 0 || strlen(path) >= sizeof(to.sun_path))
		return -1;
	strcpy(to.sun_path, path);
	message.msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (*path == '@')
		to.sun_path[0] = '\0';
	if (fd >= 0) {
		struct cmsghdr *c;

		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(s, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* The device may be luod's for a moment. */
static struct luo *open_device(void)
{
	struct luo *luo = NULL;

	for (int i = 0; i < TRIES && luo_open(&luo, NULL, LUO_OPEN_WRITE) == -EBUSY; i++)
		usleep(TRY_USEC);
	return luo;
}

/* The session that was stored, or that waits under its name; then it is finished. */
static const char *take_back(const char *name, int stored)
{
	struct luo *luo = stored < 0 ? open_device() : NULL;
	int session = luo ? luo_session_retrieve(luo, name) : stored;
	const char *result;
	int fd;

	luo_close(luo);
	if (session == -ENOENT)
		return "new";
	fd = session < 0 ? session : luo_session_retrieve_fd(session, TOKEN);
	if (fd < 0)
		return "not retrieved";
	result = look_at(fd);
	if (!strcmp(result, "back") && stored < 0)
		result = "back by name";
	close(fd);
	if (luo_session_finish(session) || notify("FDSTOREREMOVE=1\nFDNAME=held", -1))
		result = "not finished";
	close(session);
	return result;
}

/* For the next time, once this one is over. */
static int put_away(const char *name)
{
	struct luo *luo;
	int session;
	int fd = make();

	if (fd < 0 || luo_wait_state(LUO_STATE_BIT(LUO_STATE_NORMAL), TRIES * TRY_USEC / 1000) < 0)
		return -1;
	luo = open_device();
	session = luo ? luo_session_create(luo, name) : -1;
	luo_close(luo);
	if (session < 0 || luo_session_preserve_fd(session, fd, TOKEN))
		return -1;
	return notify("FDSTORE=1\nFDNAME=held", session);
}

int main(int argc, char **argv)
{
	const char *count = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	const char *session = argc > 2 ? argv[2] : NULL;
	int stored = count && strcmp(count, "0") ? FIRST_FD : -1;
	const char *result;
	FILE *f;
	int fd;

	if (argc < 2)
		return 2;
	if (stored >= 0 && (!names || strcmp(names, "held"))) {
		result = "another name";
	} else if (session) {
		result = take_back(session, stored);
		if (put_away(session))
			result = "cannot be made";
	} else if (stored >= 0) {
		result = look_at(stored);
	} else {
		fd = make();
		result = fd < 0 || notify("FDSTORE=1\nFDNAME=held", fd) ? "cannot be made" : "new";
	}
	f = fopen(argv[1], "w");
	if (!f || fprintf(f, "%s\n", result) < 0 || fclose(f) || notify("READY=1", -1)) {
		perror(argv[1]);
		return 1;
	}
	for (;;)
		pause();
}
