// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The handover as the kernel takes it over: luo_session.c, luo_file.c and the
 * kernel's own kho_block.c, on whatever memory. Whether it is taken over or
 * refused, no pages are given back twice, no memory is lost, and what arrived
 * can be listed, retrieved and finished.
 */
#include "memory.h"

static struct file file;
static unsigned int failures;
static bool knows_all;

/* A handler that restores every file, but those whose data word is odd. */
static int retrieve(struct liveupdate_file_op_args *args)
{
	if (args->serialized_data & 1)
		return -EIO;
	args->file = get_file(&file);
	return 0;
}

static bool can_finish(struct liveupdate_file_op_args *args)
{
	return knows_all || !(args->serialized_data & 2);
}

static void finish(struct liveupdate_file_op_args *args)
{
	WARN_ON(!args->file != (args->retrieve_status <= 0));
}

static const struct liveupdate_file_ops ops = {
	.retrieve = retrieve,
	.can_finish = can_finish,
	.finish = finish,
};
static struct liveupdate_file_handler handler = { .ops = &ops };

struct liveupdate_file_handler *luo_handler_by_name(const char *compatible)
{
	bool known = knows_all || !(memory_input()->flags & INPUT_PICKY) || compatible[0] != 'm';

	return known ? &handler : NULL;
}

void liveupdate_restore_fail(const char *fmt, ...)
{
	(void)fmt;
	failures++;
}

bool luo_restore_failed(void)
{
	return failures;
}

static void list(u64 arrived)
{
	u32 count = luo_session_info(NULL, 0);
	struct liveupdate_session_info *infos = calloc(count ?: 1, sizeof(*infos));

	WARN_ON(count != arrived || luo_session_info(infos, count) != count);
	for (u32 i = 0; i < count; i++)
		WARN_ON(luo_string_check((char *)infos[i].name, sizeof(infos[i].name)));
	free(infos);
}

static void retrieve_files(struct luo_session *session)
{
	u64 tokens[4];
	u64 count = min(luo_file_tokens(&session->files, tokens, ARRAY_SIZE(tokens)),
			(u64)ARRAY_SIZE(tokens));
	struct file *got;

	for (u64 i = 0; i < count; i++) {
		int err = luo_file_retrieve(&session->files, tokens[i], &got);

		WARN_ON(err == -ENOENT);
		if (!err)
			fput(got);
	}
}

/* Takes the sessions that the memory says it has, and closes every other one. */
static void use_sessions(const struct luo_ser *luo)
{
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];
	struct luo_session *session;

	for (u32 left = luo_session_info(NULL, 0); left; left--) {
		struct liveupdate_session_info *infos = calloc(left, sizeof(*infos));

		luo_session_info(infos, left);
		memcpy(name, infos[left - 1].name, sizeof(name));
		free(infos);
		if (luo_session_retrieve(name, &session))
			continue;
		retrieve_files(session);
		if (left % 2 || luo->liveupdate_num % 2)
			luo_session_close(session);
		else
			luo_session_abandon(session);
	}
}

/* As FINISH does, once and again: what was refused is still all there. */
static void finish_all(void)
{
	struct luo_participant *p = &luo_session_participant;
	struct luo_blame blame;
	u64 unfinished = luo_session_unfinished_count();

	if (p->ops->can_finish(p, &blame))
		WARN_ON(luo_session_unfinished_count() != unfinished);
	knows_all = true;
	WARN_ON(p->ops->can_finish(p, &blame));
	p->ops->finish(p);
	WARN_ON(luo_session_unfinished_count() || luo_session_info(NULL, 0));
	WARN_ON(file.references);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return luo_file_init() ?: luo_session_init();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct luo_ser *luo;

	if (!memory_begin(data, size))
		return 0;
	knows_all = false;
	luo = memory_root(0, memory_input()->size);
	if (luo && !luo_ser_check(luo, memory_input()->size)) {
		luo_session_restore(luo->sessions_pa);
		list(luo_session_unfinished_count());
		use_sessions(luo);
		finish_all();
	}
	free(luo);
	memory_end();
	return 0;
}
