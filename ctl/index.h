/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index of a session made by 'luoctl preserve': what each memory file in
 * it was called, and what it looked like. It travels in a session of its own,
 * under token 0. luoctl(1) has the format.
 *
 * What is read back comes from the previous kernel, or from whoever made a
 * session of that name, and is not trusted: index_parse() refuses anything
 * that index_format() does not write.
 */
#ifndef LUOCTL_INDEX_H
#define LUOCTL_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define INDEX_TOKEN 0
#define INDEX_MAX_BYTES (64UL << 20)

struct index_entry {
	char *name;
	/* Where it is found now; only while a session is being made. */
	char *path;
	/* 0 for an empty file, which has no memory file. */
	uint64_t token;
	uint64_t size;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	int64_t mtime;
	uint32_t mtime_nsec;
};

struct index {
	struct index_entry *entries;
	size_t count;
	size_t room;
};

/* Takes over the entry's strings, on failure too. 0 or a negative errno value. */
int index_add(struct index *index, const struct index_entry *entry);
void index_free(struct index *index);

/* A relative path of proper components: it cannot lead out of a directory. */
int index_name_ok(const char *name);

/* A name that occurs twice, or NULL; *error is set if there was no memory. */
const char *index_duplicate(const struct index *index, int *error);

/* The sum of all sizes; UINT64_MAX if that is more than fits. */
uint64_t index_total(const struct index *index);

/* The text, to be freed; NULL without memory. */
char *index_format(const struct index *index, size_t *size);

/* 0, -ENOMEM, or -EBADMSG for anything malformed. */
int index_parse(struct index *index, const char *text, size_t size);

#endif /* LUOCTL_INDEX_H */
