// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#include <errno.h>
#include <fnmatch.h>
#include <grp.h>
#include <ini.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "luod.h"

#define MAX_SECONDS 86400.0
/* inih cuts what is longer, without a word, as it does with lines. */
#define SECTION_MAX 49

struct parser {
	struct config *config;
	struct rule **last;
	FILE *file;
	int lines;
	/* The first value that is not taken, and why. */
	const char *why;
	int why_line;
	/* Why nothing more is read. */
	const char *broken;
};

static int parse_seconds(const char *text, uint64_t *usec)
{
	char *end;
	double seconds;

	errno = 0;
	seconds = strtod(text, &end);
	if (errno || end == text || *end || !(seconds > 0) || seconds > MAX_SECONDS)
		return -EINVAL;
	*usec = (uint64_t)llround(seconds * 1e6);
	return *usec ? 0 : -EINVAL;
}

static int parse_word(const char *text, const char *const *words, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (words[i] && !strcmp(text, words[i]))
			return (int)i;
	}
	return -EINVAL;
}

static int parse_policy(const char *text, enum policy *policy)
{
	static const char *const words[] = {
		[POLICY_VETO] = "veto", [POLICY_CONTINUE] = "continue",
	};
	int ret = parse_word(text, words, 3);

	if (ret < 0)
		return ret;
	*policy = (enum policy)ret;
	return 0;
}

static int parse_missing(const char *text, enum missing *missing)
{
	static const char *const words[] = {
		[MISSING_WAIT] = "wait", [MISSING_FINISH] = "finish", [MISSING_HALT] = "halt",
	};
	int ret = parse_word(text, words, 3);

	if (ret < 0)
		return ret;
	*missing = (enum missing)ret;
	return 0;
}

static int parse_group(struct config *config, const char *text)
{
	struct group *group;

	config->has_group = false;
	if (!*text)
		return 0;
	group = getgrnam(text);
	if (!group)
		return -ENOENT;
	config->has_group = true;
	config->group = group->gr_gid;
	return 0;
}

static int parse_count(const char *text, unsigned int *count)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	/* What begins with a minus would be turned around. */
	if (*text < '0' || *text > '9' || *end || !n || n > CONNECTIONS_MAX)
		return -EINVAL;
	*count = (unsigned int)n;
	return 0;
}

static int set_text(char **to, const char *text)
{
	char *copy = *text ? strdup(text) : NULL;

	if (*text && !copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int parse_format(struct config *config, const char *text)
{
	if (!strcmp(text, "auto"))
		return set_text(&config->memfd_format, "");
	if (strcmp(text, "extent") && strcmp(text, "stock") && strcmp(text, "keep"))
		return -EINVAL;
	return set_text(&config->memfd_format, text);
}

/* -ENOKEY: it is not one of these. */
static int set_treatment(struct treatment *treatment, const char *key, const char *value)
{
	if (!strcmp(key, "prepare_timeout"))
		return parse_seconds(value, &treatment->prepare_usec);
	if (!strcmp(key, "freeze_timeout"))
		return parse_seconds(value, &treatment->freeze_usec);
	if (!strcmp(key, "on_timeout"))
		return parse_policy(value, &treatment->on_timeout);
	if (!strcmp(key, "on_veto"))
		return parse_policy(value, &treatment->on_veto);
	if (!strcmp(key, "on_death"))
		return parse_policy(value, &treatment->on_death);
	return -ENOKEY;
}

static int set_general(struct config *config, const char *key, const char *value)
{
	int ret = set_treatment(&config->treatment, key, value);

	if (ret != -ENOKEY)
		return ret;
	if (!strcmp(key, "socket"))
		return *value == '/' ? set_text(&config->socket, value) : -EINVAL;
	if (!strcmp(key, "group"))
		return parse_group(config, value);
	if (!strcmp(key, "cancel_timeout"))
		return parse_seconds(value, &config->cancel_usec);
	if (!strcmp(key, "restore_timeout"))
		return parse_seconds(value, &config->restore_usec);
	if (!strcmp(key, "hook_timeout"))
		return parse_seconds(value, &config->hook_usec);
	if (!strcmp(key, "on_missing"))
		return parse_missing(value, &config->on_missing);
	if (!strcmp(key, "max_clients"))
		return parse_count(value, &config->max_clients);
	if (!strcmp(key, "memfd_format"))
		return parse_format(config, value);
	if (!strcmp(key, "resume_command"))
		return set_text(&config->resume_command, value);
	return -ENOKEY;
}

/* A section begins anew where its name is not that of the one before. */
static struct rule *need_rule(struct parser *parser, const char *pattern)
{
	struct rule *rule = parser->config->rules;

	while (rule && strcmp(rule->pattern, pattern))
		rule = rule->next;
	if (rule)
		return rule;
	rule = calloc(1, sizeof(*rule));
	if (!rule)
		return NULL;
	rule->pattern = strdup(pattern);
	if (!rule->pattern) {
		free(rule);
		return NULL;
	}
	*parser->last = rule;
	parser->last = &rule->next;
	return rule;
}

static int set(struct parser *parser, const char *section, const char *key, const char *value)
{
	struct rule *rule;

	if (!strcmp(section, "luod"))
		return set_general(parser->config, key, value);
	if (strncmp(section, "client ", 7) || !section[7])
		return -ENXIO;
	if (strlen(section) >= SECTION_MAX)
		return -ENAMETOOLONG;
	rule = need_rule(parser, section + 7);
	return rule ? set_treatment(&rule->treatment, key, value) : -ENOMEM;
}

/* For inih: 0 is failure. */
static int on_value(void *user, const char *section, const char *key, const char *value)
{
	struct parser *parser = user;
	int ret = set(parser, section, key, value);

	if (!ret)
		return 1;
	if (parser->why)
		return 0;
	parser->why_line = parser->lines;
	parser->why = ret == -ENOKEY ? "there is no such setting here" :
		      ret == -ENXIO  ? "sections are [luod] and [client NAME]" :
		      ret == -ENOENT ? "there is no such group" :
		      ret == -ENAMETOOLONG ? "a client's pattern has at most 41 characters" :
		      ret == -EINVAL ? "this is no value for it" :
				       strerror(-ret);
	return 0;
}

static bool is_blank(const char *text)
{
	text += strspn(text, " \t\r\n");
	return !*text || *text == ';' || *text == '#';
}

/* What inih would take for something else, without a word; or NULL. */
static const char *find_fault(const char *line, size_t size, bool has_end)
{
	const char *bracket = *line == '[' ? strchr(line, ']') : NULL;

	if (memchr(line, '\0', size))
		return "there is a zero byte in it";
	if (!has_end)
		return "a line has at most 198 characters";
	if ((*line == ' ' || *line == '\t') && !is_blank(line))
		return "a line does not begin with a blank";
	if (bracket && !is_blank(bracket + 1))
		return "a section's name has no brackets in it";
	return NULL;
}

/* For inih: like fgets(), up to the first line that is wrong. */
static char *read_line(char *line, int size, void *user)
{
	struct parser *parser = user;
	int used = 0;
	int c = 0;

	while (!parser->broken && used < size - 1 && c != '\n' && (c = getc(parser->file)) != EOF)
		line[used++] = (char)c;
	if (!used)
		return NULL;
	line[used] = '\0';
	parser->lines++;
	parser->broken = find_fault(line, (size_t)used, used < size - 1 || c == '\n');
	return parser->broken ? NULL : line;
}

static void set_defaults(struct config *config)
{
	*config = (struct config){
		.treatment = {
			.prepare_usec = 60000000,
			.freeze_usec = 10000000,
			.on_timeout = POLICY_VETO,
			.on_veto = POLICY_VETO,
			.on_death = POLICY_VETO,
		},
		.cancel_usec = 10000000,
		.restore_usec = 120000000,
		.hook_usec = 30000000,
		.max_clients = CONNECTIONS_MAX,
	};
}

/* The number of the first line that is wrong, and why in the parser. */
static int parse(struct parser *parser)
{
	int line = ini_parse_stream(read_line, parser, on_value, parser);

	if (line > 0 && line != parser->why_line)
		parser->why = "neither a setting nor a section";
	if (!parser->broken || line > 0)
		return line;
	parser->why = parser->broken;
	return parser->lines;
}

int config_load(struct config *config, const char *path, bool must_exist, char *error, size_t size)
{
	struct parser parser = { .config = config, .last = &config->rules };
	int line, read_error;

	set_defaults(config);
	parser.file = fopen(path, "re");
	if (!parser.file) {
		if (!must_exist && errno == ENOENT)
			return 0;
		snprintf(error, size, "%s: %s", path, strerror(errno));
		return -EINVAL;
	}
	line = parse(&parser);
	read_error = ferror(parser.file) ? EIO : line < 0 ? ENOMEM : 0;
	fclose(parser.file);
	if (line > 0)
		snprintf(error, size, "%s, line %d: %s", path, line, parser.why);
	else if (read_error)
		snprintf(error, size, "%s: %s", path, strerror(read_error));
	return line > 0 || read_error ? -EINVAL : 0;
}

void config_free(struct config *config)
{
	while (config->rules) {
		struct rule *rule = config->rules;

		config->rules = rule->next;
		free(rule->pattern);
		free(rule);
	}
	free(config->socket);
	free(config->memfd_format);
	free(config->resume_command);
	*config = (struct config){ 0 };
}

struct treatment config_treatment(const struct config *config, const char *name)
{
	struct treatment t = config->treatment;

	for (const struct rule *rule = config->rules; rule; rule = rule->next) {
		const struct treatment *r = &rule->treatment;

		if (fnmatch(rule->pattern, name, 0))
			continue;
		if (r->prepare_usec)
			t.prepare_usec = r->prepare_usec;
		if (r->freeze_usec)
			t.freeze_usec = r->freeze_usec;
		if (r->on_timeout)
			t.on_timeout = r->on_timeout;
		if (r->on_veto)
			t.on_veto = r->on_veto;
		if (r->on_death)
			t.on_death = r->on_death;
		break;
	}
	return t;
}
