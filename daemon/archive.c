// SPDX-License-Identifier: GPL-2.0-or-later
#include "archive.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "finish.h"
#include "history.h"
#include "log.h"
#include "luod.h"
#include "request.h"

#define HISTORY LUOD_STATE "/history"
#define WAITING LUOD_RUN "/history"
/* In those that wait */
#define IS_LAST "is_last"

static bool waits;

void archive_wait(void)
{
	waits = true;
}

static int put(struct json_object *record, bool is_last)
{
	int ret;

	mkdir(LUOD_STATE, 0755);
	ret = history_add(HISTORY, HISTORY_MAX, record);
	if (ret || !is_last)
		return ret;
	/* That one is on record, whatever becomes of the copy. */
	ret = file_write(RECORD_FILE, record);
	if (ret)
		log_error("%s: %s", RECORD_FILE, strerror(-ret));
	return 0;
}

/* Until all is moved, or one cannot be. */
static int move_waiting(void)
{
	struct json_object *record;
	char path[PATH_MAX];
	bool is_last;
	int ret;

	while (!(ret = history_oldest(WAITING, path, sizeof(path)))) {
		/* What cannot be read now never will be. */
		if (file_read(path, &record)) {
			unlink(path);
			continue;
		}
		is_last = get_flag(record, IS_LAST);
		json_object_object_del(record, IS_LAST);
		ret = put(record, is_last);
		json_object_put(record);
		if (ret)
			return ret;
		unlink(path);
	}
	return ret == -ENOENT ? 0 : ret;
}

static void keep(struct json_object *record, bool is_last, int error)
{
	int ret;

	add_flag(record, IS_LAST, is_last);
	ret = history_add(WAITING, HISTORY_MAX, record);
	if (ret)
		log_error(HISTORY ": the update is not on record: %s", strerror(-error));
	else if (error)
		log_error(HISTORY ": %s; the record of this update is in " WAITING
			  " until it can be written", strerror(-error));
}

void archive_add(struct json_object *record, bool is_last)
{
	int ret = waits ? 0 : move_waiting();

	if (!ret && !waits)
		ret = put(record, is_last);
	if (ret || waits)
		keep(record, is_last, ret);
}

void archive_catch_up(void)
{
	int ret = waits ? 0 : move_waiting();

	if (ret)
		log_error(HISTORY ": what is in " WAITING " cannot be written there: %s",
			  strerror(-ret));
}
