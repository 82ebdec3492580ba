// SPDX-License-Identifier: GPL-2.0-or-later
#include "migrate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qmp.h"

/* Nothing is sent over a network: as fast as it goes. */
#define BANDWIDTH (1LL << 40)

static struct json_object *capability(const char *name)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "capability", json_object_new_string(name));
	json_object_object_add(o, "state", json_object_new_boolean(true));
	return o;
}

int migrate_set_up(struct guest *guest, char **why)
{
	struct json_object *arguments = json_object_new_object();
	struct json_object *list = json_object_new_array();
	int ret;

	json_object_array_add(list, capability("events"));
	json_object_array_add(list, capability("x-ignore-shared"));
	json_object_object_add(arguments, "capabilities", list);
	ret = qmp_command(guest, "migrate-set-capabilities", arguments, NULL, why);
	if (ret)
		return ret;
	arguments = json_object_new_object();
	json_object_object_add(arguments, "max-bandwidth", json_object_new_int64(BANDWIDTH));
	return qmp_command(guest, "migrate-set-parameters", arguments, NULL, why);
}

int migrate_check(struct guest *guest, char **why)
{
	struct json_object *result, *reasons;
	int ret = qmp_command(guest, "query-migrate", NULL, &result, why);

	if (ret)
		return ret;
	if (json_object_object_get_ex(result, "blocked-reasons", &reasons) &&
	    json_object_is_type(reasons, json_type_array) && json_object_array_length(reasons)) {
		const char *text = json_object_get_string(json_object_array_get_idx(reasons, 0));

		*why = text ? strdup(text) : NULL;
		ret = -EREMOTEIO;
	}
	json_object_put(result);
	return ret;
}

static void take_reason(struct guest *guest, char **why)
{
	struct json_object *result;
	const char *text;

	if (*why || qmp_command(guest, "query-migrate", NULL, &result, NULL))
		return;
	text = json_object_get_string(json_object_object_get(result, "error-desc"));
	*why = strdup(text ? text : "migration has failed, and QEMU gave no reason");
	json_object_put(result);
}

/* The descriptor that QEMU gets is at the same place in the file as ours. */
static int run(struct guest *guest, const char *command, int fd, int timeout_ms, char **why)
{
	struct json_object *arguments;
	int ret;

	*guest->migration = '\0';
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	ret = qmp_send_fd(guest, "luo-state", fd, why);
	if (ret)
		return ret;
	arguments = json_object_new_object();
	json_object_object_add(arguments, "uri", json_object_new_string("fd:luo-state"));
	ret = qmp_command(guest, command, arguments, NULL, why);
	if (!ret)
		ret = qmp_wait_migration(guest, timeout_ms);
	if (ret == -EREMOTEIO)
		take_reason(guest, why);
	return ret;
}

int migrate_save(struct guest *guest, int fd, int timeout_ms, char **why)
{
	return run(guest, "migrate", fd, timeout_ms, why);
}

int migrate_restore(struct guest *guest, int fd, int timeout_ms, char **why)
{
	return run(guest, "migrate-incoming", fd, timeout_ms, why);
}
