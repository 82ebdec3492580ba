// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Closing a retrieved session's descriptor finishes the session, and its files
 * are gone: so a keeper has it from the first moment until all is on disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy.h"
#include "index.h"
#include "interrupt.h"
#include "keeper.h"
#include "luoctl.h"
#include "restore.h"

static int retrieve_failed(const char *name, int error)
{
	if (error == -ENOENT)
		return fail(CODE_FAILED, "no session '%s' was handed over; see 'luoctl sessions'.",
			    name);
	if (error == -EINVAL)
		return fail(CODE_FAILED, "session '%s': another program has taken it back already.",
			    name);
	return fail(CODE_FAILED, "session '%s': %s", name, strerror(-error));
}

/* A descriptor, or an exit code negated. *keeper is 0 if none could be started. */
static int take_session(const char *name, const struct options *options, pid_t *keeper)
{
	struct luo *luo;
	int session;
	int code;

	session = keeper_find(name, keeper);
	if (session >= 0)
		return session;

	code = open_device(&luo, LUO_OPEN_WRITE, options);
	if (code)
		return -code;
	session = luo_session_retrieve(luo, name);
	luo_close(luo);
	if (session < 0)
		return -retrieve_failed(name, session);

	*keeper = keeper_start(session, KEEPER_INCOMING);
	if (*keeper < 0)
		*keeper = 0;
	return session;
}

static int read_index_file(int memfd, struct index *index)
{
	struct stat st;
	char *text;
	int ret;

	if (fstat(memfd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 || (uint64_t)st.st_size > INDEX_MAX_BYTES)
		return -EBADMSG;
	text = malloc((size_t)st.st_size);
	if (!text)
		return -ENOMEM;
	ret = read_all(memfd, text, (size_t)st.st_size);
	if (!ret)
		ret = index_parse(index, text, (size_t)st.st_size);
	free(text);
	return ret;
}

static int read_index(int session, const char *name, struct index *index)
{
	int memfd = luo_session_retrieve_fd(session, INDEX_TOKEN);
	int ret = memfd;

	if (memfd >= 0) {
		ret = read_index_file(memfd, index);
		close(memfd);
	}
	if (ret == -ENOENT || ret == -EBADMSG)
		return fail(
			CODE_FAILED,
			"session '%s' has no proper index: it was not made by 'luoctl preserve', "
			"or is damaged.",
			name);
	if (ret < 0)
		return fail(CODE_FAILED, "the index of session '%s': %s", name, strerror(-ret));
	return CODE_DONE;
}

static void stop_keeper(pid_t keeper)
{
	if (keeper)
		kill(keeper, SIGTERM);
}

static void say_kept(const char *name, pid_t keeper)
{
	message("session '%s' is not finished, process %d keeps it: 'luoctl retrieve' can be run "
		"again, and 'kill %d' gives its files up.",
		name, (int)(keeper ? keeper : getpid()), (int)(keeper ? keeper : getpid()));
	if (!keeper)
		keeper_stay(KEEPER_INCOMING);
}

static int finish_session(int session, const char *name, pid_t keeper)
{
	int ret = luo_session_finish(session);

	if (ret) {
		message("the files are written, but the session cannot be finished: %s",
			strerror(-ret));
		say_kept(name, keeper);
		return ret == -EBUSY ? CODE_REFUSED : CODE_FAILED;
	}
	stop_keeper(keeper);
	return CODE_DONE;
}

static int retrieve_into(int dir, const char *dir_name, const char *name,
			 const struct options *options)
{
	struct index index = { 0 };
	pid_t keeper = 0;
	int session;
	int code;

	session = take_session(name, options, &keeper);
	if (session < 0)
		return -session;

	code = read_index(session, name, &index);
	if (!code)
		code = restore_files(session, &index, dir, dir_name);
	for (size_t i = 0; !code && i < index.count; i++) {
		print_name(index.entries[i].name, 0);
		putchar('\n');
	}
	index_free(&index);
	fflush(stdout);

	if (code || options->given & OPT_KEEP)
		say_kept(name, keeper);
	else
		code = finish_session(session, name, keeper);
	close(session);
	return code;
}

static int run_retrieve(const struct options *options, int count, char **operands)
{
	int code;
	int dir;

	dir = open(operands[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail(CODE_FAILED, "%s: %s. Nothing was retrieved.", operands[1],
			    strerror(errno));
	catch_interrupts();
	code = retrieve_into(dir, operands[1], operands[0], options);
	close(dir);
	return code;
}

const struct verb verb_retrieve = {
	.name = "retrieve",
	.operands = "SESSION DIRECTORY",
	.summary = "After the jump, write a session's files to a directory",
	.details =
		"Takes back a session of 'luoctl preserve', writes its files with their names,\n"
		"owners, modes and times, prints the names, and finishes the session. Files that\n"
		"exist are not replaced. On failure none is written, and a process in the\n"
		"background keeps the session for another try.",
	.options = OPT_KEEP | OPT_WAIT,
	.min_operands = 2,
	.max_operands = 2,
	.run = run_retrieve,
};
