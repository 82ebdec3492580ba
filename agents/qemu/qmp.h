/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's monitor, one command at a time. */
#ifndef LUO_QEMU_QMP_H
#define LUO_QEMU_QMP_H

#include <json-c/json.h>

#include "guest.h"

/* For commands that only ask; those that wait for disks need more. */
#define QMP_MS	10000

/* Connects, and agrees on what is spoken. @timeout_ms is for QEMU to start. */
int qmp_open(struct guest *guest, int timeout_ms);

/*
 * Lets go of @arguments, which may be NULL. *result, if not NULL, is to be let go of.
 * -EREMOTEIO: QEMU has refused, and *why, if not NULL, says why in QEMU's words; it
 * is to be freed. Other errors: whether the command was carried out is not known.
 */
int qmp_command(struct guest *guest, const char *command, struct json_object *arguments,
		struct json_object **result, char **why);
/* One without arguments and result, that may take its time. */
int qmp_do(struct guest *guest, const char *command, int timeout_ms, char **why);
/* Has QEMU get a descriptor, under @name. */
int qmp_send_fd(struct guest *guest, const char *name, int fd, char **why);

/* "running", "paused", "postmigrate", "inmigrate", ...; to be freed, or NULL. */
char *qmp_status(struct guest *guest);

/* Takes what events have come. -ECONNRESET: QEMU has hung up. */
int qmp_take_events(struct guest *guest);

#endif /* LUO_QEMU_QMP_H */
