/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs of luoctl share. */
#ifndef LUOCTL_H
#define LUOCTL_H

#include <stdbool.h>
#include <stdio.h>

#include "libluo.h"

/* Exit codes, documented in luoctl(1). */
enum {
	CODE_DONE = 0,
	CODE_FAILED = 1,
	CODE_USAGE = 2,
	CODE_UNAVAILABLE = 3,
	CODE_REFUSED = 4,
	CODE_BUSY = 5,
	CODE_STATE = 6,
	CODE_WARNED = 7,
};

enum {
	OPT_JSON = 1U << 0,
	OPT_WAIT = 1U << 1,
	OPT_INITRD = 1U << 2,
	OPT_COMMAND_LINE = 1U << 3,
	OPT_REUSE = 1U << 4,
	OPT_FORCE = 1U << 5,
	OPT_DRY_RUN = 1U << 6,
	OPT_HOLD = 1U << 7,
	OPT_KEEP = 1U << 8,
	OPT_RECURSIVE = 1U << 9,
	OPT_SOCKET = 1U << 10,
	OPT_DISCARD = 1U << 11,
	OPT_LIST = 1U << 12,
	OPT_TRACE = 1U << 13,
	OPT_HTML = 1U << 14,
	OPT_OUTPUT = 1U << 15,
};

struct options {
	unsigned int given;
	unsigned int wait_seconds;
	const char *initrd;
	const char *command_line;
	const char *socket;
	const char *html;
	const char *output;
};

/*
 * One verb: dispatch, help, completion and the check of the manual page all
 * read these.
 */
struct verb {
	const char *name;
	const char *operands;
	const char *summary;
	const char *details;
	unsigned int options;
	int min_operands;
	int max_operands;
	int (*run)(const struct options *options, int count, char **operands);
};

/* Operands without an upper limit. */
#define ANY_NUMBER (-1)

extern const struct verb verb_status;
extern const struct verb verb_sessions;
extern const struct verb verb_participants;
extern const struct verb verb_report;
extern const struct verb verb_metrics;
extern const struct verb verb_clients;
extern const struct verb verb_watch;
extern const struct verb verb_check;
extern const struct verb verb_load;
extern const struct verb verb_prepare;
extern const struct verb verb_freeze;
extern const struct verb verb_cancel;
extern const struct verb verb_finish;
extern const struct verb verb_update;
extern const struct verb verb_preserve;
extern const struct verb verb_retrieve;

/* options.c: -1, or the exit code after a message; *first is the first operand. */
int parse_options(const struct verb *verb, int argc, char **argv, struct options *options,
		  int *first);
void print_options(FILE *out, unsigned int options);

/* message.c: one clear line on stderr, led by the program's and verb's name. */
void message_verb(const char *name);
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));
int fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Text from anywhere, with what cannot be printed replaced: at most so many characters
 * of it, or all with 0. Returns how many.
 */
int print_clean(FILE *out, const char *text, int most);
/* On stdout, padded to a width in characters, with what cannot be printed replaced. */
void print_name(const char *name, int width);

/* open.c: the device, or an exit code after a message. */
int open_device(struct luo **luo, unsigned int flags, const struct options *options);
int open_failed(int error);
const char *unavailable_reason(void);
bool live_update_is_on(void);
int require_states(struct luo *luo);

/* holder.c: "luod (process 812)" for a program that has the device open. */
int device_holder(char *text, size_t size);

/* events.c: an exit code, after a message on failure. */
int send_event(struct luo *luo, enum luo_event event);

/*
 * load.c: exit codes, after a message on failure. The next kernel's command line needs
 * CMDLINE_SIZE.
 */
int choose_command_line(const struct options *options, char *line, size_t size);
int load_kernel(const struct options *options, const char *kernel);

#endif /* LUOCTL_H */
