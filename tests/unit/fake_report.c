// SPDX-License-Identifier: GPL-2.0-or-later
/* Participants and reports of the kernel that a directory plays. */
#include "fake.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Calls @take with each line of a file; "\n" in it is a newline. */
static void each_line(const char *name, void (*take)(char *line, void *data), void *data)
{
	char path[PATH_MAX];
	char *line = NULL;
	size_t size = 0;
	char *escape;
	FILE *f;

	fake_path(path, "%s", name);
	f = fopen(path, "r");
	if (!f)
		return;
	while (getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		while ((escape = strstr(line, "\\n"))) {
			*escape = '\n';
			memmove(escape + 1, escape + 2, strlen(escape + 1));
		}
		take(line, data);
	}
	free(line);
	fclose(f);
}

/* A time, and what comes after it. */
static __u64 take_ns(char **p)
{
	__u64 ns = LIVEUPDATE_TIME_UNKNOWN;

	*p += strspn(*p, " ");
	if (**p == '-')
		++*p;
	else
		ns = strtoull(*p, p, 10);
	*p += strspn(*p, " ");
	return ns;
}

static void copy_name(__u8 *to, const char *from, size_t size)
{
	snprintf((char *)to, size, "%.*s", (int)size - 1, from);
}

/* An array of the caller, and how much it would have to hold. */
struct entries {
	void *list;
	__u32 room;
	__u32 count;
};

static void take_participant(char *line, void *data)
{
	struct entries *entries = data;
	struct liveupdate_participant_info *info = entries->list;
	char *p = line;

	info += entries->count;
	if (entries->count++ >= entries->room)
		return;
	info->flags = (__u32)take_ns(&p);
	copy_name(info->name, p, sizeof(info->name));
}

int fake_list_participants(struct liveupdate_ioctl_list_participants *args)
{
	struct entries entries = { (void *)(uintptr_t)args->entries, args->count, 0 };

	each_line("participants", take_participant, &entries);
	args->count = entries.count;
	return 0;
}

static void take_entry(char *line, void *data)
{
	struct entries *entries = data;
	struct liveupdate_report_entry *entry = entries->list;
	char *p = line;

	entry += entries->count;
	if (entries->count++ >= entries->room)
		return;
	entry->flags = (__u32)take_ns(&p);
	entry->error = (__s32)-take_ns(&p);
	for (int i = 0; i < LIVEUPDATE_REPORT_CALLS; i++)
		entry->ns[i] = i <= LIVEUPDATE_CALL_FINISH ? take_ns(&p) : LIVEUPDATE_TIME_UNKNOWN;
	copy_name(entry->name, p, sizeof(entry->name));
}

static void take_head(char *line, void *data)
{
	struct liveupdate_ioctl_get_report *args = data;
	const struct {
		const char *key;
		__u64 *ns;
	} times[] = {
		{ "number", &args->number },	  { "prepare", &args->prepare_ns },
		{ "freeze", &args->freeze_ns },	  { "shutdown", &args->shutdown_ns },
		{ "jump", &args->jump_ns },	  { "blackout", &args->blackout_ns },
		{ "restore", &args->restore_ns },
	};
	size_t length = strcspn(line, " ");
	char *p = line + length + (line[length] == ' ');

	line[length] = '\0';
	if (!strcmp(line, "old"))
		copy_name(args->old_release, p, sizeof(args->old_release));
	else if (!strcmp(line, "new"))
		copy_name(args->new_release, p, sizeof(args->new_release));
	else if (!strcmp(line, "culprit"))
		copy_name(args->culprit, p, sizeof(args->culprit));
	else if (!strcmp(line, "result"))
		args->result = (__u32)take_ns(&p);
	else if (!strcmp(line, "callback"))
		args->callback = (__u32)take_ns(&p);
	else if (!strcmp(line, "error"))
		args->error = (__s32)-take_ns(&p);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (!strcmp(line, times[i].key))
			*times[i].ns = take_ns(&p);
	}
}

int fake_get_report(struct liveupdate_ioctl_get_report *args)
{
	struct entries entries = { (void *)(uintptr_t)args->entries, args->count, 0 };

	args->prepare_ns = LIVEUPDATE_TIME_UNKNOWN;
	args->freeze_ns = LIVEUPDATE_TIME_UNKNOWN;
	args->shutdown_ns = LIVEUPDATE_TIME_UNKNOWN;
	args->jump_ns = LIVEUPDATE_TIME_UNKNOWN;
	args->blackout_ns = LIVEUPDATE_TIME_UNKNOWN;
	args->restore_ns = LIVEUPDATE_TIME_UNKNOWN;
	each_line("report", take_head, args);
	each_line("entries", take_entry, &entries);
	args->count = entries.count;
	return 0;
}
