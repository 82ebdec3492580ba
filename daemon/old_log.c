// SPDX-License-Identifier: GPL-2.0-or-later
#include "old_log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libluo.h"
#include "sys.h"

#define OLD_LOG	LUO_SYSFS "/last_update/log"
/* As much as a person may want to read of it; there is one in each record. */
#define KEPT	((size_t)32 << 10)

/* The last bytes of what @fd has, at most KEPT, in @tail of twice that. */
static size_t read_tail(int fd, char *tail)
{
	size_t have = 0;
	ssize_t n;

	while ((n = read(fd, tail + have, 2 * KEPT - have)) > 0) {
		have += (size_t)n;
		if (have <= KEPT)
			continue;
		memmove(tail, tail + have - KEPT, KEPT);
		have = KEPT;
	}
	return have;
}

/* Records are text, and drivers may log anything. */
static void clean(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\n' && c != '\t') || c >= 0x7f)
			text[i] = '?';
	}
}

struct json_object *old_log(void)
{
	char *tail = malloc(2 * KEPT);
	int fd = luo_sys_open(OLD_LOG, O_RDONLY);
	struct json_object *text = NULL;
	size_t have = tail && fd >= 0 ? read_tail(fd, tail) : 0;
	const char *begin = tail;

	/* The first line is only a part of one. */
	if (have == KEPT) {
		const char *end = memchr(tail, '\n', have);

		begin = end ? end + 1 : tail;
	}
	if (have) {
		clean(tail, have);
		text = json_object_new_string_len(begin, (int)(tail + have - begin));
	}
	if (fd >= 0)
		close(fd);
	free(tail);
	return text;
}
