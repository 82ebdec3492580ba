/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What another agent of the same guest has to know: /run/luo-qemu/NAME. */
#ifndef LUO_QEMU_RUN_DIR_H
#define LUO_QEMU_RUN_DIR_H

#include <stddef.h>

#include "guest.h"

#ifndef RUN_DIR
#define RUN_DIR "/run/luo-qemu"
#endif

/* The path of @file in the guest's directory. */
const char *run_path(const struct guest *guest, const char *file, char *path, size_t size);

/* Creates the directory, and takes the lock: there is one agent for a guest. -EBUSY. */
int run_dir_take(struct guest *guest);
/* The same once more, as long as somebody else has the lock. */
int run_dir_lock(struct guest *guest);
/* For who has the lock: whoever runs the guest for good may ask for it. */
int run_dir_offer(const struct guest *guest);
/* Who has offered the lock, and has it still; 0: nobody. */
pid_t run_dir_offered_by(const struct guest *guest);
/* Whether an agent has the lock. */
bool run_dir_is_taken(const struct guest *guest);
/* Whole or not at all, and before the deed it tells of. */
int run_dir_save(const struct guest *guest);
/* The same, with another phase than the guest had. */
int run_dir_enter(struct guest *guest, enum guest_phase phase);
/* -ENOENT: there is nothing to go on from. */
int run_dir_load(struct guest *guest);
/* The guest is no more. */
void run_dir_clear(const struct guest *guest);

#endif /* LUO_QEMU_RUN_DIR_H */
