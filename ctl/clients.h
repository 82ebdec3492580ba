/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_CLIENTS_H
#define LUOCTL_CLIENTS_H

#include "ask.h"

/*
 * Adds all of luod's clients to the array @all, objects that have a "name" and a "phase".
 * An exit code, after a message on failure.
 */
int clients_get(struct luod_link *luod, const struct options *options, struct json_object *all);

#endif /* LUOCTL_CLIENTS_H */
