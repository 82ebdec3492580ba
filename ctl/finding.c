// SPDX-License-Identifier: GPL-2.0-or-later
#include "finding.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "luoctl.h"

void found(struct findings *findings, enum verdict verdict, const char *subject,
	   const char *format, ...)
{
	struct finding *list;
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	list = n < 0 ? NULL :
		       realloc(findings->list, (findings->count + 1) * sizeof(*findings->list));
	if (!list) {
		if (n >= 0)
			free(text);
		findings->incomplete = true;
		return;
	}
	findings->list = list;
	list[findings->count++] = (struct finding){ verdict, subject, text };
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		free(findings->list[i].text);
	free(findings->list);
	*findings = (struct findings){ 0 };
}

enum verdict findings_worst(const struct findings *findings)
{
	enum verdict worst = findings->incomplete ? VERDICT_REFUSAL : VERDICT_OK;

	for (size_t i = 0; i < findings->count; i++) {
		if (findings->list[i].verdict > worst)
			worst = findings->list[i].verdict;
	}
	return worst;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_OK] = "ok",
		[VERDICT_WARNING] = "warning",
		[VERDICT_REFUSAL] = "refusal",
	};

	return names[verdict];
}

void findings_print(FILE *out, const struct findings *findings, enum verdict least)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *f = &findings->list[i];

		if (f->verdict < least)
			continue;
		fprintf(out, "%-7s  %-12s  ", verdict_name(f->verdict), f->subject);
		print_clean(out, f->text, 0);
		fputc('\n', out);
	}
}

struct json_object *findings_json(const struct findings *findings)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *f = &findings->list[i];
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "subject", json_object_new_string(f->subject));
		json_object_object_add(o, "verdict",
				       json_object_new_string(verdict_name(f->verdict)));
		json_object_object_add(o, "text", json_object_new_string(f->text));
		json_object_array_add(array, o);
	}
	return array;
}
