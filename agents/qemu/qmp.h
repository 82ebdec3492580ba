/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's monitor, one command at a time. */
#ifndef LUO_QEMU_QMP_H
#define LUO_QEMU_QMP_H

#include <json-c/json.h>

#include "guest.h"

/* Connects, and agrees on what is spoken. @timeout_ms is for QEMU to start. */
int qmp_open(struct guest *guest, int timeout_ms);

/*
 * Lets go of @arguments, which may be NULL. *result, if not NULL, is to be let go of.
 * -EREMOTEIO: QEMU has refused, and *why, if not NULL, says why in QEMU's words; it
 * is to be freed.
 */
int qmp_command(struct guest *guest, const char *command, struct json_object *arguments,
		struct json_object **result, char **why);
/* As above, with a descriptor that QEMU gets under @name. */
int qmp_send_fd(struct guest *guest, const char *name, int fd, char **why);

/* Waits until QEMU's event says that migration has come to an end, well or not. */
int qmp_wait_migration(struct guest *guest, int timeout_ms);

/* "running", "paused", "postmigrate", "inmigrate", ...; to be freed, or NULL. */
char *qmp_status(struct guest *guest);

/* Takes what events have come, when there is nothing else to be waited for. */
int qmp_take_events(struct guest *guest);

#endif /* LUO_QEMU_QMP_H */
