/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way from a fork of the agent to a QEMU. */
#ifndef LUO_QEMU_SPAWN_H
#define LUO_QEMU_SPAWN_H

#include "guest.h"

/* The number that the memory file has in QEMU. */
#define SPAWN_MEMORY_FD 60

/*
 * Forks QEMU, which waits until spawn_go() before it becomes one; sets the guest's pid.
 * Returns the gate for that, a descriptor. If it is closed before, by the agent's
 * death as well, there is no QEMU: none that nobody knows of.
 */
int spawn_qemu(struct guest *guest, bool incoming);
int spawn_go(int gate);

#endif /* LUO_QEMU_SPAWN_H */
