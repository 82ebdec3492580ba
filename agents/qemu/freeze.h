/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stopping for an update, and going on if it does not happen. */
#ifndef LUO_QEMU_FREEZE_H
#define LUO_QEMU_FREEZE_H

#include "guest.h"

/*
 * Stops the guest, saves its state, and has its disks written. On failure it goes on, and
 * *why, if it is not NULL, says why, and is to be freed.
 */
int freeze_guest(struct guest *guest, int timeout_ms, char **why);

/*
 * As if there had been no update, whatever has been done for it. On failure the guest
 * stands still, and this may be called again.
 */
int freeze_cancel(struct guest *guest);

/* Another than the agent has let it go on: what was saved is worth nothing. */
void freeze_forget(struct guest *guest);

#endif /* LUO_QEMU_FREEZE_H */
