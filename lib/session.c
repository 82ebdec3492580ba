// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>

#include "device.h"
#include "ioctl.h"
#include "libluo.h"

/* The list may grow between two calls: a few rounds of room for what was seen. */
#define LIST_ROUNDS 8
#define LIST_START 32

int luo_list_sessions(struct luo *luo, struct luo_session_info **list, size_t *count)
{
	uint32_t room = LIST_START;

	for (int i = 0; i < LIST_ROUNDS; i++) {
		struct luo_session_info *buf = calloc(room, sizeof(*buf));
		uint32_t n = room;
		int ret;

		if (!buf)
			return -ENOMEM;
		ret = luo_ioctl_list_sessions(luo->fd, buf, &n);
		if (!ret && n <= room) {
			for (uint32_t j = 0; j < n; j++)
				buf[j].name[LUO_NAME_SIZE - 1] = '\0';
			*list = buf;
			*count = n;
			return 0;
		}
		free(buf);
		if (ret == -ENOTTY || (ret == -EINVAL && luo_has_states(luo) == 0))
			return -EOPNOTSUPP;
		if (ret)
			return ret;
		room = n > UINT32_MAX - LIST_START ? UINT32_MAX : n + LIST_START;
	}
	return -EAGAIN;
}

int luo_session_list_fds(int session, uint64_t **tokens, size_t *count)
{
	uint32_t room = LIST_START;

	for (int i = 0; i < LIST_ROUNDS; i++) {
		uint64_t *buf = calloc(room, sizeof(*buf));
		uint32_t n = room;
		int ret;

		if (!buf)
			return -ENOMEM;
		ret = luo_ioctl_list_fds(session, buf, &n);
		if (!ret && n <= room) {
			*tokens = buf;
			*count = n;
			return 0;
		}
		free(buf);
		if (ret == -ENOTTY || ret == -EINVAL)
			return -EOPNOTSUPP;
		if (ret)
			return ret;
		room = n > UINT32_MAX - LIST_START ? UINT32_MAX : n + LIST_START;
	}
	return -EAGAIN;
}

int luo_session_create(struct luo *luo, const char *name)
{
	return luo_ioctl_create_session(luo->fd, name);
}

int luo_session_retrieve(struct luo *luo, const char *name)
{
	return luo_ioctl_retrieve_session(luo->fd, name);
}

int luo_session_preserve_fd(int session, int fd, uint64_t token)
{
	return luo_ioctl_preserve_fd(session, fd, token);
}

int luo_session_unpreserve_fd(int session, uint64_t token)
{
	uint32_t none = 0;
	int ret = luo_ioctl_unpreserve_fd(session, token);

	if (ret == -ENOTTY || (ret == -EINVAL && luo_ioctl_list_fds(session, NULL, &none)))
		return -EOPNOTSUPP;
	return ret;
}

int luo_session_retrieve_fd(int session, uint64_t token)
{
	return luo_ioctl_retrieve_fd(session, token);
}

int luo_session_get_name(int session, char name[LUO_NAME_SIZE])
{
	return luo_ioctl_get_name(session, name);
}

int luo_session_finish(int session)
{
	return luo_ioctl_finish(session);
}
