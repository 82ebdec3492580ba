// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "index.h"

#define MAGIC "luoctl-index 1"
#define TRAILER "end"

char *index_format(const struct index *index, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		return NULL;
	fprintf(out, MAGIC "%c%zu%c", 0, index->count, 0);
	for (size_t i = 0; i < index->count; i++) {
		const struct index_entry *e = &index->entries[i];

		fprintf(out,
			"%" PRIu64 " %" PRIu64 " %" PRIo32 " %" PRIu32 " %" PRIu32 " %" PRId64
			" %" PRIu32 "%c%s%c",
			e->token, e->size, e->mode, e->uid, e->gid, e->mtime, e->mtime_nsec, 0,
			e->name, 0);
	}
	fprintf(out, TRAILER "%c", 0);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* What is left to read; strings are only taken when their end is within it. */
struct reader {
	const char *at;
	size_t left;
};

static const char *next_string(struct reader *r)
{
	const char *string = r->at;
	const char *end = memchr(r->at, '\0', r->left);

	if (!end)
		return NULL;
	r->left -= (size_t)(end - string) + 1;
	r->at = end + 1;
	return string;
}

static bool next_is(struct reader *r, const char *expected)
{
	const char *string = next_string(r);

	return string && !strcmp(string, expected);
}

/* Plain digits up to @end: no sign, no space, nothing beyond @max. */
static bool parse_number(const char **text, int base, char end, uint64_t max, uint64_t *value)
{
	const char *p = *text;
	char *rest;

	if (*p < '0' || *p > '9')
		return false;
	errno = 0;
	*value = strtoull(p, &rest, base);
	if (errno || *rest != end || *value > max)
		return false;
	*text = rest + (end != '\0');
	return true;
}

static bool parse_entry(const char *text, struct index_entry *e)
{
	uint64_t mode, uid, gid, mtime, nsec;
	bool negative;

	if (!parse_number(&text, 10, ' ', UINT64_MAX, &e->token) ||
	    !parse_number(&text, 10, ' ', INT64_MAX, &e->size) ||
	    !parse_number(&text, 8, ' ', 07777, &mode) ||
	    !parse_number(&text, 10, ' ', UINT32_MAX - 1, &uid) ||
	    !parse_number(&text, 10, ' ', UINT32_MAX - 1, &gid))
		return false;
	negative = *text == '-';
	text += negative;
	if (!parse_number(&text, 10, ' ', INT64_MAX, &mtime) ||
	    !parse_number(&text, 10, '\0', 999999999, &nsec))
		return false;

	e->mode = (uint32_t)mode;
	e->uid = (uint32_t)uid;
	e->gid = (uint32_t)gid;
	e->mtime = negative ? -(int64_t)mtime : (int64_t)mtime;
	e->mtime_nsec = (uint32_t)nsec;
	return true;
}

/* Tokens count up from 1, and empty files have none. */
static bool token_ok(const struct index_entry *e, uint64_t *last)
{
	if (!e->size)
		return e->token == 0;
	return e->token == ++*last;
}

static int parse_entries(struct index *index, struct reader *r, uint64_t count)
{
	uint64_t last = 0;

	while (count--) {
		struct index_entry e = { 0 };
		const char *numbers = next_string(r);
		const char *name = numbers ? next_string(r) : NULL;

		if (!name || !parse_entry(numbers, &e) || !token_ok(&e, &last) ||
		    !index_name_ok(name))
			return -EBADMSG;
		e.name = strdup(name);
		if (!e.name || index_add(index, &e))
			return -ENOMEM;
	}
	return 0;
}

int index_parse(struct index *index, const char *text, size_t size)
{
	struct reader r = { .at = text, .left = size };
	const char *string;
	uint64_t count;
	int ret = -EBADMSG;

	*index = (struct index){ 0 };
	if (!next_is(&r, MAGIC))
		return -EBADMSG;
	string = next_string(&r);
	if (!string || !parse_number(&string, 10, '\0', UINT64_MAX, &count))
		return -EBADMSG;

	ret = parse_entries(index, &r, count);
	if (!ret && (!next_is(&r, TRAILER) || r.left || index_total(index) > INT64_MAX))
		ret = -EBADMSG;
	if (!ret && index_duplicate(index, &ret))
		ret = -EBADMSG;
	if (ret)
		index_free(index);
	return ret;
}
