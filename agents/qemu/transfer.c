// SPDX-License-Identifier: GPL-2.0-or-later
#include "transfer.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* In one go: events are to be seen in between. */
#define PART (1UL << 20)

int transfer_open(struct transfer *t, int file, uint64_t size, bool to_qemu)
{
	int ends[2];
	void *map;

	*t = (struct transfer){ .socket = -1, .size = size, .to_qemu = to_qemu };
	map = mmap(NULL, size, to_qemu ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (map == MAP_FAILED)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		int ret = -errno;

		munmap(map, size);
		return ret;
	}
	t->map = map;
	t->socket = ends[0];
	return ends[1];
}

short transfer_events(const struct transfer *t)
{
	return t->to_qemu ? POLLOUT : POLLIN;
}

static void end(struct transfer *t)
{
	close(t->socket);
	t->socket = -1;
}

static int send_part(struct transfer *t)
{
	uint64_t left = t->size - t->done;
	ssize_t n = send(t->socket, t->map + t->done, left < PART ? left : PART,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0)
		t->done += (uint64_t)n;
	/* If QEMU has heard enough, it will say itself what became of it. */
	if (n < 0 || t->done == t->size)
		end(t);
	return 0;
}

static int receive_part(struct transfer *t)
{
	uint64_t left = t->size - t->done;
	char more;
	/* One byte more than there is room for tells that it does not fit. */
	ssize_t n = left ? recv(t->socket, t->map + t->done, left < PART ? left : PART, MSG_DONTWAIT) :
			   recv(t->socket, &more, 1, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n > 0 && !left)
		return -ENOSPC;
	t->done += (uint64_t)n;
	if (!n)
		end(t);
	return 0;
}

int transfer_move(struct transfer *t)
{
	if (t->socket < 0)
		return 0;
	return t->to_qemu ? send_part(t) : receive_part(t);
}

void transfer_close(struct transfer *t)
{
	if (t->socket >= 0)
		end(t);
	if (t->map)
		munmap(t->map, t->size);
	t->map = NULL;
}
