/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What luod adds to the status. */
#ifndef LUOCTL_STATUS_LUOD_H
#define LUOCTL_STATUS_LUOD_H

#include <json-c/json.h>

#include "luoctl.h"

/* Asks luod. NULL where it does not run; an object with "error" where it does not answer. */
struct json_object *status_of_luod(const struct options *options);

/* The state that luod keeps where the kernel has none, or NULL. */
const char *status_kept_state(struct json_object *luod);
void status_print_luod(struct json_object *luod);

#endif /* LUOCTL_STATUS_LUOD_H */
