// SPDX-License-Identifier: GPL-2.0-or-later
#include "history.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "luoctl.h"

#define DIRECTORY LUOD_STATE "/history"
#define LAST LUOD_STATE "/last-update.json"
#define DIGITS 8
#define ID_LENGTH 32

/* NUMBER-TIME-ID.json, with a number of eight digits: docs/record.md. */
static int is_record(const struct dirent *entry)
{
	const char *name = entry->d_name;
	size_t length = strlen(name);

	return strspn(name, "0123456789") == DIGITS && name[DIGITS] == '-' &&
	       length > strlen(".json") && !strcmp(name + length - strlen(".json"), ".json");
}

int history_open(struct history *history)
{
	*history = (struct history){ 0 };
	history->count = scandir(DIRECTORY, &history->names, is_record, alphasort);
	if (history->count >= 0)
		return CODE_DONE;
	history->count = 0;
	if (errno == ENOENT || errno == ENOTDIR)
		return CODE_DONE;
	return fail(CODE_FAILED, "%s: %s%s", DIRECTORY, strerror(errno),
		    errno == EACCES ? ". Try again as root." : "");
}

void history_close(struct history *history)
{
	for (int i = 0; i < history->count; i++)
		free(history->names[i]);
	free(history->names);
	*history = (struct history){ 0 };
}

void history_path(const struct history *history, int index, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", DIRECTORY, history->names[index]->d_name);
}

static bool has_number(const char *name, const char *which)
{
	size_t length = strlen(which);

	return length && length <= DIGITS && strspn(which, "0123456789") == length &&
	       strtoul(name, NULL, 10) == strtoul(which, NULL, 10);
}

static bool has_id(const char *name, const char *which)
{
	const char *id = strrchr(name, '-') + 1;
	size_t length = strlen(which);

	return length >= 4 && length <= ID_LENGTH && !strncmp(id, which, length);
}

/* How many records it fits; *@index is the last of them. */
static int count_matches(const struct history *history, const char *which,
			 bool (*fits)(const char *name, const char *which), int *index)
{
	int count = 0;

	for (int i = 0; i < history->count; i++) {
		if (!fits(history->names[i]->d_name, which))
			continue;
		*index = i;
		count++;
	}
	return count;
}

int history_find(const struct history *history, const char *which, struct record *record)
{
	char path[PATH_MAX];
	int index;
	int count = 0;

	*record = (struct record){ 0 };
	if (strchr(which, '/'))
		return record_read(which, record);
	count = count_matches(history, which, has_number, &index);
	if (!count)
		count = count_matches(history, which, has_id, &index);
	if (count > 1)
		return fail(CODE_USAGE,
			    "'%s' is the beginning of more than one update's id: more "
			    "of it is needed.",
			    which);
	if (!count)
		return fail(CODE_FAILED,
			    "there is no record of an update '%s': 'luoctl report --list' "
			    "shows those that there are.",
			    which);
	history_path(history, index, path);
	return record_read(path, record);
}

int history_last(const struct history *history, struct record *record, bool *found)
{
	char path[PATH_MAX] = LAST;

	*record = (struct record){ 0 };
	*found = history->count > 0 || !access(LAST, F_OK);
	if (!*found)
		return CODE_DONE;
	if (history->count)
		history_path(history, history->count - 1, path);
	return record_read(path, record);
}
