// SPDX-License-Identifier: GPL-2.0-or-later
#include "mock_sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "sys.h"

struct mock mock;

int mock_fd(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

int mock_reset(void **state)
{
	mock = (struct mock){ 0 };
	return 0;
}

int luo_sys_open(const char *path, int flags)
{
	return mock.open ? mock.open(path, flags) : mock_fd();
}

int luo_sys_ioctl(int fd, unsigned long request, void *arg)
{
	return mock.ioctl ? mock.ioctl(fd, request, arg) : -ENOTTY;
}

int luo_sys_kexec_file_load(int kernel, int initrd, const char *command_line, unsigned long flags)
{
	return mock.load ? mock.load(kernel, initrd, command_line, flags) : -ENOSYS;
}

void luo_sys_sync(void)
{
	mock.syncs++;
}

int luo_sys_reboot_kexec(void)
{
	return mock.reboot ? mock.reboot() : -EINVAL;
}

int luo_sys_read_text(const char *path, char *buf, size_t size)
{
	for (const char *const *p = mock.files; p && *p; p += 2) {
		if (!strcmp(p[0], path)) {
			snprintf(buf, size, "%s", p[1]);
			return 0;
		}
	}
	return -ENOENT;
}

int luo_sys_reread_text(int fd, char *buf, size_t size)
{
	if (!mock.texts)
		return -EIO;
	snprintf(buf, size, "%s", *mock.texts);
	if (mock.texts[1])
		mock.texts++;
	return 0;
}

int luo_sys_write_text(const char *path, const char *text)
{
	snprintf(mock.written, sizeof(mock.written), "%s=%s", path, text);
	return mock.write_error;
}

int luo_sys_wait_change(int fd, int timeout_ms)
{
	return mock.wait ? mock.wait(timeout_ms) : 1;
}
