// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int luo_sys_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int luo_sys_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

int luo_sys_kexec_file_load(int kernel, int initrd, const char *command_line, unsigned long flags)
{
	unsigned long size = command_line ? strlen(command_line) + 1 : 0;

	if (syscall(SYS_kexec_file_load, kernel, initrd, size, command_line, flags) < 0)
		return -errno;
	return 0;
}

void luo_sys_sync(void)
{
	sync();
}

int luo_sys_reboot_kexec(void)
{
	if (syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		    LINUX_REBOOT_CMD_KEXEC, NULL) < 0)
		return -errno;
	return 0;
}

int luo_sys_reread_text(int fd, char *buf, size_t size)
{
	size_t used = 0;

	while (used < size - 1) {
		ssize_t n = pread(fd, buf + used, size - 1 - used, (off_t)used);

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	if (used && buf[used - 1] == '\n')
		used--;
	buf[used] = '\0';
	return 0;
}

int luo_sys_read_text(const char *path, char *buf, size_t size)
{
	int fd = luo_sys_open(path, O_RDONLY);
	int ret;

	if (fd < 0)
		return fd;
	ret = luo_sys_reread_text(fd, buf, size);
	close(fd);
	return ret;
}

int luo_sys_write_text(const char *path, const char *text)
{
	int fd = luo_sys_open(path, O_WRONLY);
	int ret = 0;

	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int luo_sys_wait_change(int fd, int timeout_ms)
{
	struct pollfd change = { .fd = fd, .events = POLLPRI };
	int ret = poll(&change, 1, timeout_ms);

	return ret < 0 ? -errno : ret;
}
