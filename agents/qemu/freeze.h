/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's part in an update, up to the jump, and back. */
#ifndef LUO_QEMU_FREEZE_H
#define LUO_QEMU_FREEZE_H

#include "guest.h"

/*
 * While the guest runs: whether it can be saved, and everything that takes long. On
 * failure *why is to be freed, and the guest as before.
 */
int freeze_prepare(struct guest *guest, int session, char **why);

/* Stops the guest, and saves its state. On failure it runs again, and *why says why. */
int freeze_guest(struct guest *guest, char **why);

/* As if there had been no update; whatever has been done. */
int freeze_cancel(struct guest *guest);

/* Has a guest go on that is stopped for an update, whoever stopped it. */
int freeze_thaw(struct guest *guest);

#endif /* LUO_QEMU_FREEZE_H */
