// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmdline.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Parameters are separated by white space, except within double quotes. */
static const char *skip_parameter(const char *p)
{
	bool quoted = false;

	for (; *p && (quoted || !isspace((unsigned char)*p)); p++) {
		if (*p == '"')
			quoted = !quoted;
	}
	return p;
}

static const char *skip_space(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

/* What the kernel takes for yes and no. */
static int parse_bool(const char *value)
{
	switch (tolower((unsigned char)value[0])) {
	case 'y':
	case 't':
	case '1':
		return 1;
	case 'n':
	case 'f':
	case '0':
		return 0;
	case 'o':
		if (tolower((unsigned char)value[1]) == 'n')
			return 1;
		if (tolower((unsigned char)value[1]) == 'f')
			return 0;
	}
	return -1;
}

int cmdline_flag(const char *line, const char *name)
{
	size_t length = strlen(name);
	const char *p = skip_space(line);
	int flag = -1;

	while (*p) {
		const char *end = skip_parameter(p);

		/* What follows belongs to init. */
		if (end - p == 2 && !strncmp(p, "--", 2))
			break;
		p += *p == '"';
		if (!strncmp(p, name, length) && p[length] == '=') {
			const char *value = p + length + 1;
			int b = parse_bool(value + (*value == '"'));

			if (b >= 0)
				flag = b;
		}
		p = skip_space(end);
	}
	return flag;
}

void cmdline_strip_loader(char *line)
{
	static const char prefix[] = "BOOT_IMAGE=";
	char *p = line;

	while (*p) {
		const char *next = skip_space(skip_parameter(p));

		if (!strncmp(p, prefix, sizeof(prefix) - 1))
			memmove(p, next, strlen(next) + 1);
		else
			p += next - p;
	}
}
