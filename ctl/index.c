// SPDX-License-Identifier: GPL-2.0-or-later
#include "index.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int index_add(struct index *index, const struct index_entry *entry)
{
	if (index->count == index->room) {
		size_t room = index->room ? 2 * index->room : 16;
		struct index_entry *more = reallocarray(index->entries, room, sizeof(*more));

		if (!more) {
			free(entry->name);
			free(entry->path);
			return -ENOMEM;
		}
		index->entries = more;
		index->room = room;
	}
	index->entries[index->count++] = *entry;
	return 0;
}

void index_free(struct index *index)
{
	for (size_t i = 0; i < index->count; i++) {
		free(index->entries[i].name);
		free(index->entries[i].path);
	}
	free(index->entries);
	*index = (struct index){ 0 };
}

static bool component_ok(const char *start, size_t length)
{
	if (!length || length > NAME_MAX)
		return false;
	if (start[0] != '.')
		return true;
	return length > 2 || (length == 2 && start[1] != '.');
}

int index_name_ok(const char *name)
{
	if (strlen(name) >= PATH_MAX)
		return 0;
	for (;;) {
		size_t length = strcspn(name, "/");

		if (!component_ok(name, length))
			return 0;
		if (!name[length])
			return 1;
		name += length + 1;
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *index_duplicate(const struct index *index, int *error)
{
	const char **names = calloc(index->count + 1, sizeof(*names));
	const char *found = NULL;

	*error = names ? 0 : -ENOMEM;
	if (!names)
		return NULL;
	for (size_t i = 0; i < index->count; i++)
		names[i] = index->entries[i].name;
	qsort(names, index->count, sizeof(*names), compare_names);
	for (size_t i = 1; i < index->count && !found; i++) {
		if (!strcmp(names[i - 1], names[i]))
			found = names[i];
	}
	free(names);
	return found;
}

uint64_t index_total(const struct index *index)
{
	uint64_t total = 0;

	for (size_t i = 0; i < index->count; i++) {
		if (__builtin_add_overflow(total, index->entries[i].size, &total))
			return UINT64_MAX;
	}
	return total;
}
