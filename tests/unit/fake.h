/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the kernel that a directory plays; fake_sys.c says how. */
#ifndef FAKE_H
#define FAKE_H

#include <limits.h>
#include <linux/liveupdate.h>

/* Below $LUO_FAKE; @path has PATH_MAX bytes. */
void fake_path(char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

int fake_list_participants(struct liveupdate_ioctl_list_participants *args);
int fake_get_report(struct liveupdate_ioctl_get_report *args);

/*
 * What is preserved may be written to up to the jump: @copy, which is taken over, gets
 * what @fd has by then.
 */
void fake_remember(int copy, int fd);
void fake_write_late(void);

#endif /* FAKE_H */
