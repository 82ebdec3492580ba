// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "luoctl.h"
#include "status_luod.h"

struct overview {
	struct luo_status status;
	bool has_states;
	bool has_flags;
	bool has_sessions;
	unsigned int outgoing;
	unsigned int unclaimed;
	unsigned int retrieved;
	unsigned int finished;
	int loaded;
	char note[192];
	struct json_object *luod;
};

static void count_sessions(struct luo *luo, struct overview *o)
{
	struct luo_session_info *list;
	size_t count;

	if (luo_list_sessions(luo, &list, &count))
		return;
	o->has_sessions = true;
	for (size_t i = 0; i < count; i++) {
		if (!(list[i].flags & LUO_SESSION_INCOMING))
			o->outgoing++;
		else if (list[i].flags & LUO_SESSION_FINISHED)
			o->finished++;
		else if (list[i].flags & LUO_SESSION_RETRIEVED)
			o->retrieved++;
		else
			o->unclaimed++;
	}
	free(list);
}

/* Without the device sysfs still tells everybody the state. */
static int look_without_device(struct overview *o, int error)
{
	char holder[128] = "another program";

	if (luo_get_status(NULL, &o->status) == 0) {
		o->has_states = true;
		snprintf(o->note, sizeof(o->note), "%s: %s; sessions are not counted", LUO_DEVICE,
			 strerror(-error));
		return CODE_DONE;
	}
	if (error != -EBUSY)
		return open_failed(error);
	device_holder(holder, sizeof(holder));
	snprintf(o->note, sizeof(o->note), "%s is in use by %s", LUO_DEVICE, holder);
	return CODE_DONE;
}

static int look(struct overview *o)
{
	struct luo *luo;
	int ret;

	*o = (struct overview){ .loaded = luo_kexec_loaded() };
	ret = luo_open(&luo, NULL, 0);
	if (ret)
		return look_without_device(o, ret);

	ret = luo_get_status(luo, &o->status);
	o->has_states = !ret;
	o->has_flags = !ret;
	if (!ret)
		count_sessions(luo, o);
	luo_close(luo);
	if (ret && ret != -EOPNOTSUPP)
		return fail(CODE_FAILED, "cannot read the state: %s", strerror(-ret));
	return CODE_DONE;
}

static void print_updated(const struct luo_status *status)
{
	printf("Finish:        %s\n", status->flags & LUO_STATUS_EXPLICIT ?
					      "by 'luoctl finish'" :
					      "by itself, with the last incoming session");
	if (status->flags & LUO_STATUS_RESTORE_FAILED)
		puts("Restore:       failed; see the kernel log");
}

static void print_text(const struct overview *o)
{
	const char *kept = status_kept_state(o->luod);

	if (o->has_states) {
		printf("State:         %s\n", luo_state_name(o->status.state));
		printf("Live updates:  %" PRIu64 "\n", o->status.number);
		if (o->has_flags && o->status.state == LUO_STATE_UPDATED)
			print_updated(&o->status);
	} else if (kept) {
		fputs("State:         ", stdout);
		print_clean(stdout, kept, 32);
		puts(", kept by luod; this kernel's orchestrator has sessions only");
	} else {
		puts("State:         none; this kernel's orchestrator has sessions only");
	}
	if (o->has_sessions) {
		printf("Sessions:      %u outgoing", o->outgoing);
		if (o->unclaimed || o->retrieved || o->finished)
			printf("; incoming: %u unclaimed, %u retrieved, %u finished", o->unclaimed,
			       o->retrieved, o->finished);
		putchar('\n');
	}
	if (o->loaded >= 0)
		printf("Next kernel:   %s\n", o->loaded ? "loaded" : "not loaded");
	status_print_luod(o->luod);
	if (*o->note)
		printf("Note:          %s\n", o->note);
}

static void print_json(const struct overview *o)
{
	struct json_object *root = json_object_new_object();

	json_object_object_add(root, "available", json_object_new_boolean(true));
	json_object_object_add(root, "states", json_object_new_boolean(o->has_states));
	if (o->has_states) {
		json_object_object_add(root, "state",
				       json_object_new_string(luo_state_name(o->status.state)));
		json_object_object_add(root, "number", json_object_new_uint64(o->status.number));
	}
	if (o->has_flags) {
		uint32_t flags = o->status.flags;

		json_object_object_add(root, "explicit",
				       json_object_new_boolean(flags & LUO_STATUS_EXPLICIT));
		json_object_object_add(root, "restore_failed",
				       json_object_new_boolean(flags & LUO_STATUS_RESTORE_FAILED));
	}
	if (o->has_sessions) {
		struct json_object *sessions = json_object_new_object();

		json_object_object_add(sessions, "open", json_object_new_int64(o->outgoing));
		json_object_object_add(sessions, "unclaimed", json_object_new_int64(o->unclaimed));
		json_object_object_add(sessions, "retrieved", json_object_new_int64(o->retrieved));
		json_object_object_add(sessions, "finished", json_object_new_int64(o->finished));
		json_object_object_add(root, "sessions", sessions);
	}
	if (o->loaded >= 0)
		json_object_object_add(root, "kernel_loaded", json_object_new_boolean(o->loaded));
	json_object_object_add(root, "luod", json_object_get(o->luod));
	json_print(root);
}

static void print_json_unavailable(void)
{
	struct json_object *root = json_object_new_object();

	json_object_object_add(root, "available", json_object_new_boolean(false));
	json_object_object_add(root, "reason", json_object_new_string(unavailable_reason()));
	json_print(root);
}

static int run_status(const struct options *options, int count, char **operands)
{
	struct overview overview;
	int code;

	code = look(&overview);
	if (!code)
		overview.luod = status_of_luod(options);
	if (options->given & OPT_JSON) {
		if (code == CODE_UNAVAILABLE)
			print_json_unavailable();
		if (!code)
			print_json(&overview);
	} else if (!code) {
		print_text(&overview);
	}
	json_object_put(overview.luod);
	return code;
}

const struct verb verb_status = {
	.name = "status",
	.summary = "Show where this machine stands in a live update",
	.options = OPT_JSON | OPT_SOCKET | OPT_WAIT,
	.run = run_status,
};
