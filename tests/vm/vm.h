/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests that run inside a lab host share. They speak to the kernel
 * directly, not through libluo: it is the kernel's interface that they test.
 */
#ifndef VM_H
#define VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/liveupdate.h>

#define DEVICE "/dev/liveupdate"

/* Which kernel of this machine runs: 1 before the first jump. */
int boot(void);

/* One TAP line without its number. Returns the condition. */
bool ok(bool condition, const char *name, ...) __attribute__((format(printf, 2, 3)));
/* As ok(), for a result that must be what is expected; says so where it is not */
bool is(long got, long want, const char *name, ...) __attribute__((format(printf, 3, 4)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* For what a test needs and does not test: says what failed, and ends it. */
int need(long result, const char *what);

/* Calls: the descriptor or 0, or -errno */
int device(int flags);
int create(int dev, const char *name);
int retrieve(int dev, const char *name);
int preserve(int session, int fd, uint64_t token);
int unpreserve(int session, uint64_t token);
int retrieve_fd(int session, uint64_t token);
int finish(int session);
int get_state(int dev, struct liveupdate_ioctl_get_state *state);
int event(int dev, uint32_t event, char *culprit);
int list_sessions(int dev, struct liveupdate_session_info *infos, uint32_t room);
int list_fds(int session, uint64_t *tokens, uint32_t room);
/* The state by ioctl, on a descriptor of its own that is open for reading */
int state(void);
bool sysfs_is(const char *file, const char *value);

/* Loads the next kernel; extra is appended to its command line, where not NULL. */
int load(const char *extra);
int kexec_reboot(void);
/* Both, and the process ends where the jump does not happen. */
void jump(void) __attribute__((noreturn));

/* A memfd whose content is derived from its seed, page by page */
int memfd(const char *name, size_t size, uint64_t seed);
int refill(int fd, size_t size, uint64_t seed);
bool memfd_is(int fd, size_t size, uint64_t seed);
/* A value in kB of /proc/meminfo */
long meminfo(const char *field);
/* Has the kernel have back what it keeps of objects that were freed. */
void shrink_caches(void);
/* Free memory in kB; waits for what is freed later, until it is at least so much. */
long settled_free(long at_least);

#endif
