/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The library's seam, played by functions that a test sets. */
#ifndef MOCK_SYS_H
#define MOCK_SYS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

extern struct mock {
	int (*open)(const char *path, int flags);
	int (*ioctl)(int fd, unsigned long request, void *arg);
	int (*load)(int kernel, int initrd, const char *command_line, unsigned long flags);
	int syncs;
	int (*reboot)(void);
	/* What reading a file gives: pairs of path and text, ended by NULL. */
	const char *const *files;
	/* What reading again gives, one text each time, the last one from then on. */
	const char *const *texts;
	int (*wait)(int timeout_ms);
	/* The last text written, as "PATH=TEXT". */
	char written[128];
	int write_error;
} mock;

/* A descriptor that may be closed. */
int mock_fd(void);

/* For cmocka: each test starts with nothing set. */
int mock_reset(void **state);

#define mock_test(function) cmocka_unit_test_setup(function, mock_reset)

#endif /* MOCK_SYS_H */
