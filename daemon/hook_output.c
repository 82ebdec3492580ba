// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook_output.h"

#include <string.h>
#include <unistd.h>

#include "log.h"
#include "utf8.h"

void hook_output_start(struct hook_output *output, const char *culprit)
{
	memset(output, 0, sizeof(*output));
	output->culprit = culprit;
}

static void end_line(struct hook_output *output)
{
	char *line = output->line;

	line[output->used] = '\0';
	output->used = 0;
	/* It goes to terminals, and into messages. */
	utf8_make_clean(line);
	if (!*line)
		return;
	strcpy(output->last, line);
	output->lines++;
	if (output->lines <= HOOK_LINES_MAX)
		log_line(LOG_INFO, output->culprit, "%s: %s", output->culprit, line);
	else if (output->lines == HOOK_LINES_MAX + 1)
		log_line(LOG_INFO, output->culprit, "%s: says more, which is not shown",
			 output->culprit);
}

static void take(struct hook_output *output, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = bytes[i];

		if (c == '\n')
			end_line(output);
		else if (output->used < sizeof(output->line) - 1)
			/* A zero would be the end of it. */
			output->line[output->used++] = c == '\t' ? ' ' : c ? c : '?';
	}
}

bool hook_output_read(struct hook_output *output, int fd)
{
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	if (n > 0)
		take(output, bytes, (size_t)n);
	return n > 0;
}

void hook_output_end(struct hook_output *output)
{
	if (output->used)
		end_line(output);
}
