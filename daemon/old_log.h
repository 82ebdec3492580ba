/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOD_OLD_LOG_H
#define LUOD_OLD_LOG_H

#include <json-c/json.h>

/* The end of the log of the kernel that was left, whole lines; NULL where there is none. */
struct json_object *old_log(void);

#endif /* LUOD_OLD_LOG_H */
