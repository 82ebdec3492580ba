// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json POINTER <TEXT: the member that the JSON pointer leads to, as it would be
 * printed, strings without quotes. Fails if the text is not exactly one line
 * with one value in proper JSON, or there is no such member.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	static char text[1 << 20];
	size_t size = fread(text, 1, sizeof(text) - 1, stdin);
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *root;
	struct json_object *member;

	if (argc != 2 || strcspn(text, "\n") != size - 1)
		return 2;
	text[--size] = '\0';
	/* With the final zero, or it would wait for more of a number. */
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, text, (int)size + 1);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    json_tokener_get_parse_end(tokener) != size) {
		fprintf(stderr, "no JSON: %s\n",
			json_tokener_error_desc(json_tokener_get_error(tokener)));
		return 1;
	}
	if (json_pointer_get(root, argv[1], &member)) {
		fprintf(stderr, "no %s\n", argv[1]);
		return 1;
	}
	puts(member ? json_object_get_string(member) : "null");
	json_object_put(root);
	json_tokener_free(tokener);
	return 0;
}
