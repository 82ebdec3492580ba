// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The name begins at the operand's last component, or behind it for '.', '..' and '/'. */
static size_t name_offset(const char *operand)
{
	const char *slash = strrchr(operand, '/');
	const char *last = slash ? slash + 1 : operand;

	if (!strcmp(last, ".") || !strcmp(last, ".."))
		return strlen(operand) + 1;
	return (size_t)(last - operand);
}

static int add_file(struct index *index, const char *path, const char *name, const struct stat *st)
{
	struct index_entry entry = {
		.name = strdup(name),
		.path = strdup(path),
		.size = (uint64_t)st->st_size,
		.mode = st->st_mode & 07777,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.mtime = st->st_mtim.tv_sec,
		.mtime_nsec = (uint32_t)st->st_mtim.tv_nsec,
	};

	if (!entry.name || !entry.path) {
		free(entry.name);
		free(entry.path);
		return fail(CODE_FAILED, "%s", strerror(ENOMEM));
	}
	if (!index_name_ok(name)) {
		free(entry.name);
		free(entry.path);
		return fail(CODE_FAILED, "%s: the name is too long.", path);
	}
	if (index_add(index, &entry))
		return fail(CODE_FAILED, "%s", strerror(ENOMEM));
	return CODE_DONE;
}

static int visit(struct index *index, const FTSENT *entry, size_t offset, bool recursive)
{
	switch (entry->fts_info) {
	case FTS_D:
		if (recursive)
			return CODE_DONE;
		return fail(CODE_FAILED, "%s: is a directory; use --recursive to take all in it.",
			    entry->fts_path);
	case FTS_DP:
		return CODE_DONE;
	case FTS_F:
		return add_file(index, entry->fts_path, entry->fts_path + offset, entry->fts_statp);
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return fail(CODE_FAILED, "%s: %s", entry->fts_path, strerror(entry->fts_errno));
	default:
		return fail(CODE_FAILED, "%s: neither a regular file nor a directory.",
			    entry->fts_path);
	}
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int collect_operand(struct index *index, char *operand, bool recursive)
{
	char *paths[] = { operand, NULL };
	int code = CODE_DONE;
	FTSENT *entry;
	size_t offset;
	FTS *fts;

	for (size_t n = strlen(operand); n > 1 && operand[n - 1] == '/'; n--)
		operand[n - 1] = '\0';
	offset = name_offset(operand);

	fts = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	if (!fts)
		return fail(CODE_FAILED, "%s: %s", operand, strerror(errno));
	errno = 0;
	while (!code && (entry = fts_read(fts))) {
		code = visit(index, entry, offset, recursive);
		errno = 0;
	}
	if (!code && errno)
		code = fail(CODE_FAILED, "%s: %s", operand, strerror(errno));
	fts_close(fts);
	return code;
}

int collect_files(struct index *index, const struct options *options, int count, char **operands)
{
	const char *twice;
	int error;

	for (int i = 0; i < count; i++) {
		int code = collect_operand(index, operands[i], options->given & OPT_RECURSIVE);

		if (code)
			return code;
	}
	twice = index_duplicate(index, &error);
	if (error)
		return fail(CODE_FAILED, "%s", strerror(-error));
	if (twice)
		return fail(CODE_FAILED, "two files would both be called '%s'.", twice);
	return CODE_DONE;
}
