/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_PROGRESS_H
#define LUOCTL_PROGRESS_H

#include <stdint.h>

/* How far a long copy is, on a terminal and once it has taken a while. */
void progress_start(uint64_t total);
void progress_add(uint64_t bytes);
void progress_end(void);

#endif /* LUOCTL_PROGRESS_H */
