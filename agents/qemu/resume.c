// SPDX-License-Identifier: GPL-2.0-or-later
#include "resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "clock.h"
#include "description.h"
#include "inventory.h"
#include "libluo.h"
#include "luod_link.h"
#include "migrate.h"
#include "process.h"
#include "qmp.h"
#include "run_dir.h"

#define RESTORE_MS	60000
#define CONT_MS		30000
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

static int check(struct guest *guest)
{
	int ret = description_read(guest);

	if (ret == -ENODATA)
		guest_fail(ret, "%s: its memory came over, but it was not stopped for the jump, and "
			   "cannot go on", guest->name);
	else if (ret == -EPROTONOSUPPORT)
		guest_fail(ret, "%s: what came over is of another version of luo-qemu",
			   guest->name);
	else if (ret)
		guest_fail(ret, "%s: what came over is incomplete or damaged: %s", guest->name,
			   strerror(-ret));
	return ret;
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
	ret = check(guest);
	guest->saved = !ret;
	return ret;
}

static char *ask_version(struct guest *guest)
{
	struct json_object *result, *qemu;
	char *text = NULL;

	if (qmp_command(guest, "query-version", NULL, &result, NULL))
		return NULL;
	qemu = luod_member(result, "qemu", json_type_object);
	if (qemu && asprintf(&text, "%d.%d.%d", (int)luod_number(qemu, "major", 0),
			     (int)luod_number(qemu, "minor", 0),
			     (int)luod_number(qemu, "micro", 0)) < 0)
		text = NULL;
	json_object_put(result);
	return text;
}

static char *ask_machine(struct guest *guest)
{
	static const char end[] = "-machine";
	struct json_object *arguments = json_object_new_object();
	struct json_object *result;
	char *name = NULL;
	size_t length;

	json_object_object_add(arguments, "path", json_object_new_string("/machine"));
	json_object_object_add(arguments, "property", json_object_new_string("type"));
	if (qmp_command(guest, "qom-get", arguments, &result, NULL))
		return NULL;
	if (json_object_is_type(result, json_type_string))
		name = strdup(json_object_get_string(result));
	json_object_put(result);
	length = name ? strlen(name) : 0;
	if (length > strlen(end) && !strcmp(name + length - strlen(end), end))
		name[length - strlen(end)] = '\0';
	if (!name || machine_is_valid(name))
		return name;
	free(name);
	return NULL;
}

int resume_identify(struct guest *guest)
{
	free(guest->version);
	free(guest->machine);
	free(guest->inventory);
	guest->version = ask_version(guest);
	guest->machine = ask_machine(guest);
	inventory_take(guest, &guest->inventory);
	return run_dir_save(guest);
}

static int build(struct guest *guest, char **why)
{
	uint64_t at = clock_ns();
	int ret;

	guest->phase = GUEST_INCOMING;
	ret = process_start(guest, true);
	if (!ret)
		ret = migrate_set_up(guest, why);
	guest_add_part(guest, "start_qemu_ns", at);
	at = clock_ns();
	if (!ret)
		ret = migrate_restore(guest, RESTORE_MS, why);
	guest_add_part(guest, "restore_ns", at);
	return ret;
}

/*
 * From the moment that the mark is written, nobody builds this guest again, unless QEMU
 * itself says that it has not let it go on.
 */
static int go_on(struct guest *guest, char **why)
{
	uint64_t at = clock_ns();
	int ret = run_dir_enter(guest, GUEST_RESUMED);

	if (ret)
		return ret;
	if (guest->ran)
		ret = qmp_do(guest, "cont", CONT_MS, why);
	guest_add_part(guest, "resume_ns", at);
	if (ret == -EREMOTEIO)
		run_dir_enter(guest, GUEST_INCOMING);
	if (!ret || ret == -EREMOTEIO)
		return ret;
	/* Late, or dead: in both cases it is the only one that there will be. */
	return process_has_ended(guest, NULL) ? -ENOTRECOVERABLE : 0;
}

static void say_failure(struct guest *guest, int error, const char *version, const char *why)
{
	if (error == -ECHILD)
		why = "QEMU has ended at once; see what it said";
	else if (error == -ENOTRECOVERABLE)
		why = "QEMU has ended just as the guest was to go on";
	else if (!why)
		why = strerror(-error);
	guest_fail(error, "%s: cannot be built again (saved by QEMU %s): %s", guest->name,
		   version ? version : "of a version that is not known", why);
}

int resume_from_files(struct guest *guest)
{
	char *why = NULL;
	int ret = -EIO;

	for (int i = 0; i < TRIES && ret && ret != -ENOTRECOVERABLE; i++) {
		free(why);
		why = NULL;
		ret = build(guest, &why);
		if (!ret)
			ret = go_on(guest, &why);
		if (ret)
			process_kill(guest);
	}
	if (ret)
		say_failure(guest, ret, guest->version, why);
	else
		resume_identify(guest);
	free(why);
	return ret;
}
