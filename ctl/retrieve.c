// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Closing a retrieved session's descriptor finishes the session, and what is in
 * it is gone: so a keeper takes both sessions back, the index first, and has
 * them until all is on disk. Then the files are finished, and the index last.
 *
 * Whenever this process ends, the keeper lives on, and the next run borrows
 * what it has: the index, where the files could not be taken yet; both; or the
 * index and a session that was finished, whose files are on disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "keeper.h"
#include "luoctl.h"
#include "restore.h"
#include "take.h"

static void stop_keeper(pid_t keeper)
{
	if (keeper)
		kill(keeper, SIGTERM);
}

static int get_new_pair(struct retrieval *r, const struct options *options)
{
	int code;
	int ret;

	code = open_device(&r->luo, LUO_OPEN_WRITE, options);
	if (code)
		return code;
	code = keeper_take(&r->pair, take_pair, r, &r->keeper);
	luo_close(r->luo);
	if (!r->keeper)
		return code;
	ret = keeper_borrow(r->keeper, r->name, r->index_name, &r->pair);
	if (ret && !code)
		code = fail(CODE_FAILED, "session '%s', from process %d: %s", r->name,
			    (int)r->keeper, strerror(-ret));
	if (code)
		return code;
	ret = load_index(r, r->pair.index);
	return ret ? index_failed(r, ret) : CODE_DONE;
}

static void say_kept(const struct retrieval *r)
{
	int keeper = (int)r->keeper;

	if (!keeper)
		return;
	if (r->pair.files >= 0)
		message("session '%s' is not finished, process %d keeps it: 'luoctl retrieve' can "
			"be run again, and 'kill %d' gives its files up.",
			r->name, keeper, keeper);
	else
		message("process %d keeps the index of session '%s': 'luoctl retrieve' can be run "
			"again, and 'kill %d' gives the index up.",
			keeper, r->name, keeper);
}

static int finish_index(struct retrieval *r)
{
	int ret = luo_session_finish(r->pair.index);

	if (ret) {
		message("session '%s' cannot be finished: %s. Process %d keeps it: 'luoctl "
			"retrieve' can be run again, and 'kill %d' gives it up.",
			r->index_name, strerror(-ret), (int)r->keeper, (int)r->keeper);
		return ret == -EBUSY ? CODE_REFUSED : CODE_FAILED;
	}
	stop_keeper(r->keeper);
	return CODE_DONE;
}

/* An earlier run ended between writing the files and the very end. */
static int was_finished(struct retrieval *r)
{
	int code = finish_index(r);

	r->keeper = 0;
	message("session '%s' is finished already, by 'luoctl retrieve' when its files were on "
		"disk, or by 'luoctl finish'.",
		r->name);
	return code ? code : CODE_FAILED;
}

/* A session with files has none of them any more once it is finished. */
static bool has_files(const struct retrieval *r)
{
	bool expected = false;

	for (size_t i = 0; i < r->index.count; i++) {
		int memfd;

		if (!r->index.entries[i].token)
			continue;
		expected = true;
		memfd = luo_session_retrieve_fd(r->pair.files, r->index.entries[i].token);
		if (memfd >= 0)
			close(memfd);
		if (memfd != -ENOENT)
			return true;
	}
	return !expected;
}

static int get_pair(struct retrieval *r, const struct options *options)
{
	int ret;

	ret = keeper_find(r->name, r->index_name, &r->pair, &r->keeper);
	if (ret || r->pair.files < 0)
		return get_new_pair(r, options);

	/* The index was good when this keeper took the files. */
	ret = load_index(r, r->pair.index);
	if (ret == -ENOENT || (!ret && !has_files(r)))
		return was_finished(r);
	return ret ? index_failed(r, ret) : CODE_DONE;
}

static int finish_pair(struct retrieval *r)
{
	int ret = luo_session_finish(r->pair.files);

	if (!ret)
		return finish_index(r);
	message("the files are written, but the session cannot be finished: %s", strerror(-ret));
	say_kept(r);
	return ret == -EBUSY ? CODE_REFUSED : CODE_FAILED;
}

static int retrieve_into(struct retrieval *r, int dir, const char *dir_name,
			 const struct options *options)
{
	int code;

	code = get_pair(r, options);
	if (!code)
		code = restore_files(r->pair.files, &r->index, dir, dir_name);
	for (size_t i = 0; !code && i < r->index.count; i++) {
		print_name(r->index.entries[i].name, 0);
		putchar('\n');
	}
	fflush(stdout);

	if (code || options->given & OPT_KEEP)
		say_kept(r);
	else
		code = finish_pair(r);
	return code;
}

static int run_retrieve(const struct options *options, int count, char **operands)
{
	struct retrieval r = { .name = operands[0], .pair = PAIR_NONE };
	int code;
	int dir;

	code = pair_index_name(r.name, r.index_name);
	if (code)
		return code;
	dir = open(operands[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail(CODE_FAILED, "%s: %s. Nothing was retrieved.", operands[1],
			    strerror(errno));
	catch_interrupts();
	code = retrieve_into(&r, dir, operands[1], options);
	index_free(&r.index);
	pair_close(&r.pair);
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
		"background keeps the session for another try. A session without an index is\n"
		"somebody else's, and is not touched.",
	.options = OPT_KEEP | OPT_WAIT,
	.min_operands = 2,
	.max_operands = 2,
	.run = run_retrieve,
};
