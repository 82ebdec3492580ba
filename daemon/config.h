/* SPDX-License-Identifier: GPL-2.0-or-later */
/* luod.conf(5). */
#ifndef LUOD_CONFIG_H
#define LUOD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CONFIG_FILE "/etc/luo/luod.conf"

/* What is done about a client that keeps an update from going on. */
enum policy {
	POLICY_UNSET,
	POLICY_VETO,
	POLICY_CONTINUE,
};

/* What is done about clients that are not back after a jump. */
enum missing {
	MISSING_WAIT,
	MISSING_FINISH,
	MISSING_HALT,
};

/* How a client is treated; in a rule, 0 and POLICY_UNSET leave it to the rest. */
struct treatment {
	uint64_t prepare_usec;
	uint64_t freeze_usec;
	enum policy on_timeout;
	enum policy on_veto;
	enum policy on_death;
};

struct rule {
	struct rule *next;
	char *pattern;
	struct treatment treatment;
};

struct config {
	char *socket;
	bool has_group;
	gid_t group;
	struct treatment treatment;
	uint64_t cancel_usec;
	uint64_t restore_usec;
	uint64_t hook_usec;
	enum missing on_missing;
	unsigned int max_clients;
	/* "stock", "extent" or "keep"; NULL: as who asks for an update says. */
	char *memfd_format;
	char *resume_command;
	struct rule *rules;
};

/*
 * Without a file at @path everything has its default, unless @must_exist. On failure
 * @error has one line that says where and why.
 */
int config_load(struct config *config, const char *path, bool must_exist, char *error, size_t size);
void config_free(struct config *config);

/* How the client @name is treated. */
struct treatment config_treatment(const struct config *config, const char *name);

#endif /* LUOD_CONFIG_H */
