// SPDX-License-Identifier: GPL-2.0-or-later
/* The part of a check that is about this machine as it is now. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "check.h"
#include "clients.h"
#include "preserved.h"
#include "status_luod.h"

static void check_state(struct check *check)
{
	int fd = luo_state_open();
	int state = fd < 0 ? fd : luo_state_read(fd);

	if (fd >= 0)
		close(fd);
	if (state == -EOPNOTSUPP)
		return;
	if (state < 0)
		found(&check->findings, VERDICT_WARNING, "state", "it cannot be read: %s",
		      strerror(-state));
	else if (state == LUO_STATE_NORMAL)
		found(&check->findings, VERDICT_OK, "state", "normal");
	else if (state == LUO_STATE_UPDATED)
		found(&check->findings, VERDICT_REFUSAL, "state",
		      "updated: the live update before this one is not finished, see 'luoctl "
		      "clients' and 'luoctl sessions'");
	else
		found(&check->findings, VERDICT_REFUSAL, "state",
		      "%s: another live update is under way; 'luoctl cancel' calls it off",
		      luo_state_name((unsigned int)state));
}

void check_orchestrator(struct check *check)
{
	if (check->here.orchestrator == LUO_ORCHESTRATOR_NONE) {
		found(&check->findings, VERDICT_REFUSAL, "live update", "%s",
		      unavailable_reason());
		return;
	}
	found(&check->findings, VERDICT_OK, "live update", "it is on%s",
	      check->here.orchestrator == LUO_ORCHESTRATOR_STOCK ?
		      ", with the stock kernel's orchestrator, which has sessions only" :
		      "");
	check_state(check);
}

/* Whoever is not at rest would not be ready when asked. */
static void check_clients(struct check *check, struct json_object *all)
{
	size_t count = json_object_array_length(all);
	size_t ready = 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *client = json_object_array_get_idx(all, i);
		const char *phase = luod_text(client, "phase");

		if (!strcmp(phase, "subscribed"))
			ready++;
		else
			found(&check->findings, VERDICT_REFUSAL, "client",
			      "%s is %s", luod_text(client, "name"), phase);
	}
	found(&check->findings, VERDICT_OK, "clients", "%zu of %zu can be asked", ready, count);
}

static void ask_clients(struct check *check)
{
	struct json_object *all = json_object_new_array();
	struct luod_link luod;

	/* Has a message of its own, and no more than that is known then. */
	if (need_luod(&luod, check->options))
		found(&check->findings, VERDICT_REFUSAL, "clients", "luod cannot be asked");
	else if (clients_get(&luod, check->options, all))
		found(&check->findings, VERDICT_REFUSAL, "clients", "luod does not list them");
	else
		check_clients(check, all);
	luod_disconnect(&luod);
	json_object_put(all);
}

void check_luod(struct check *check)
{
	struct json_object *status = status_of_luod(check->options);
	const char *phase = luod_text(status, "phase");

	if (!status) {
		found(&check->findings, VERDICT_OK, "luod",
		      "it does not run: only what is in sessions, and in the kernel, takes part");
	} else if (!phase) {
		found(&check->findings, VERDICT_REFUSAL, "luod", "it cannot be asked: %s",
		      luod_text(luod_member(status, "error", json_type_object), "text"));
	} else if (strcmp(phase, "idle")) {
		found(&check->findings, VERDICT_REFUSAL, "luod", "it is %s", phase);
	} else {
		found(&check->findings, VERDICT_OK, "luod", "it is idle");
		ask_clients(check);
	}
	json_object_put(status);
}

int count_preserved(struct check *check)
{
	struct luo_session_info *list;
	struct luo *luo;
	size_t count;
	int ret;

	ret = luo_open(&luo, NULL, 0);
	if (ret)
		return ret;
	ret = luo_list_sessions(luo, &list, &count);
	luo_close(luo);
	if (ret)
		return ret;
	for (size_t i = 0; i < count; i++) {
		if (list[i].flags & LUO_SESSION_INCOMING)
			continue;
		check->files += list[i].files;
		check->sessions++;
	}
	free(list);
	return 0;
}

void check_preserved(struct check *check)
{
	int ret;

	if (check->here.orchestrator != LUO_ORCHESTRATOR_FULL)
		return;
	ret = count_preserved(check);
	if (ret)
		found(&check->findings, VERDICT_WARNING, "sessions",
		      "what is preserved cannot be seen: %s%s", strerror(-ret),
		      ret == -EACCES ? "; root can" : "");
	else
		found(&check->findings, VERDICT_OK, "sessions",
		      "%zu, with %" PRIu64 " files of %" PRIu64 " MiB", check->sessions,
		      check->files, preserved_bytes() >> 20);
}
