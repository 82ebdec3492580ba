/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be done to a memfd. Each deed is done to a file that was retrieved and to one
 * that is new, and notes what it saw: both have to see the same.
 */
#ifndef SEMANTICS_H
#define SEMANTICS_H

#include <stdint.h>
#include <sys/types.h>
#include "memfds.h"

#define SEEN	64

/*
 * The files: some pages from the beginning on, which may be one huge page, a hole, some
 * more pages, a hole, and the last page in part.
 */
#define FIRST_PAGES	16UL
#define FIRST_HOLE	16UL
#define MORE_PAGES	9UL
#define LAST_HOLE	40UL
#define LAST_PART	123UL

struct trial {
	int fd;
	size_t size;
	size_t hole, more;	/* where these begin */
	long seen[SEEN];
	int count;
};

struct deed {
	const char *name;
	void (*run)(struct trial *t);
};

/* Each ends with one that has no name. */
extern const struct deed file_deeds[], seal_deeds[], mapping_deeds[], pipe_deeds[];

/* A number, or the negative error where it is the result of a call that failed */
void saw(struct trial *t, long number);
/* What a call returned that returns -1 where it fails */
void saw_call(struct trial *t, long result);
void saw_bytes(struct trial *t, const void *bytes, size_t length);
/* Maps all of the file where huge pages are possible, and a bit more than that. */
char *map_all(struct trial *t);
void unmap_all(struct trial *t, char *map);

#endif
