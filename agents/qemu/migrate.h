/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's migration to and from a memory file, of all but the guest's memory, which
 * stays where it is.
 */
#ifndef LUO_QEMU_MIGRATE_H
#define LUO_QEMU_MIGRATE_H

#include "guest.h"

/* As soon as QEMU runs: how it is to be done. */
int migrate_set_up(struct guest *guest, char **why);
/* Whether it could be done now; if not, *why has QEMU's reasons. */
int migrate_check(struct guest *guest, char **why);
/* Of a guest that is stopped, to its state file; *length is how much that is. */
int migrate_save(struct guest *guest, int timeout_ms, uint64_t *length, char **why);
/* From its state file, into a QEMU that waits for it. */
int migrate_restore(struct guest *guest, int timeout_ms, char **why);
/* Until QEMU has left the state it is in while it migrates; ends what is under way. */
int migrate_settle(struct guest *guest, int timeout_ms);

#endif /* LUO_QEMU_MIGRATE_H */
