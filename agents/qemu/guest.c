// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

static const char *const phase_names[] = {
	[GUEST_RUNNING] = "running",
	[GUEST_FROZEN] = "frozen",
	[GUEST_INCOMING] = "incoming",
	[GUEST_RESUMED] = "resumed",
};

static char last_failure[1024];

void guest_init(struct guest *guest)
{
	*guest = (struct guest){
		.state_size = 64UL << 20,
		.lock = -1, .memory = -1, .pidfd = -1,
		.session = -1, .description = -1, .state = -1,
		.qmp = { .fd = -1 },
	};
}

void guest_free_argv(char **argv)
{
	for (char **p = argv; p && *p; p++)
		free(*p);
	free(argv);
}

void guest_drop_machine(struct guest *guest)
{
	guest_free_argv(guest->argv);
	free(guest->directory);
	free(guest->version);
	free(guest->machine);
	guest->argv = NULL;
	guest->directory = guest->version = guest->machine = NULL;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void guest_drop_update(struct guest *guest)
{
	close_one(&guest->session);
	close_one(&guest->description);
	close_one(&guest->state);
	guest_free_argv(guest->disks);
	guest->disks = NULL;
	guest->saved = false;
}

void guest_add_part(struct guest *guest, const char *name, uint64_t since_ns)
{
	if (!guest->parts)
		guest->parts = json_object_new_object();
	json_object_object_add(guest->parts, name,
			       json_object_new_uint64(clock_ns() - since_ns));
}

bool guest_name_is_valid(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789._-";
	size_t length = strlen(name);

	return length && length < GUEST_NAME_SIZE && strspn(name, good) == length &&
		*name != '.';
}

const char *guest_phase_name(enum guest_phase phase)
{
	return phase_names[phase];
}

int guest_phase_from_name(const char *name)
{
	for (int i = 0; name && i < GUEST_PHASES; i++) {
		if (!strcmp(name, phase_names[i]))
			return i;
	}
	return -EINVAL;
}

int guest_fail(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(last_failure, sizeof(last_failure), format, args);
	va_end(args);
	fprintf(stderr, "luo-qemu: %s\n", last_failure);
	return error;
}

const char *guest_last_failure(void)
{
	return last_failure;
}
