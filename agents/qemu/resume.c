// SPDX-License-Identifier: GPL-2.0-or-later
#include "resume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "description.h"
#include "libluo.h"
#include "migrate.h"
#include "qmp.h"
#include "run_dir.h"

#define RESTORE_MS	60000
/* A QEMU that dies before the guest goes on has done no harm: once more. */
#define TRIES		2

static int retrieve(struct guest *guest, enum token token, const char *what)
{
	int fd = luo_session_retrieve_fd(guest->session, token);

	if (fd < 0)
		guest_fail(fd, "%s: its %s did not come over: %s", guest->name, what,
			   strerror(-fd));
	return fd;
}

int resume_retrieve(struct guest *guest)
{
	int ret;

	guest->description = retrieve(guest, TOKEN_DESCRIPTION, "description");
	if (guest->description < 0)
		return guest->description;
	guest->state = retrieve(guest, TOKEN_STATE, "device state");
	if (guest->state < 0)
		return guest->state;
	guest->memory = retrieve(guest, TOKEN_MEMORY, "memory");
	if (guest->memory < 0)
		return guest->memory;
	ret = description_read(guest);
	if (ret)
		return guest_fail(ret, "%s: what came over is not complete, or damaged: %s",
				  guest->name, strerror(-ret));
	guest->saved = true;
	return 0;
}

static void add_part(struct guest *guest, const char *name, uint64_t since_ns)
{
	if (guest->parts)
		json_object_object_add(guest->parts, name,
				       json_object_new_uint64(clock_ns() - since_ns));
}

static int build(struct guest *guest, char **why)
{
	uint64_t at = clock_ns();
	int ret;

	guest->phase = GUEST_INCOMING;
	ret = process_start(guest, true);
	if (!ret)
		ret = migrate_set_up(guest, why);
	add_part(guest, "start_qemu_ns", at);
	at = clock_ns();
	if (!ret)
		ret = migrate_restore(guest, guest->state, RESTORE_MS, why);
	add_part(guest, "restore_ns", at);
	return ret;
}

/* From the moment that the mark is written, nobody builds this guest again. */
static int go_on(struct guest *guest, char **why)
{
	uint64_t at = clock_ns();
	int ret;

	guest->phase = GUEST_RESUMED;
	ret = run_dir_save(guest);
	if (!ret && guest->ran)
		ret = qmp_command(guest, "cont", NULL, NULL, why);
	add_part(guest, "resume_ns", at);
	return ret;
}

int resume_from_files(struct guest *guest)
{
	char *why = NULL;
	int ret = -EIO;

	for (int i = 0; i < TRIES && ret; i++) {
		free(why);
		why = NULL;
		ret = build(guest, &why);
		if (ret)
			process_kill(guest);
	}
	if (!ret)
		ret = go_on(guest, &why);
	if (ret)
		guest_fail(ret, "%s: cannot be built again: %s", guest->name,
			   why ? why : strerror(-ret));
	free(why);
	return ret;
}
