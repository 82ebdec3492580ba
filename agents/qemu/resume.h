/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a session to a guest that goes on. */
#ifndef LUO_QEMU_RESUME_H
#define LUO_QEMU_RESUME_H

#include "guest.h"
#include "process.h"

/* Retrieves what is in the guest's session, and checks it. */
int resume_retrieve(struct guest *guest);

/* Builds the machine from memory, state and description, and has it go on. */
int resume_from_files(struct guest *guest);

#endif /* LUO_QEMU_RESUME_H */
