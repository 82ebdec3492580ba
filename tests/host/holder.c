// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A service that keeps a file in memory in its service manager's store of descriptors, and
 * says in a file whether it has got it back as it was: "new", "back", or what is wrong.
 *
 * usage: holder RESULT
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

#define SIZE		(4UL << 20)
#define POSITION	12345
#define SEALS		(F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)
#define FIRST_FD	3

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

int main(int argc, char **argv)
{
	const char *count = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	const char *result;
	FILE *f;
	int fd;

	if (count && strcmp(count, "0")) {
		result = names && !strcmp(names, "held") ? look_at(FIRST_FD) : "another name";
	} else {
		fd = make();
		result = fd < 0 || notify("FDSTORE=1\nFDNAME=held", fd) ? "cannot be made" : "new";
	}
	f = fopen(argv[argc - 1], "w");
	if (!f || fprintf(f, "%s\n", result) < 0 || fclose(f) || notify("READY=1", -1)) {
		perror(argv[argc - 1]);
		return 1;
	}
	for (;;)
		pause();
}
