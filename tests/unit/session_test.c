// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/liveupdate.h>
#include <stdlib.h>
#include <string.h>

#include "libluo.h"
#include "mock_sys.h"

/* What the fake kernel has, and what it was last asked. */
static uint32_t existing;
static uint32_t growth;
static int list_calls;
static int error;
static struct {
	unsigned long request;
	int fd;
	uint64_t token;
	char name[LUO_NAME_SIZE];
} asked;

static int list_sessions(struct liveupdate_ioctl_list_sessions *args)
{
	struct liveupdate_session_info *list = (void *)(uintptr_t)args->entries;

	assert_int_equal(args->size, sizeof(*args));
	assert_int_equal(args->entry_size, sizeof(*list));
	for (uint32_t i = 0; i < args->count && i < existing; i++) {
		memset(list[i].name, 'n', sizeof(list[i].name));
		list[i].flags = LIVEUPDATE_SESSION_FLAG_INCOMING;
		list[i].files = i;
	}
	args->count = existing;
	existing += growth;
	list_calls++;
	return 0;
}

static int list_fds(struct liveupdate_session_list_fds *args)
{
	uint64_t *tokens = (void *)(uintptr_t)args->tokens;

	assert_int_equal(args->size, sizeof(*args));
	for (uint32_t i = 0; i < args->count && i < existing; i++)
		tokens[i] = i * 3;
	args->count = existing;
	existing += growth;
	list_calls++;
	return 0;
}

static int session_call(unsigned long request, void *arg)
{
	struct liveupdate_session_preserve_fd *fd_args = arg;
	struct liveupdate_session_unpreserve_fd *unpreserve = arg;
	struct liveupdate_session_get_name *name = arg;

	switch (request) {
	case LIVEUPDATE_SESSION_PRESERVE_FD:
	case LIVEUPDATE_SESSION_RETRIEVE_FD:
		assert_int_equal(fd_args->size, sizeof(*fd_args));
		asked.token = fd_args->token;
		if (request == LIVEUPDATE_SESSION_PRESERVE_FD)
			asked.fd = fd_args->fd;
		else
			fd_args->fd = 77;
		return 0;
	case LIVEUPDATE_SESSION_UNPRESERVE_FD:
		asked.token = unpreserve->token;
		return 0;
	case LIVEUPDATE_SESSION_GET_NAME:
		memset(name->name, 'q', sizeof(name->name));
		return 0;
	case LIVEUPDATE_SESSION_FINISH:
		return 0;
	case LIVEUPDATE_SESSION_LIST_FDS:
		return list_fds(arg);
	}
	return -ENOTTY;
}

static int kernel(int fd, unsigned long request, void *arg)
{
	struct liveupdate_ioctl_create_session *session = arg;

	asked.request = request;
	if (error)
		return error;
	switch (request) {
	case LIVEUPDATE_IOCTL_CREATE_SESSION:
	case LIVEUPDATE_IOCTL_RETRIEVE_SESSION:
		assert_int_equal(session->size, sizeof(*session));
		memcpy(asked.name, session->name, sizeof(asked.name));
		session->fd = 55;
		return 0;
	case LIVEUPDATE_IOCTL_LIST_SESSIONS:
		return list_sessions(arg);
	case LIVEUPDATE_IOCTL_GET_STATE:
		return 0;
	}
	return session_call(request, arg);
}

static struct luo *start(uint32_t count, uint32_t grows)
{
	struct luo *luo;

	existing = count;
	growth = grows;
	list_calls = 0;
	error = 0;
	memset(&asked, 0, sizeof(asked));
	mock.ioctl = kernel;
	assert_int_equal(luo_open(&luo, NULL, LUO_OPEN_WRITE), 0);
	return luo;
}

static void test_list_sessions(void **state)
{
	static const struct {
		uint32_t existing;
		int calls;
	} cases[] = { { 0, 1 }, { 1, 1 }, { 32, 1 }, { 33, 2 }, { 5000, 2 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct luo *luo = start(cases[i].existing, 0);
		struct luo_session_info *list;
		size_t count;

		assert_int_equal(luo_list_sessions(luo, &list, &count), 0);
		assert_int_equal(count, cases[i].existing);
		assert_int_equal(list_calls, cases[i].calls);
		for (size_t j = 0; j < count; j++) {
			assert_int_equal(strlen(list[j].name), LUO_NAME_SIZE - 1);
			assert_int_equal(list[j].files, j);
		}
		free(list);
		luo_close(luo);
	}
}

static void test_list_that_grows(void **state)
{
	struct luo_session_info *list;
	struct luo *luo = start(40, 40);
	uint64_t *tokens;
	size_t count;

	assert_int_equal(luo_list_sessions(luo, &list, &count), -EAGAIN);
	existing = 40;
	assert_int_equal(luo_session_list_fds(3, &tokens, &count), -EAGAIN);
	growth = 10;
	existing = 40;
	assert_int_equal(luo_list_sessions(luo, &list, &count), 0);
	assert_int_equal(count, 50);
	free(list);
	luo_close(luo);
}

static void test_list_failures(void **state)
{
	struct luo_session_info *list;
	struct luo *luo = start(1, 0);
	uint64_t *tokens;
	size_t count;

	error = -EINVAL;
	assert_int_equal(luo_list_sessions(luo, &list, &count), -EOPNOTSUPP);
	assert_int_equal(luo_session_list_fds(3, &tokens, &count), -EOPNOTSUPP);
	error = -ENOTTY;
	assert_int_equal(luo_list_sessions(luo, &list, &count), -EOPNOTSUPP);
	assert_int_equal(luo_session_list_fds(3, &tokens, &count), -EOPNOTSUPP);
	error = -EFAULT;
	assert_int_equal(luo_list_sessions(luo, &list, &count), -EFAULT);
	assert_int_equal(luo_session_list_fds(3, &tokens, &count), -EFAULT);
	luo_close(luo);
}

static void test_list_fds(void **state)
{
	struct luo *luo = start(100, 0);
	uint64_t *tokens;
	size_t count;

	assert_int_equal(luo_session_list_fds(3, &tokens, &count), 0);
	assert_int_equal(count, 100);
	assert_int_equal(tokens[99], 297);
	free(tokens);
	luo_close(luo);
}

static void test_session_names(void **state)
{
	struct luo *luo = start(0, 0);
	char longest[LUO_NAME_SIZE + 1];

	memset(longest, 'a', LUO_NAME_SIZE);
	longest[LUO_NAME_SIZE] = '\0';
	assert_int_equal(luo_session_create(luo, ""), -EINVAL);
	assert_int_equal(luo_session_create(luo, longest), -ENAMETOOLONG);
	assert_int_equal(luo_session_retrieve(luo, ""), -EINVAL);
	assert_int_equal(luo_session_retrieve(luo, longest), -ENAMETOOLONG);
	assert_int_equal(asked.request, 0);

	longest[LUO_NAME_SIZE - 1] = '\0';
	assert_int_equal(luo_session_create(luo, longest), 55);
	assert_string_equal(asked.name, longest);
	assert_int_equal(luo_session_retrieve(luo, "vm1"), 55);
	assert_string_equal(asked.name, "vm1");
	error = -EEXIST;
	assert_int_equal(luo_session_create(luo, "vm1"), -EEXIST);
	luo_close(luo);
}

static void test_session_calls(void **state)
{
	char name[LUO_NAME_SIZE];
	struct luo *luo = start(0, 0);

	assert_int_equal(luo_session_preserve_fd(3, 9, UINT64_MAX), 0);
	assert_int_equal(asked.fd, 9);
	assert_true(asked.token == UINT64_MAX);
	assert_int_equal(luo_session_retrieve_fd(3, 12), 77);
	assert_int_equal(asked.token, 12);
	assert_int_equal(luo_session_unpreserve_fd(3, 13), 0);
	assert_int_equal(asked.token, 13);
	assert_int_equal(luo_session_get_name(3, name), 0);
	assert_int_equal(strlen(name), LUO_NAME_SIZE - 1);
	assert_int_equal(luo_session_finish(3), 0);
	luo_close(luo);
}

static void test_session_failures(void **state)
{
	char name[LUO_NAME_SIZE];
	struct luo *luo = start(0, 0);

	error = -EBUSY;
	assert_int_equal(luo_session_preserve_fd(3, 9, 1), -EBUSY);
	assert_int_equal(luo_session_retrieve_fd(3, 1), -EBUSY);
	assert_int_equal(luo_session_unpreserve_fd(3, 1), -EBUSY);
	assert_int_equal(luo_session_get_name(3, name), -EBUSY);
	assert_int_equal(luo_session_finish(3), -EBUSY);
	error = -EINVAL;
	assert_int_equal(luo_session_unpreserve_fd(3, 1), -EOPNOTSUPP);
	luo_close(luo);
}

static int incoming(int fd, unsigned long request, void *arg)
{
	return request == LIVEUPDATE_SESSION_UNPRESERVE_FD ? -EINVAL : kernel(fd, request, arg);
}

static void test_unpreserve_incoming(void **state)
{
	struct luo *luo = start(0, 0);

	mock.ioctl = incoming;
	assert_int_equal(luo_session_unpreserve_fd(3, 1), -EINVAL);
	luo_close(luo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mock_test(test_list_sessions),
		mock_test(test_list_that_grows),
		mock_test(test_list_failures),
		mock_test(test_list_fds),
		mock_test(test_session_names),
		mock_test(test_session_calls),
		mock_test(test_session_failures),
		mock_test(test_unpreserve_incoming),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
