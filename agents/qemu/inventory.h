/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest is made of. The arguments that QEMU was started with build the same
 * machine again only as long as nobody has added or removed a device, or changed a
 * disk, by another monitor or from within; with other ones the saved state would not
 * fit, or the guest go on with an old disk. And its disks have to be on the disks of
 * the host before the jump, which does not write what a cache of the host still has.
 */
#ifndef LUO_QEMU_INVENTORY_H
#define LUO_QEMU_INVENTORY_H

#include "guest.h"

/* One line for each device and each node of a disk, to be freed. */
int inventory_take(struct guest *guest, char **lines);
/* -ESTALE: it is another machine than was started; *why says in what. */
int inventory_check(struct guest *guest, char **why);

/* The files of its disks; ends with NULL, for guest_free_argv(). */
int inventory_files(struct guest *guest, char ***files);
/* Waits until all of them are written. Does not need QEMU. */
int inventory_sync(const struct guest *guest, char *const *files, char **why);

#endif /* LUO_QEMU_INVENTORY_H */
