/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a session to a guest that goes on. */
#ifndef LUO_QEMU_RESUME_H
#define LUO_QEMU_RESUME_H

#include "guest.h"

/* Retrieves what is in the guest's session, and checks it. */
int resume_retrieve(struct guest *guest);

/*
 * Builds the machine from memory, state and description, and has it go on.
 * -ENOTRECOVERABLE: it has ended after it may have run; it must not be built again.
 */
int resume_from_files(struct guest *guest);

/* Asks QEMU what it is, and has the run directory know. */
int resume_identify(struct guest *guest);

#endif /* LUO_QEMU_RESUME_H */
