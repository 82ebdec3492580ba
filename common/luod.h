/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For those who ask luod one thing after the other, and wait. */
#ifndef LUO_LUOD_H
#define LUO_LUOD_H

#include "wire.h"

/*
 * Lets go of @request. *reply, which is to be let go of also on failure, is what luod
 * has answered, or NULL. What comes before it is dropped. A negative errno value:
 * luod's own, or that of the connection.
 */
int luod_call(struct wire *luod, struct json_object *request, struct json_object **reply);

#endif /* LUO_LUOD_H */
