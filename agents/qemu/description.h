/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the next kernel's agent needs to build the same machine again. It comes from
 * another version of this program, over memory that somebody else's kernel had: all
 * of it is checked.
 */
#ifndef LUO_QEMU_DESCRIPTION_H
#define LUO_QEMU_DESCRIPTION_H

#include <json-c/json.h>

#include "guest.h"

/* Room for it in the session. */
#define DESCRIPTION_SIZE (1UL << 20)

/* The machine: name, arguments, directory, sizes. */
void description_add_machine(struct json_object *o, const struct guest *guest);
/* -EPROTONOSUPPORT: another version's; -EBADMSG: makes no sense, or is another guest's. */
int description_take_machine(struct json_object *o, struct guest *guest);

/* To the memory file, with the saved state's length and checksum if there is one. */
int description_write(struct guest *guest);
/* That nothing is saved: for a guest that goes on. */
int description_void(struct guest *guest);
/*
 * From the memory file; checks the memory and the state that @guest has. As above, and
 * -ENODATA: the state was not saved when the machine jumped.
 */
int description_read(struct guest *guest);

#endif /* LUO_QEMU_DESCRIPTION_H */
