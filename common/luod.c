// SPDX-License-Identifier: GPL-2.0-or-later
#include "luod.h"

#include <errno.h>

#define CALL_MS 30000

int luod_call(struct wire *luod, struct json_object *request, struct json_object **reply)
{
	struct json_object *error;
	int ret = wire_send(luod, request, -1);

	*reply = NULL;
	if (ret)
		return ret;
	for (;;) {
		ret = wire_wait(luod, reply, CALL_MS);
		if (ret < 0)
			return ret;
		if (json_object_object_get_ex(*reply, "reply", NULL))
			break;
		json_object_put(*reply);
		*reply = NULL;
	}
	if (json_object_get_boolean(json_object_object_get(*reply, "ok")))
		return 0;
	error = json_object_object_get(*reply, "error");
	ret = json_object_get_int(json_object_object_get(error, "number"));
	return ret > 0 ? -ret : -EPROTO;
}
