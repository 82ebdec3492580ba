// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <string.h>
#include <unistd.h>

#include "libluo.h"
#include "sys.h"

int luo_kexec_load_fd(int kernel, int initrd, const char *command_line)
{
	unsigned long flags = initrd < 0 ? KEXEC_FILE_NO_INITRAMFS : 0;

	if (strlen(command_line) > LUO_COMMAND_LINE_MAX)
		return -E2BIG;
	return luo_sys_kexec_file_load(kernel, initrd, command_line, flags);
}

int luo_kexec_load(const char *kernel, const char *initrd, const char *command_line)
{
	int initrd_fd = -1;
	int kernel_fd;
	int ret;

	kernel_fd = luo_sys_open(kernel, O_RDONLY);
	if (kernel_fd < 0)
		return kernel_fd;
	if (initrd) {
		initrd_fd = luo_sys_open(initrd, O_RDONLY);
		if (initrd_fd < 0) {
			ret = initrd_fd;
			goto out_kernel;
		}
	}

	ret = luo_kexec_load_fd(kernel_fd, initrd_fd, command_line);

	if (initrd)
		close(initrd_fd);
out_kernel:
	close(kernel_fd);
	return ret;
}

int luo_kexec_unload(void)
{
	return luo_sys_kexec_file_load(-1, -1, NULL, KEXEC_FILE_UNLOAD);
}

int luo_kexec_loaded(void)
{
	char text[8];
	int ret = luo_sys_read_text("/sys/kernel/kexec_loaded", text, sizeof(text));

	return ret ? ret : !strcmp(text, "1");
}

int luo_kexec_jump(void)
{
	luo_sys_sync();
	return luo_sys_reboot_kexec();
}

int luo_kexec_jump_now(void)
{
	return luo_sys_reboot_kexec();
}
