// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "blob.h"
#include "clock.h"
#include "description.h"
#include "libluo.h"
#include "migrate.h"
#include "process.h"
#include "qmp.h"
#include "resume.h"
#include "run_dir.h"

#define SAVE_MS	60000

static int keep(struct guest *guest, int fd, enum token token, const char *what, char **why)
{
	int ret = luo_session_preserve_fd(guest->session, fd, token);

	if (ret < 0 && asprintf(why, "its %s cannot be preserved: %s", what, strerror(-ret)) < 0)
		*why = NULL;
	return ret < 0 ? ret : 0;
}

static void drop_files(struct guest *guest)
{
	if (guest->session >= 0)
		close(guest->session);
	if (guest->description >= 0)
		close(guest->description);
	if (guest->state >= 0)
		close(guest->state);
	guest->session = guest->description = guest->state = -1;
}

/* Both are written later, when the kernel no longer lets them grow. */
static int make_files(struct guest *guest)
{
	guest->description = blob_create("luo-qemu-description", DESCRIPTION_SIZE);
	if (guest->description < 0)
		return guest->description;
	guest->state = memfd_create("luo-qemu-state", MFD_CLOEXEC);
	if (guest->state < 0 || ftruncate(guest->state, (off_t)guest->state_size))
		return -errno;
	return 0;
}

int freeze_prepare(struct guest *guest, int session, char **why)
{
	int ret;

	*why = NULL;
	guest->session = session;
	guest->saved = false;
	ret = migrate_check(guest, why);
	if (!ret)
		ret = make_files(guest);
	if (!ret)
		ret = keep(guest, guest->description, TOKEN_DESCRIPTION, "description", why);
	if (!ret)
		ret = keep(guest, guest->state, TOKEN_STATE, "device state", why);
	if (!ret)
		ret = keep(guest, guest->memory, TOKEN_MEMORY, "memory", why);
	if (!ret)
		ret = description_write(guest);
	if (ret)
		drop_files(guest);
	return ret;
}

static void add_part(struct guest *guest, const char *name, uint64_t since_ns)
{
	json_object_object_add(guest->parts, name,
			       json_object_new_uint64(clock_ns() - since_ns));
}

static int stop(struct guest *guest, char **why)
{
	char *status = qmp_status(guest);

	if (!status)
		return -ECONNRESET;
	guest->ran = !strcmp(status, "running");
	free(status);
	guest->phase = GUEST_FROZEN;
	run_dir_save(guest);
	return qmp_command(guest, "stop", NULL, NULL, why);
}

/*
 * QEMU is left as it is once it has saved its state, and has written to its disks all
 * there was to write: if the update does not happen, it goes on at once.
 */
static int save(struct guest *guest, char **why)
{
	int ret = migrate_save(guest, guest->state, SAVE_MS, why);

	if (ret)
		return ret;
	guest->saved = true;
	return 0;
}

int freeze_guest(struct guest *guest, char **why)
{
	uint64_t at;
	int ret;

	*why = NULL;
	json_object_put(guest->parts);
	guest->parts = json_object_new_object();
	guest->stopped = clock_stamp();
	at = clock_ns();
	ret = stop(guest, why);
	add_part(guest, "stop_ns", at);
	at = clock_ns();
	if (!ret)
		ret = save(guest, why);
	add_part(guest, "save_ns", at);
	if (!ret)
		ret = description_write(guest);
	if (ret)
		freeze_thaw(guest);
	return ret;
}

/* With QEMU gone there is still all that it takes to build another one. */
static int rebuild(struct guest *guest)
{
	int ret;

	if (!guest->saved)
		return -ECONNRESET;
	guest_fail(0, "%s: QEMU has ended; it is built anew from what was saved", guest->name);
	process_kill(guest);
	ret = resume_from_files(guest);
	if (ret)
		return ret;
	guest->phase = GUEST_RUNNING;
	guest->saved = false;
	return run_dir_save(guest);
}

int freeze_thaw(struct guest *guest)
{
	char *status;
	int ret = 0;

	if (guest->phase != GUEST_FROZEN)
		return 0;
	if (process_has_ended(guest, NULL))
		return rebuild(guest);
	status = qmp_status(guest);
	if (!status)
		return -ECONNRESET;
	/* An agent before this one may have died while it was being saved. */
	if (strcmp(status, "running") && strcmp(status, "paused") &&
	    strcmp(status, "postmigrate")) {
		qmp_command(guest, "migrate_cancel", NULL, NULL, NULL);
		qmp_wait_migration(guest, SAVE_MS);
	}
	if (guest->ran && strcmp(status, "running"))
		ret = qmp_command(guest, "cont", NULL, NULL, NULL);
	free(status);
	if (ret)
		return ret;
	guest->phase = GUEST_RUNNING;
	guest->saved = false;
	return run_dir_save(guest);
}

int freeze_cancel(struct guest *guest)
{
	int ret = freeze_thaw(guest);

	drop_files(guest);
	return ret;
}
