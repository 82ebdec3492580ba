// SPDX-License-Identifier: GPL-2.0-or-later
/* The library's side of the seam, with files and sockets that need no kernel of ours. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "libluo.h"
#include "sys.h"

static char path[] = "/tmp/luo-sys-test.XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	return unlink(path);
}

static void put(const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void a_text_is_read_whole(void **state)
{
	static const struct {
		const char *text;
		const char *read;
	} cases[] = {
		{ "", "" },
		{ "\n", "" },
		{ "normal\n", "normal" },
		{ "a b", "a b" },
		{ "two\n\n", "two\n" },
		{ "0123456\n", "0123456" },
		{ "0123456789", "0123456" },
	};
	char buf[8];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(cases[i].text);
		assert_int_equal(luo_sys_read_text(path, buf, sizeof(buf)), 0);
		assert_string_equal(buf, cases[i].read);
	}
	assert_int_equal(luo_sys_read_text("/nonexistent", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(luo_sys_read_text("/", buf, sizeof(buf)), -EISDIR);
}

static void a_state_is_read_anew_each_time(void **state)
{
	int fd = luo_sys_open(path, O_RDONLY);

	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	put("prepared\n");
	assert_int_equal(luo_state_read(fd), LUO_STATE_PREPARED);
	put("normal\n");
	assert_int_equal(luo_state_read(fd), LUO_STATE_NORMAL);
	put("normally\n");
	assert_int_equal(luo_state_read(fd), -EPROTO);
	close(fd);
	assert_int_equal(luo_state_read(fd), -EBADF);
	assert_int_equal(luo_state_read(-1), -EBADF);
}

static void a_text_is_written(void **state)
{
	char buf[16];

	put("");
	assert_int_equal(luo_sys_write_text(path, "extent"), 0);
	assert_int_equal(luo_sys_read_text(path, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "extent");
	assert_int_equal(luo_sys_write_text("/nonexistent/file", "extent"), -ENOENT);
	assert_int_equal(luo_sys_write_text("/dev/full", "extent"), -ENOSPC);
}

/* As sysfs does, sockets have something urgent to say: data out of band. */
static void a_change_wakes(void **state)
{
	int pair[2];
	char c;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(luo_sys_wait_change(pair[0], 0), 0);
	/* What can be read, as a file in sysfs always can, is no change. */
	assert_int_equal(send(pair[1], "x", 1, 0), 1);
	assert_int_equal(luo_sys_wait_change(pair[0], 10), 0);
	if (send(pair[1], "!", 1, MSG_OOB) != 1)
		skip();
	assert_int_equal(luo_sys_wait_change(pair[0], -1), 1);
	assert_int_equal(luo_sys_wait_change(pair[0], 0), 1);
	assert_int_equal(recv(pair[0], &c, 1, MSG_OOB), 1);
	assert_int_equal(luo_sys_wait_change(pair[0], 0), 0);
	close(pair[0]);
	close(pair[1]);
}

static void on_alarm(int signal)
{
}

static void a_signal_ends_waiting(void **state)
{
	const struct itimerval soon = {
		.it_value.tv_usec = 20000,
		.it_interval.tv_usec = 20000,
	};
	const struct itimerval never = { 0 };
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	int fd = luo_sys_open(path, O_RDONLY);

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(luo_sys_wait_change(fd, -1), -EINTR);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_read_whole),
		cmocka_unit_test(a_state_is_read_anew_each_time),
		cmocka_unit_test(a_text_is_written),
		cmocka_unit_test(a_change_wakes),
		cmocka_unit_test(a_signal_ends_waiting),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
