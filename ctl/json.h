/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_JSON_H
#define LUOCTL_JSON_H

#include <json-c/json.h>

/* Puts it on stdout, on one line, and lets go of it. */
void json_print(struct json_object *root);

#endif /* LUOCTL_JSON_H */
