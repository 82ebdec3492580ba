// SPDX-License-Identifier: GPL-2.0-or-later
#include "take.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy.h"
#include "luoctl.h"

static int parse_index(int memfd, struct index *index)
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

int load_index(struct retrieval *r, int session)
{
	int memfd = luo_session_retrieve_fd(session, INDEX_TOKEN);
	int ret;

	if (memfd < 0)
		return memfd;
	ret = parse_index(memfd, &r->index);
	close(memfd);
	return ret;
}

int index_failed(const struct retrieval *r, int error)
{
	if (error == -ENOENT || error == -EBADMSG)
		return fail(CODE_FAILED,
			    "session '%s' has no proper index: it was not made by 'luoctl "
			    "preserve', or is damaged.%s",
			    r->name, r->pair.files < 0 ? " It was not touched." : "");
	return fail(CODE_FAILED, "the index of session '%s': %s", r->name, strerror(-error));
}

/* Whether it is among the incoming sessions, or a negative errno value. */
static int was_handed_over(struct luo *luo, const char *name)
{
	struct luo_session_info *list;
	int found = 0;
	size_t count;
	int ret;

	ret = luo_list_sessions(luo, &list, &count);
	if (ret)
		return ret;
	for (size_t i = 0; i < count && !found; i++)
		found = list[i].flags & LUO_SESSION_INCOMING && !strcmp(list[i].name, name);
	free(list);
	return found;
}

static int no_index(const struct retrieval *r)
{
	int found = was_handed_over(r->luo, r->name);

	if (found < 0)
		return fail(CODE_FAILED, "no session '%s' of 'luoctl preserve' was handed over.",
			    r->name);
	if (!found)
		return fail(CODE_FAILED, "no session '%s' was handed over; see 'luoctl sessions'.",
			    r->name);
	return fail(CODE_FAILED,
		    "session '%s' has no index: it was not made by 'luoctl preserve', or its index "
		    "was given up. It was not touched.",
		    r->name);
}

static int take_failed(const char *name, int error)
{
	if (error == -EINVAL)
		return fail(CODE_FAILED, "session '%s': another program has taken it back already.",
			    name);
	return fail(CODE_FAILED, "session '%s': %s", name, strerror(-error));
}

int take_pair(struct pair *pair, void *data)
{
	struct retrieval *r = data;
	int ret;

	if (pair->index < 0)
		pair->index = luo_session_retrieve(r->luo, r->index_name);
	if (pair->index == -ENOENT)
		return no_index(r);
	if (pair->index < 0)
		return take_failed(r->index_name, pair->index);

	ret = load_index(r, pair->index);
	index_free(&r->index);
	if (ret)
		return index_failed(r, ret);
	pair->files = luo_session_retrieve(r->luo, r->name);
	if (pair->files == -ENOENT)
		return fail(CODE_FAILED,
			    "session '%s': only its index is here. Another program has finished "
			    "it, or it was not handed over.",
			    r->name);
	return pair->files < 0 ? take_failed(r->name, pair->files) : CODE_DONE;
}
