// SPDX-License-Identifier: GPL-2.0-or-later
#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define PAGE		4096
#define SIZE_LIMIT	(1ULL << 50)

static const char memory_is_ours[] = "the guest's memory is the agent's";
static const char descriptor_is_lost[] =
	"a descriptor that QEMU inherits cannot be given to it again after a jump";
static const char writes_are_lost[] = "what the guest writes would be gone after a jump";

static const struct {
	const char *name;
	const char *why;
} taken[] = {
	{ "m", "the size of the memory is an option of 'luo-qemu run': --memory" },
	{ "mem-path", memory_is_ours },
	{ "mem-prealloc", memory_is_ours },
	{ "incoming", "the agent says when there is something to come in" },
	{ "S", "the agent says when the guest goes on" },
	{ "preconfig", "the agent says when the guest goes on" },
	{ "loadvm", "a guest cannot be set back again after a jump" },
	{ "daemonize", "the agent has to know QEMU's process" },
	{ "add-fd", descriptor_is_lost },
	{ "snapshot", writes_are_lost },
	{ "readconfig", "what is in the file may be something else after a jump" },
};

/* Members of a value, as in "id=a,fd=3"; with a value here, only that is refused. */
static const struct {
	const char *name;
	const char *value;
	const char *why;
} refused[] = {
	{ "memory-backend", NULL, memory_is_ours },
	{ "memdev", NULL, memory_is_ours },
	{ "fd", NULL, descriptor_is_lost },
	{ "fds", NULL, descriptor_is_lost },
	{ "vhostfd", NULL, descriptor_is_lost },
	{ "vhostfds", NULL, descriptor_is_lost },
	{ "sock_fd", NULL, descriptor_is_lost },
	{ "sockfd", NULL, descriptor_is_lost },
	{ "snapshot", "on", writes_are_lost },
};

/* Wherever they stand. */
static const struct {
	const char *text;
	const char *why;
} unwanted[] = {
	{ "memory-backend-", memory_is_ours },
	{ "/dev/fdset", descriptor_is_lost },
	{ "/dev/fd/", descriptor_is_lost },
	{ "/proc/self/fd/", descriptor_is_lost },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* "-m" and "--m" are one option. */
static const char *option_name(const char *argument)
{
	if (*argument != '-' || !argument[1])
		return NULL;
	argument++;
	return *argument == '-' ? argument + 1 : argument;
}

static bool refuse(char *why, size_t size, const char *argument, const char *reason)
{
	snprintf(why, size, "%.200s: %s", argument, reason);
	return false;
}

static bool is_refused(const char *name, size_t length, const char *value, const char **why)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		const char *only = refused[i].value;

		if (strlen(refused[i].name) != length || strncmp(refused[i].name, name, length))
			continue;
		if (only && (strncmp(value, only, strlen(only)) ||
			     !strchr(",\"}", value[strlen(only)])))
			continue;
		*why = refused[i].why;
		return true;
	}
	return false;
}

/*
 * "type,a=b,c.d=e", or the same as JSON. Words may stand for themselves ("socket:fd=3"),
 * and a quoted name in JSON is followed by a colon. What looks like a member and is
 * none, in a path for instance, is refused as well: that is seen at once, and a
 * descriptor that is missing only after the jump.
 */
static bool members_are_good(const char *text, const char **why)
{
	static const char ends[] = ",:{\"'. \t";
	const char *start = text;

	for (const char *p = text; *p; p++) {
		const char *value = p + 1;

		if (*p == '=') {
			if (is_refused(start, (size_t)(p - start), value, why))
				return false;
		} else if (*p == '"') {
			value += strspn(value, " \t");
			if (*value == ':') {
				value += 1 + strspn(value + 1, " \t\"");
				if (is_refused(start, (size_t)(p - start), value, why))
					return false;
			}
		}
		if (strchr(ends, *p))
			start = p + 1;
	}
	return true;
}

static bool value_is_good(const char *argument, char *why, size_t size)
{
	const char *reason;

	for (size_t i = 0; i < COUNT(unwanted); i++) {
		if (strstr(argument, unwanted[i].text))
			return refuse(why, size, argument, unwanted[i].why);
	}
	if (!members_are_good(argument, &reason))
		return refuse(why, size, argument, reason);
	return true;
}

/* Whose value is text for the guest, with whatever may be in it. */
static bool takes_any_text(const char *name)
{
	return !strcmp(name, "append") || !strcmp(name, "name");
}

bool arguments_are_good(char *const *argv, char *why, size_t size)
{
	for (size_t i = 1; argv[i]; i++) {
		const char *name = option_name(argv[i]);

		for (size_t k = 0; name && k < COUNT(taken); k++) {
			if (!strcmp(name, taken[k].name))
				return refuse(why, size, argv[i], taken[k].why);
		}
		if (name && takes_any_text(name) && argv[i + 1])
			i++;
		else if (!name && !value_is_good(argv[i], why, size))
			return false;
	}
	return true;
}

bool machine_is_valid(const char *machine)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789._-";
	size_t length = strlen(machine);

	return length && length < 64 && strspn(machine, good) == length;
}

/* The texts that options of ours refer to, at the end of one block with the list. */
struct texts {
	char machine[128];
	char memory[32];
	char object[160];
	char monitor[96];
};

static void write_texts(struct texts *texts, const struct guest *guest, int memory, int monitor)
{
	/* The same machine again, also if it is a later QEMU for which "pc" means more. */
	snprintf(texts->machine, sizeof(texts->machine), "%s%s%smemory-backend=luo-memory",
		 guest->machine ? "type=" : "", guest->machine ? guest->machine : "",
		 guest->machine ? "," : "");
	snprintf(texts->memory, sizeof(texts->memory), "%juB", (uintmax_t)guest->memory_size);
	snprintf(texts->object, sizeof(texts->object),
		 "memory-backend-file,id=luo-memory,size=%ju,mem-path=/proc/self/fd/%d,share=on",
		 (uintmax_t)guest->memory_size, memory);
	snprintf(texts->monitor, sizeof(texts->monitor),
		 "socket,id=luo-monitor,fd=%d,server=on,wait=off", monitor);
}

const char **arguments_build(const struct guest *guest, bool incoming, int memory, int monitor)
{
	static const char *const waits[] = { "-incoming", "defer", "-S" };
	struct texts *texts;
	const char **argv;
	size_t count = 0;
	size_t space;

	while (guest->argv[count])
		count++;
	space = (count + 16) * sizeof(*argv);
	argv = calloc(1, space + sizeof(*texts));
	if (!argv)
		return NULL;
	texts = (struct texts *)((char *)argv + space);
	write_texts(texts, guest, memory, monitor);
	memcpy(argv, guest->argv, count * sizeof(*argv));
	memcpy(argv + count, (const char *[]){
		"-machine", texts->machine, "-m", texts->memory, "-object", texts->object,
		"-chardev", texts->monitor, "-mon", "chardev=luo-monitor,mode=control",
	}, 10 * sizeof(*argv));
	/* It goes on when the agent says so, and not before. */
	if (incoming)
		memcpy(argv + count + 10, waits, sizeof(waits));
	return argv;
}

uint64_t parse_size(const char *text)
{
	static const char units[] = "KMGT";
	unsigned long long n;
	const char *unit = NULL;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || end == text || *text < '0' || *text > '9')
		return 0;
	if (*end) {
		unit = strchr(units, *end);
		if (!unit || end[1])
			return 0;
	}
	for (; unit && unit >= units && n < SIZE_LIMIT; unit--)
		n <<= 10;
	return n % PAGE || n > SIZE_LIMIT ? 0 : n;
}
