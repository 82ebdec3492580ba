/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock that goes on while no kernel runs: the CPU's counter. What one kernel's agent
 * has read from it is compared with what the next one's reads. The kernel's own clocks
 * begin anew, or are set from one that has whole seconds; and its record of the update,
 * which is taken with this counter as well, knows nothing of when a guest stopped and
 * went on. So where the counter cannot be relied on, nothing can tell.
 */
#ifndef LUO_QEMU_CLOCK_H
#define LUO_QEMU_CLOCK_H

#include <stdint.h>

/* In units of its own; 0 where there is no such clock. */
uint64_t clock_stamp(void);

/* How many of them a nanosecond takes, measured since @start_stamp and @start_ns; or 0. */
double clock_rate(uint64_t start_stamp, uint64_t start_ns);

/* Nanoseconds from @stamp until now; -1 if that is not known. */
int64_t clock_since(uint64_t stamp, double rate);

/* Nanoseconds of CLOCK_MONOTONIC_RAW, for what begins and ends in one kernel. */
uint64_t clock_ns(void);

#endif /* LUO_QEMU_CLOCK_H */
