// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include <stdio.h>
#include <string.h>

#include "libluo.h"
#include "utf8.h"

/*
 * What is not ASCII is part of a string. json-c hands it on as it is, and names
 * may be anything: not even UTF-8, which a parser wants, and controls, which
 * are for no terminal.
 */
void json_print(struct json_object *root)
{
	const char *p = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN);

	while (*p) {
		size_t length = utf8_length(p);

		if (!length)
			printf("\\ufffd");
		else if (utf8_is_control(p, length))
			printf("\\u%04x", (unsigned char)p[length - 1]);
		else
			fwrite(p, 1, length, stdout);
		p += length ? length : 1;
	}
	putchar('\n');
	json_object_put(root);
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, *text ? json_object_new_string(text) : NULL);
}

void json_add_time(struct json_object *object, const char *key, uint64_t ns)
{
	json_object_object_add(object, key,
			       ns == LUO_TIME_UNKNOWN ? NULL : json_object_new_uint64(ns));
}

void json_add_error(struct json_object *object, const char *key, int number)
{
	struct json_object *o = NULL;
	const char *name;

	if (number) {
		o = json_object_new_object();
		name = strerrorname_np(number);
		json_object_object_add(o, "number", json_object_new_int(number));
		json_add_text(o, "name", name ? name : "");
		json_add_text(o, "text", strerror(number));
	}
	json_object_object_add(object, key, o);
}
