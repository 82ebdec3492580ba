// SPDX-License-Identifier: GPL-2.0-or-later
#include "pair.h"

#include <string.h>
#include <unistd.h>

#include "luoctl.h"

#define PREFIX_LENGTH (sizeof(INDEX_SESSION_PREFIX) - 1)
#define NAME_MAX_LENGTH (LUO_NAME_SIZE - 1 - PREFIX_LENGTH)

void pair_close(struct pair *pair)
{
	if (pair->files >= 0)
		close(pair->files);
	if (pair->index >= 0)
		close(pair->index);
	*pair = (struct pair)PAIR_NONE;
}

int pair_index_name(const char *name, char index_name[LUO_NAME_SIZE])
{
	size_t length = strlen(name);

	if (!length || length > NAME_MAX_LENGTH)
		return fail(CODE_USAGE,
			    "the name of a session has 1 to %zu bytes here, '%s' has %zu.",
			    NAME_MAX_LENGTH, name, length);
	/* Else it could be the index of another session. */
	if (!strncmp(name, INDEX_SESSION_PREFIX, PREFIX_LENGTH))
		return fail(CODE_USAGE,
			    "'%s': names with '" INDEX_SESSION_PREFIX "' are for the indexes of "
			    "sessions.",
			    name);
	snprintf(index_name, LUO_NAME_SIZE, INDEX_SESSION_PREFIX "%s", name);
	return CODE_DONE;
}
