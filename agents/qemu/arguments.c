// SPDX-License-Identifier: GPL-2.0-or-later
#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096

static const struct {
	const char *name;
	const char *why;
} taken[] = {
	{ "m", "the size of the memory is an option of 'luo-qemu run': --memory" },
	{ "mem-path", "the guest's memory is the agent's" },
	{ "mem-prealloc", "the guest's memory is the agent's" },
	{ "incoming", "the agent says when there is something to come in" },
	{ "S", "the agent says when the guest goes on" },
	{ "daemonize", "the agent has to know its process" },
	{ "add-fd", "a descriptor that QEMU inherits cannot be given to it again after a jump" },
};

static const char *const inherited[] = { "fd=", "fds=", "vhostfd=", "vhostfds=", "sockfd=" };

/* "-m" and "--m" are one option. */
static const char *option_name(const char *argument)
{
	if (*argument != '-')
		return NULL;
	argument++;
	return *argument == '-' ? argument + 1 : argument;
}

/* "a=b,fd=3": a member of that name, wherever it stands. */
static bool has_member(const char *text, const char *member)
{
	for (const char *p = text; (p = strstr(p, member)); p++) {
		if (p == text || p[-1] == ',' || p[-1] == ':')
			return true;
	}
	return false;
}

static bool refuse(char *why, size_t size, const char *argument, const char *reason)
{
	snprintf(why, size, "%s: %s", argument, reason);
	return false;
}

static bool value_is_good(const char *argument, char *why, size_t size)
{
	if (has_member(argument, "memory-backend="))
		return refuse(why, size, argument, "the guest's memory is the agent's");
	if (strstr(argument, "/dev/fdset"))
		return refuse(why, size, argument, "the set of descriptors is gone after a jump");
	for (size_t i = 0; i < sizeof(inherited) / sizeof(inherited[0]); i++) {
		if (has_member(argument, inherited[i]))
			return refuse(why, size, argument, "a descriptor that QEMU inherits "
				      "cannot be given to it again after a jump");
	}
	return true;
}

bool arguments_are_good(char *const *argv, char *why, size_t size)
{
	for (size_t i = 1; argv[i]; i++) {
		const char *name = option_name(argv[i]);

		for (size_t k = 0; name && k < sizeof(taken) / sizeof(taken[0]); k++) {
			if (!strcmp(name, taken[k].name))
				return refuse(why, size, argv[i], taken[k].why);
		}
		if (!name && !value_is_good(argv[i], why, size))
			return false;
	}
	return true;
}

uint64_t parse_size(const char *text)
{
	static const char units[] = "KMGT";
	unsigned long long n;
	const char *unit;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || end == text || *text == '-')
		return 0;
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return 0;
	for (; unit && unit >= units; unit--) {
		if (n > UINT64_MAX >> 11)
			return 0;
		n <<= 10;
	}
	return n % PAGE ? 0 : n;
}
