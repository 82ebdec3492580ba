/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU as a process. */
#ifndef LUO_QEMU_PROCESS_H
#define LUO_QEMU_PROCESS_H

#include "guest.h"

/* A memory file for the guest's memory. */
int process_make_memory(struct guest *guest);

/*
 * Starts QEMU with the guest's memory, connects to its monitor, and writes the run
 * directory with the phase that the guest has, before QEMU does anything. @incoming: it
 * waits for its state. Its own process session: what ends the agent does not end it.
 * -ECHILD: it has ended at once, and said why on stderr.
 */
int process_start(struct guest *guest, bool incoming);

/* Takes over a QEMU that another agent has started. -ESRCH: it is gone. */
int process_adopt(struct guest *guest);

/* Whether it has ended; *status is as of waitpid(2) if it is our child, else 0. */
bool process_has_ended(struct guest *guest, int *status);
/* Returns when it is gone. */
void process_kill(struct guest *guest);

#endif /* LUO_QEMU_PROCESS_H */
