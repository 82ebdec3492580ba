// SPDX-License-Identifier: GPL-2.0-or-later
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <time.h>

#include "utf8.h"

#define LINE_SIZE 1024
#define KEPT_SIZE 384

static struct {
	int max_priority;
	char state[16];
	char update_id[64];
	/* Of the update of that id. */
	struct json_object *kept;
} log_fields = { .max_priority = LOG_INFO };

void log_verbose(void)
{
	log_fields.max_priority = LOG_DEBUG;
}

void log_set_state(const char *state)
{
	snprintf(log_fields.state, sizeof(log_fields.state), "%s", state);
}

void log_set_update(const char *update_id)
{
	snprintf(log_fields.update_id, sizeof(log_fields.update_id), "%s", update_id);
	json_object_put(log_fields.kept);
	log_fields.kept = NULL;
}

struct json_object *log_kept(void)
{
	return log_fields.kept ? json_object_get(log_fields.kept) : json_object_new_array();
}

/* $JOURNAL_STREAM names what stderr is, if the journal reads it. */
static bool stderr_is_journal(void)
{
	const char *text = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;

	return text && sscanf(text, "%ju:%ju", &device, &inode) == 2 && !fstat(2, &st) &&
		st.st_dev == (dev_t)device && st.st_ino == (ino_t)inode;
}

/* What counts about an update is said early: who refused, and why. */
static void keep(int priority, const char *participant, const char *line)
{
	struct json_object *o;
	struct timespec now;

	if (!*log_fields.update_id || priority > LOG_INFO)
		return;
	if (!log_fields.kept)
		log_fields.kept = json_object_new_array();
	if (json_object_array_length(log_fields.kept) >= LOG_KEPT_MAX)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	o = json_object_new_object();
	json_object_object_add(o, "at_ms", json_object_new_int64((int64_t)now.tv_sec * 1000 +
								 now.tv_nsec / 1000000));
	json_object_object_add(o, "priority", json_object_new_int(priority));
	json_object_object_add(o, "about", json_object_new_string(participant));
	json_object_object_add(o, "text", json_object_new_string_len(line,
							(int)strnlen(line, KEPT_SIZE)));
	json_object_array_add(log_fields.kept, o);
}

void log_line(int priority, const char *participant, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;

	if (priority > log_fields.max_priority)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* One line, whatever a client has put into it. */
	utf8_make_clean(line);
	keep(priority, participant, line);
	if (stderr_is_journal())
		sd_journal_send("MESSAGE=%s", line, "PRIORITY=%i", priority,
				"LUO_STATE=%s", log_fields.state,
				"LUO_UPDATE_ID=%s", log_fields.update_id,
				"LUO_PARTICIPANT=%s", participant, NULL);
	else
		fprintf(stderr, "luod: %s\n", line);
}
