/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_JSON_H
#define LUOCTL_JSON_H

#include <json-c/json.h>
#include <stdint.h>

/* Puts it on stdout, on one line, and lets go of it. */
void json_print(struct json_object *root);

/* Members of an object: a text, null if it is empty; nanoseconds, null if unknown. */
void json_add_text(struct json_object *object, const char *key, const char *text);
void json_add_time(struct json_object *object, const char *key, uint64_t ns);

/* An errno value as number, name and words; null for 0. */
void json_add_error(struct json_object *object, const char *key, int number);

#endif /* LUOCTL_JSON_H */
