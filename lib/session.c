// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>

#include "device.h"
#include "ioctl.h"
#include "libluo.h"
#include "list.h"

static int fill_sessions(int fd, void *list, uint32_t *count, void *data)
{
	return luo_ioctl_list_sessions(fd, list, count);
}

int luo_list_sessions(struct luo *luo, struct luo_session_info **list, size_t *count)
{
	void *buf;
	int ret = luo_fill_list(fill_sessions, luo->fd, NULL, sizeof(**list), &buf, count);

	if (ret)
		return luo_call_result(luo, ret);
	*list = buf;
	for (size_t i = 0; i < *count; i++)
		(*list)[i].name[LUO_NAME_SIZE - 1] = '\0';
	return 0;
}

static int fill_tokens(int session, void *list, uint32_t *count, void *data)
{
	return luo_ioctl_list_fds(session, list, count);
}

int luo_session_list_fds(int session, uint64_t **tokens, size_t *count)
{
	void *buf;
	int ret = luo_fill_list(fill_tokens, session, NULL, sizeof(**tokens), &buf, count);

	if (ret)
		return ret == -ENOTTY || ret == -EINVAL ? -EOPNOTSUPP : ret;
	*tokens = buf;
	return 0;
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
