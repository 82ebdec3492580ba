// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables of files by extents, damaged: what is wrong with one is found before any of it is
 * taken over, but that something is named twice.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "corrupt.h"
#include "memfds.h"
#include "vm.h"

/* Tokens of the files, in the order of this table */
#define FIRST	6

static const struct {
	const char *name;
	int err;
	bool huge;
} damages[] = {
	{ "block-checksum", -EBADMSG, false },
	{ "late-checksum", -EBADMSG, false },
	{ "checksum", -EBADMSG, false },
	{ "version", -EPROTONOSUPPORT, false },
	{ "seals", -EPROTONOSUPPORT, false },
	{ "flags", -EPROTONOSUPPORT, false },
	{ "magic", -EINVAL, false },
	{ "length", -EINVAL, false },
	{ "size", -EINVAL, false },
	{ "position", -EINVAL, false },
	{ "huge", -EINVAL, false },
	{ "huge-order", -EINVAL, false },
	{ "extents", -EINVAL, false },
	{ "pages", -EINVAL, false },
	{ "address", -EINVAL, false },
	{ "block-count", -EINVAL, false },
	{ "block-address", -EINVAL, false },
	{ "block-loop", -EINVAL, false },
	{ "pfn", -EINVAL, false },
	{ "pfn-address", -EINVAL, false },
	{ "empty", -EINVAL, false },
	{ "long", -EINVAL, false },
	{ "reserved", -EINVAL, false },
	{ "beyond", -EINVAL, false },
	{ "order", -EINVAL, false },
	{ "place", -EINVAL, false },
	{ "late-loop", -EINVAL, false },
	{ "late-joins", -EINVAL, false },
	{ "late-reserved", -EINVAL, false },
	{ "huge-order", -EINVAL, true },
	{ "pfn", -EINVAL, true },
	{ "part", -EINVAL, true },
	{ "between", -EINVAL, true },
	{ "beyond", -EINVAL, true },
	{ "late-reserved", -EINVAL, true },
	/* Only seen by who takes it over */
	{ "overlap", -EINVAL, false },
	{ "claims-header", -EINVAL, false },
	{ "late-overlap", -EINVAL, false },
	{ "late-claims-block", -EINVAL, false },
	{ "late-place", -EEXIST, false },
	{ "overlap", -EINVAL, true },
	{ "late-overlap", -EINVAL, true },
	{ "late-place", -EEXIST, true },
};

#define DAMAGES	(sizeof(damages) / sizeof(damages[0]))

/*
 * A page, a hole, and so on: each an extent of its own, one of them from later on. Mapping
 * a file of huge pages has those reserved that it has not.
 */
static void preserve_one(int session, uint64_t token, bool huge)
{
	int fd = need(memfd_create("damaged", huge ? MFD_HUGETLB | MFD_HUGE_2MB : MFD_CLOEXEC),
		      "make another memfd");
	size_t page = huge ? HUGE : PAGE, size = 8 * page;
	char *map;

	need(ftruncate(fd, size), "size it");
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(map == MAP_FAILED ? -errno : 0, "map it");
	map[0] = map[2 * page] = 1;
	need(preserve(session, fd, token), "preserve it");
	map[5 * page] = 1;
	munmap(map, size);
	close(fd);
}

const char *preserve_damaged(int session, const char *only)
{
	static char words[DAMAGES * 40];
	size_t length = 0;

	use_format("extent");
	need(write_to("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "100"),
	     "make huge pages");
	for (size_t i = 0; i < DAMAGES; i++) {
		if (only && strcmp(only, damages[i].name))
			continue;
		preserve_one(session, FIRST + i, damages[i].huge);
		length += snprintf(words + length, sizeof(words) - length, "memfd-%s:%zu;",
				   damages[i].name, FIRST + i);
	}
	return words;
}

void damaged_are_refused(int session)
{
	for (size_t i = 0; i < DAMAGES; i++) {
		is(retrieve_fd(session, FIRST + i), damages[i].err, "%s: the %s is refused",
		   damages[i].name, damages[i].huge ? "file of huge pages" : "file");
		is(retrieve_fd(session, FIRST + i), damages[i].err, "%s: and stays so",
		   damages[i].name);
	}
	note("%zu kinds of damage to a table of extents", DAMAGES);
}
