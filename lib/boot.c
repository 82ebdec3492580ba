// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "sys.h"

/* Some machines have longer lines than every kernel can be started with. */
#define LINE_SIZE 4097

static size_t word_length(const char *word)
{
	bool quoted = false;
	size_t n = 0;

	while (word[n] && (quoted || !strchr(" \t\n", word[n]))) {
		if (word[n] == '"')
			quoted = !quoted;
		n++;
	}
	return n;
}

/* As kstrtobool() reads it, which looks no further than it has to. */
static int switch_value(const char *text)
{
	if (*text && strchr("yYtT1", *text))
		return 1;
	if (*text && strchr("nNfF0", *text))
		return 0;
	if (*text == 'o' || *text == 'O') {
		if (text[1] == 'n' || text[1] == 'N')
			return 1;
		if (text[1] == 'f' || text[1] == 'F')
			return 0;
	}
	return -ENODATA;
}

int luo_boot_switch(const char *name)
{
	size_t length = strlen(name);
	char line[LINE_SIZE];
	const char *word = line;
	int ret = luo_sys_read_text("/proc/cmdline", line, sizeof(line));
	int value = -ENODATA;

	if (ret)
		return ret;
	/* The kernel takes each in turn, up to the arguments of init. */
	for (size_t n; *word; word += n) {
		n = word_length(word);
		if (n == 2 && !strncmp(word, "--", 2))
			break;
		if (n > length && !strncmp(word, name, length) && word[length] == '=') {
			ret = switch_value(word + length + 1 + (word[length + 1] == '"'));
			value = ret < 0 ? value : ret;
		}
		if (!n)
			n = 1;
	}
	return value;
}
