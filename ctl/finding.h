/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a check has found: one line each of a table. */
#ifndef LUOCTL_FINDING_H
#define LUOCTL_FINDING_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The worse, the greater. */
enum verdict {
	VERDICT_OK,
	VERDICT_WARNING,
	VERDICT_REFUSAL,
};

struct finding {
	enum verdict verdict;
	const char *subject;
	char *text;
};

struct findings {
	struct finding *list;
	size_t count;
	/* One could not be kept, for want of memory. */
	bool incomplete;
};

/* @subject is static. The text may have anything in it; it is cleaned when it is shown. */
void found(struct findings *findings, enum verdict verdict, const char *subject,
	   const char *format, ...) __attribute__((format(printf, 4, 5)));
void findings_free(struct findings *findings);

/* What is not complete is refused. */
enum verdict findings_worst(const struct findings *findings);
const char *verdict_name(enum verdict verdict);

/* As a table, those that are at least as bad as @least. */
void findings_print(FILE *out, const struct findings *findings, enum verdict least);
struct json_object *findings_json(const struct findings *findings);

#endif /* LUOCTL_FINDING_H */
