/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_DURATION_H
#define LUOCTL_DURATION_H

#include <stdint.h>

/* Room for any duration in words, the terminating zero included. */
#define DURATION_SIZE 24

/* "12.3 ms": three significant digits, in ns, us, ms or s; "unknown". Returns @text. */
const char *duration_text(uint64_t ns, char text[DURATION_SIZE]);

#endif /* LUOCTL_DURATION_H */
