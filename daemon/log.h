/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What luod has to say, to the journal with fields to search for, or to stderr where
 * that is not the journal.
 */
#ifndef LUOD_LOG_H
#define LUOD_LOG_H

#include <json-c/json.h>
#include <stdbool.h>
#include <syslog.h>

/* Also LOG_DEBUG is said. */
void log_verbose(void);

/* How many lines of an update are kept for its record. */
#define LOG_KEPT_MAX	100

/* The fields that lines have from now on; "" for none. */
void log_set_state(const char *state);
void log_set_update(const char *update_id);

/* What was said since the update began: an array, to be let go of. */
struct json_object *log_kept(void);

void log_line(int priority, const char *participant, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define log_info(...)		log_line(LOG_INFO, "", __VA_ARGS__)
#define log_warning(...)	log_line(LOG_WARNING, "", __VA_ARGS__)
#define log_error(...)		log_line(LOG_ERR, "", __VA_ARGS__)

#endif /* LUOD_LOG_H */
