/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock that goes on while no kernel runs: the CPU's time stamp counter. What one
 * kernel's agent has read from it is compared with what the next one's reads.
 */
#ifndef LUO_QEMU_CLOCK_H
#define LUO_QEMU_CLOCK_H

#include <stdint.h>

/* In units of its own; 0 where there is no such clock. */
uint64_t clock_stamp(void);

/* How many of them a nanosecond takes, measured since @start_stamp and @start_ns. */
double clock_rate(uint64_t start_stamp, uint64_t start_ns);

/* Nanoseconds from @stamp until now; -1 if that is not known. */
int64_t clock_since(uint64_t stamp, double rate);

/* Nanoseconds of CLOCK_MONOTONIC_RAW, for what begins and ends in one kernel. */
uint64_t clock_ns(void);

#endif /* LUO_QEMU_CLOCK_H */
