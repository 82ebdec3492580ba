/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a phase of a live update begins and ends, for who watches the machine from
 * outside: an address is executed that nothing else ever is. Known to the program that
 * runs in the lab host and to the profiler that runs in QEMU.
 */
#ifndef PHASE_H
#define PHASE_H

#include <stdbool.h>

enum phase { PRESERVE, UNPRESERVE, PRESERVE_AGAIN, JUMP, RETRIEVE, PHASES };

static const char *const phase_names[PHASES] = {
	"preserve", "unpreserve", "preserve-again", "boot", "retrieve" };

/* A page of returns. The first of a phase's is executed where it begins. */
#define PHASE_PAGE		0x6c756f000000UL
#define PHASE_ADDRESS(phase, ends)	(PHASE_PAGE + (phase) * 32UL + ((ends) ? 16UL : 0UL))

/* Once, before the first phase_mark() */
void phase_prepare(void);
void phase_mark(enum phase phase, bool ends);

#endif
