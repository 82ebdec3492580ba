// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect.h"
#include "copy.h"
#include "keeper.h"
#include "luoctl.h"
#include "pair.h"
#include "progress.h"
#include "sys.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* Running out half way would have the kernel kill processes to make room. */
static int check_memory(const struct index *index)
{
	uint64_t total = index_total(index);
	char text[8192];
	const char *line;
	uint64_t kib;

	if (luo_sys_read_text("/proc/meminfo", text, sizeof(text)))
		return CODE_DONE;
	line = strstr(text, "MemAvailable:");
	if (!line)
		return CODE_DONE;
	kib = strtoull(line + strlen("MemAvailable:"), NULL, 10);
	if (total / 1024 < kib)
		return CODE_DONE;
	return fail(CODE_FAILED,
		    "the files take %" PRIu64 " MiB of memory, and only %" PRIu64
		    " MiB are available. Nothing was preserved.",
		    total >> 20, kib >> 10);
}

static int make_memfd(const char *name)
{
	/* The name is for diagnosis only, and shorter than a path may be. */
	char label[200];
	int fd;

	snprintf(label, sizeof(label), "luoctl:%s", name);
	fd = memfd_create(label, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(label, MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool same_file(const struct index_entry *e, const struct stat *st)
{
	return S_ISREG(st->st_mode) && (uint64_t)st->st_size == e->size &&
	       st->st_mtim.tv_sec == e->mtime && (uint32_t)st->st_mtim.tv_nsec == e->mtime_nsec;
}

/* Also catches files that have content but no size, as those in /proc. */
static int check_unchanged(int file, const struct index_entry *e)
{
	struct stat st;
	char c;

	if (fstat(file, &st))
		return -errno;
	if (!same_file(e, &st) || pread(file, &c, 1, (off_t)e->size) != 0)
		return -ESTALE;
	return 0;
}

static int fill_memfd(int memfd, const struct index_entry *e)
{
	int file = open(e->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int ret;

	if (file < 0)
		return -errno;
	ret = check_unchanged(file, e);
	if (!ret)
		ret = copy_contents(file, memfd, (off_t)e->size);
	if (!ret)
		ret = check_unchanged(file, e);
	close(file);
	return ret;
}

static int copy_failed(const struct index_entry *e, int error)
{
	if (error == -ESTALE)
		return fail(CODE_FAILED, "%s: changed while it was read. Nothing was preserved.",
			    e->path);
	return fail(CODE_FAILED, "%s: %s. Nothing was preserved.", e->path, strerror(-error));
}

static int preserve_failed(const char *what, int error)
{
	const char *why = strerror(-error);

	if (error == -ENOENT)
		why = "this kernel cannot preserve memory files (CONFIG_LIVEUPDATE_MEMFD)";
	else if (error == -EBUSY)
		why = "the machine is frozen, and nothing can be added before the jump";
	else if (error == -ENOSPC)
		why = "the session cannot hold more files";
	return fail(error == -EBUSY ? CODE_STATE : CODE_FAILED, "%s: %s. Nothing was preserved.",
		    what, why);
}

/* The session holds the file from then on: its descriptor is not needed any longer. */
static int preserve_file(int session, const struct index_entry *e)
{
	int memfd;
	int code;
	int ret;

	memfd = make_memfd(e->name);
	if (memfd < 0)
		return copy_failed(e, memfd);
	ret = fill_memfd(memfd, e);
	code = ret ? copy_failed(e, ret) : CODE_DONE;
	if (!code && e->token) {
		ret = luo_session_preserve_fd(session, memfd, e->token);
		code = ret ? preserve_failed(e->path, ret) : CODE_DONE;
	}
	close(memfd);
	return code;
}

static int preserve_index(int session, const struct index *index)
{
	size_t size;
	char *text = index_format(index, &size);
	int memfd = text ? make_memfd("index") : -ENOMEM;
	int ret = memfd < 0 ? memfd : size > INDEX_MAX_BYTES ? -EFBIG : 0;

	if (!ret)
		ret = write_all(memfd, text, size);
	if (!ret)
		ret = luo_session_preserve_fd(session, memfd, INDEX_TOKEN);
	if (memfd >= 0)
		close(memfd);
	free(text);
	return ret ? preserve_failed("the index", ret) : CODE_DONE;
}

static int preserve_all(const struct pair *pair, struct index *index)
{
	uint64_t token = 0;
	int code;

	for (size_t i = 0; i < index->count; i++) {
		struct index_entry *e = &index->entries[i];

		e->token = e->size ? ++token : 0;
		code = preserve_file(pair->files, e);
		if (code)
			return code;
	}
	return preserve_index(pair->index, index);
}

static int create_session(struct luo *luo, const char *name)
{
	int session = luo_session_create(luo, name);

	if (session >= 0)
		return session;
	if (session == -EEXIST)
		return -fail(CODE_FAILED,
			     "there is a session '%s' already: choose another name, "
			     "or see 'luoctl sessions'.",
			     name);
	if (session == -EBUSY)
		return -preserve_failed(name, session);
	return -fail(CODE_FAILED, "session '%s': %s", name, strerror(-session));
}

/* Both sessions, or none. */
static int create_pair(struct pair *pair, const char *name, const char *index_name,
		       const struct options *options)
{
	struct luo *luo;
	int code;

	code = open_device(&luo, LUO_OPEN_WRITE, options);
	if (code)
		return code;
	pair->files = create_session(luo, name);
	if (pair->files >= 0)
		pair->index = create_session(luo, index_name);
	luo_close(luo);

	if (pair->files < 0)
		return -pair->files;
	if (pair->index >= 0)
		return CODE_DONE;
	code = -pair->index;
	pair_close(pair);
	return code;
}

static void print_preserved(const struct index *index)
{
	for (size_t i = 0; i < index->count; i++) {
		const struct index_entry *e = &index->entries[i];

		if (e->token)
			printf("%" PRIu64 "\t", e->token);
		else
			printf("-\t");
		print_name(e->name, 0);
		putchar('\n');
	}
}

static int keep(const struct pair *pair, const char *name, const struct index *index, bool hold)
{
	pid_t keeper = getpid();

	if (!hold) {
		keeper = keeper_start(pair, KEEPER_OUTGOING);
		if (keeper < 0)
			return fail(CODE_FAILED,
				    "no process to keep the sessions: %s. Nothing was preserved.",
				    strerror(-keeper));
	}
	print_preserved(index);
	message("session '%s' has %zu file%s, %" PRIu64 " bytes; process %d keeps it.", name,
		index->count, index->count == 1 ? "" : "s", index_total(index), (int)keeper);
	if (!hold)
		return CODE_DONE;
	fflush(stdout);
	keeper_stay(KEEPER_OUTGOING);
}

static int preserve(struct index *index, const char *name, const char *index_name,
		    const struct options *options)
{
	struct pair pair = PAIR_NONE;
	int code;

	code = create_pair(&pair, name, index_name, options);
	if (code)
		return code;
	progress_start(index_total(index));
	code = preserve_all(&pair, index);
	progress_end();
	if (!code)
		code = keep(&pair, name, index, options->given & OPT_HOLD);
	pair_close(&pair);
	return code;
}

static int run_preserve(const struct options *options, int count, char **operands)
{
	struct index index = { 0 };
	char index_name[LUO_NAME_SIZE];
	int code;

	code = pair_index_name(operands[0], index_name);
	if (!code)
		code = collect_files(&index, options, count - 1, operands + 1);
	if (!code)
		code = check_memory(&index);
	if (!code)
		code = preserve(&index, operands[0], index_name, options);
	index_free(&index);
	return code;
}

const struct verb verb_preserve = {
	.name = "preserve",
	.operands = "SESSION FILE...",
	.summary = "Put files into memory that survives the jump",
	.details =
		"Copies each FILE into a memory file of the new session SESSION; the names are in\n"
		"the session luoctl:SESSION. A process in the background keeps both until the\n"
		"jump; SIGTERM to it gives them up. Prints each file's token and name. 'luoctl\n"
		"retrieve' writes them out again.",
	.options = OPT_RECURSIVE | OPT_HOLD | OPT_WAIT,
	.min_operands = 2,
	.max_operands = ANY_NUMBER,
	.run = run_preserve,
};
