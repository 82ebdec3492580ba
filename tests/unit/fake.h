/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the kernel that a directory plays; fake_sys.c says how. */
#ifndef FAKE_H
#define FAKE_H

#include <limits.h>
#include <linux/liveupdate.h>
#include <stdbool.h>
#include <stdint.h>

/* Below $LUO_FAKE; @path has PATH_MAX bytes. */
void fake_path(char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Into the log. */
void fake_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* There is an orchestrator, which is not the kernel's own. */
bool fake_has_states(void);

int fake_list_participants(struct liveupdate_ioctl_list_participants *args);
int fake_get_report(struct liveupdate_ioctl_get_report *args);

/* For a daemon; all of these do nothing where it is not played. */
bool fake_is_live(void);
/* @device, or -EBUSY. */
int fake_hold_device(int device);
void fake_hold(int session);
void fake_reap(const char *path);
void fake_keep(const char *session, uint64_t token, int fd);
int fake_unpreserve(int session, const char *name, uint64_t token);
int fake_list_fds(int session, struct liveupdate_session_list_fds *args);
void fake_jump(void);
/* All of a file's content. */
int fake_copy(int to, int from);

#endif /* FAKE_H */
