/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON in files that are there whole or not at all. */
#ifndef LUOD_FILE_H
#define LUOD_FILE_H

#include <json-c/json.h>

int file_write(const char *path, struct json_object *object);
int file_read(const char *path, struct json_object **object);

#endif /* LUOD_FILE_H */
