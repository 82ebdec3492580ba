// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables of files by extents, damaged: what is wrong with one is found before any of it is
 * taken over, but that something is named twice.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "corrupt.h"
#include "memfds.h"
#include "vm.h"

#define SIZE	(64 * PAGE)
/* Tokens of the files, in the order of this table */
#define FIRST	6

static const struct {
	const char *name;
	int err;
} damages[] = {
	{ "block-checksum", -EBADMSG },
	{ "late-checksum", -EBADMSG },
	{ "checksum", -EBADMSG },
	{ "version", -EPROTONOSUPPORT },
	{ "seals", -EPROTONOSUPPORT },
	{ "flags", -EPROTONOSUPPORT },
	{ "magic", -EINVAL },
	{ "length", -EINVAL },
	{ "size", -EINVAL },
	{ "position", -EINVAL },
	{ "huge", -EINVAL },
	{ "huge-order", -EINVAL },
	{ "extents", -EINVAL },
	{ "pages", -EINVAL },
	{ "address", -EINVAL },
	{ "block-count", -EINVAL },
	{ "block-address", -EINVAL },
	{ "block-loop", -EINVAL },
	{ "pfn", -EINVAL },
	{ "pfn-address", -EINVAL },
	{ "empty", -EINVAL },
	{ "reserved", -EINVAL },
	{ "beyond", -EINVAL },
	{ "order", -EINVAL },
	{ "late-loop", -EINVAL },
	{ "late-joins", -EINVAL },
	/* Only seen by who takes it over */
	{ "overlap", -EINVAL },
	{ "claims-header", -EINVAL },
	{ "late-overlap", -EINVAL },
	{ "late-claims-block", -EINVAL },
	{ "late-place", -EEXIST },
};

#define DAMAGES	(sizeof(damages) / sizeof(damages[0]))

/* A page, a hole, and so on: each an extent of its own, one of them from later on */
static void preserve_one(int session, uint64_t token)
{
	int fd = need(memfd_create("damaged", MFD_CLOEXEC), "make another memfd");

	need(ftruncate(fd, SIZE), "size it");
	for (off_t at = 0; at < 8; at += 2)
		need(pwrite(fd, "base", 4, at * PAGE) == 4 ? 0 : -EIO, "write to it");
	need(preserve(session, fd, token), "preserve it");
	need(pwrite(fd, "late", 4, 9 * PAGE) == 4 ? 0 : -EIO, "write to a hole");
	close(fd);
}

const char *preserve_damaged(int session)
{
	static char words[DAMAGES * 40];
	size_t length = 0;

	use_format("extent");
	for (size_t i = 0; i < DAMAGES; i++) {
		preserve_one(session, FIRST + i);
		length += snprintf(words + length, sizeof(words) - length, "memfd-%s:%zu;",
				   damages[i].name, FIRST + i);
	}
	return words;
}

void damaged_are_refused(int session)
{
	for (size_t i = 0; i < DAMAGES; i++) {
		is(retrieve_fd(session, FIRST + i), damages[i].err, "%s: the file is refused",
		   damages[i].name);
		is(retrieve_fd(session, FIRST + i), damages[i].err, "%s: and stays so",
		   damages[i].name);
	}
	note("%zu kinds of damage to a table of extents", DAMAGES);
}
