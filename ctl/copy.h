/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_COPY_H
#define LUOCTL_COPY_H

#include <sys/types.h>

/*
 * Gives @to the size and the content of @from; holes stay holes. -ESTALE: @from
 * ended before @size. -EINTR: interrupted.
 */
int copy_contents(int from, int to, off_t size);

/* Reads or writes all of it at the start of the file. */
int read_all(int fd, char *buf, size_t size);
int write_all(int fd, const char *buf, size_t size);

#endif /* LUOCTL_COPY_H */
