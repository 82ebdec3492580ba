/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Those who do as docs/protocol.md says, in whatever company, and look at luod meanwhile. */
#ifndef HONEST_H
#define HONEST_H

#include <stdint.h>
#include <sys/types.h>

/* One asks for the status, one is a client, one does updates. */
void honest_start(const char *path);
/* Fails if one of them waits for too long. */
void honest_go_on(void);
/* The same, until no update is under way. */
void honest_rest(void);
/* One more comes, asks and goes. */
void honest_newcomer(void);
void honest_report(void);
void honest_stop(void);

int64_t now_ms(void);
int count_fds(pid_t process);
/* A line of /proc/PID/status. */
long memory_kb(pid_t process, const char *key);
void give_up(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif /* HONEST_H */
