/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The seam to the kernel: everything that cannot run without one, and without
 * being root, goes through these few calls. Tests link a fake in their place.
 * All return a negative errno value on failure.
 */
#ifndef LUO_SYS_H
#define LUO_SYS_H

#include <stddef.h>
#include <sys/types.h>

int luo_sys_open(const char *path, int flags);
int luo_sys_ioctl(int fd, unsigned long request, void *arg);
int luo_sys_kexec_file_load(int kernel, int initrd, const char *command_line, unsigned long flags);
void luo_sys_sync(void);
int luo_sys_reboot_kexec(void);

/* Reads a small text file whole, zero-terminated, without its last newline. */
int luo_sys_read_text(const char *path, char *buf, size_t size);
/* The same, of one that is open, from its beginning. */
int luo_sys_reread_text(int fd, char *buf, size_t size);
int luo_sys_write_text(const char *path, const char *text);

/* Waits until a sysfs file has changed since it was read: 1, or 0 after @timeout_ms. */
int luo_sys_wait_change(int fd, int timeout_ms);

#endif /* LUO_SYS_H */
