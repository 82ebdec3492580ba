// SPDX-License-Identifier: GPL-2.0-or-later
#include "freeze.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "description.h"
#include "inventory.h"
#include "migrate.h"
#include "process.h"
#include "qmp.h"
#include "resume.h"
#include "run_dir.h"

/* For a guest that is to go on there is no deadline, only an end to waiting at a time. */
#define CONT_MS		30000
#define SETTLE_MS	10000

static int left_ms(uint64_t end_ns)
{
	uint64_t now = clock_ns();

	return now < end_ns ? (int)((end_ns - now) / 1000000) + 1 : 1;
}

/* Events before QEMU's answer tell of what was before the guest was stopped. */
static int stop(struct guest *guest, uint64_t end_ns, char **why)
{
	char *status = qmp_status(guest);
	bool stays = status && !strcmp(status, "postmigrate");
	int ret;

	if (!status)
		return -ECONNRESET;
	guest->ran = !strcmp(status, "running");
	free(status);
	if (!stays)
		guest->saved = false;
	ret = run_dir_enter(guest, GUEST_FROZEN);
	if (!ret && guest->ran)
		ret = qmp_do(guest, "stop", left_ms(end_ns), why);
	guest->went_on = false;
	return ret;
}

/*
 * QEMU has written to the files of its disks when it says that it is done, and lets go
 * of them; that it is also on the disks is seen to here, as some are told not to care.
 * It is then left as it is: if the update does not happen, it goes on at once, with all
 * its connections. Another QEMU would take seconds, and those would be gone.
 */
static int save(struct guest *guest, uint64_t end_ns, char **why)
{
	int ret = 0;

	if (!guest->saved)
		ret = migrate_save(guest, left_ms(end_ns), &guest->saved_length, why);
	guest->saved = !ret;
	return ret ? ret : inventory_sync(guest, guest->disks, why);
}

static int stop_and_save(struct guest *guest, uint64_t end_ns, char **why)
{
	uint64_t at = clock_ns();
	int ret = stop(guest, end_ns, why);

	guest_add_part(guest, "stop_ns", at);
	at = clock_ns();
	if (!ret)
		ret = save(guest, end_ns, why);
	guest_add_part(guest, "save_ns", at);
	return ret ? ret : description_write(guest);
}

/* From now on nobody goes on from what was saved, wherever the session still is. */
static void void_saved(struct guest *guest)
{
	if (guest->description < 0 || !description_void(guest) || guest->session < 0)
		return;
	close(guest->session);
	guest->session = -1;
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
		guest->saved = false;
	return ret;
}

static int go_on(struct guest *guest)
{
	char *why = NULL;
	int ret = guest->qmp.fd < 0 ? qmp_open(guest, QMP_MS) : 0;

	if (!ret)
		ret = migrate_settle(guest, SETTLE_MS);
	if (!ret && guest->ran)
		ret = qmp_do(guest, "cont", CONT_MS, &why);
	if (ret)
		guest_fail(ret, "%s: does not go on: %s", guest->name,
			   why ? why : strerror(-ret));
	free(why);
	return ret;
}

static int thaw(struct guest *guest)
{
	int ret;

	if (guest->phase != GUEST_FROZEN)
		return 0;
	void_saved(guest);
	ret = process_has_ended(guest, NULL) ? rebuild(guest) : go_on(guest);
	return ret ? ret : run_dir_enter(guest, GUEST_RUNNING);
}

int freeze_guest(struct guest *guest, int timeout_ms, char **why)
{
	uint64_t end_ns = clock_ns() + (uint64_t)timeout_ms * 1000000;
	int ret;

	*why = NULL;
	ret = inventory_check(guest, why);
	if (ret)
		return ret;
	json_object_put(guest->parts);
	guest->parts = NULL;
	guest->stopped = clock_stamp();
	ret = stop_and_save(guest, end_ns, why);
	if (ret)
		thaw(guest);
	return ret;
}

int freeze_cancel(struct guest *guest)
{
	int ret = thaw(guest);
	/* One that was paused stays so, and QEMU would not save it again. */
	int state = guest->saved && !guest->ran ? guest->state : -1;

	if (ret)
		return ret;
	if (state >= 0)
		guest->state = -1;
	guest_drop_update(guest);
	guest->state = state;
	guest->saved = state >= 0;
	return 0;
}

void freeze_forget(struct guest *guest)
{
	void_saved(guest);
	guest_drop_update(guest);
	run_dir_enter(guest, GUEST_RUNNING);
}
