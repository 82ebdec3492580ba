// SPDX-License-Identifier: GPL-2.0-or-later
#include "words.h"

#include <stdio.h>
#include <string.h>

static const char *const commands[] = {
	"SUBSCRIBE", "UNSUBSCRIBE", "READY", "FROZEN", "VETO", "CANCELLED", "PROGRESS", "LIST",
	"CLAIM", "RESTORED", "FAILED", "STATUS", "CLIENTS", "WATCH", "UPDATE", "CANCEL_UPDATE",
	"FINISH", "REBOOT", "",
};

static const char *const keys[] = {
	"cmd", "id", "name", "version", "prepare_timeout_ms", "freeze_timeout_ms", "reason",
	"done", "total", "blackout_ns", "parts", "after", "kernel", "initrd", "command_line",
	"dry_run", "discard", "force", "update_id", "fds", "x", "",
};

static const char *const values[] = {
	"0", "1", "-1", "2", "70", "1000", "86400000", "9223372036854775807",
	"-9223372036854775808", "9223372036854775808", "18446744073709551616", "1e308", "1e999",
	"0.5", "-0", "true", "false", "null", "\"\"", "\"a\"", "\"lax-1\"", "\"fuzz-2\"",
	"\"luod\"", "\"../../etc\"", "\"/proc/self/exe\"", "\"/nonexistent\"", "\"\\u0000\"",
	"\"a\\u0000b\"", "\"\\ud800\"", "\"\\ud83d\\ude00\"", "\"\\n\\r\\t\\u001b[2J\"",
	"\"\xc3\xa4\"", "\"\xff\"", "\"\xc0\x80\"", "\"%s%n%1$*d\"", "{}", "[]", "[[],{}]",
	"{\"a\":{\"b\":{\"c\":1}}}", "[1,\"2\",null,{\"cmd\":\"UPDATE\"}]", "NaN", "Infinity",
	"'x'", "0x10", "01", "/* */1",
};

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))
#define LINE_MOST 16384

static uint64_t state;

void random_seed(uint64_t seed)
{
	state = seed * 2 + 1;
}

uint32_t random_below(uint32_t limit)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(((state >> 32) * limit) >> 32);
}

static void add_bytes(struct text *text, const char *bytes, size_t size)
{
	if (size > TEXT_MAX - text->size)
		size = TEXT_MAX - text->size;
	memcpy(text->bytes + text->size, bytes, size);
	text->size += size;
}

static void add(struct text *text, const char *words)
{
	add_bytes(text, words, strlen(words));
}

static void add_many(struct text *text, const char *words, size_t count)
{
	while (count--)
		add(text, words);
}

static void add_name(struct text *text)
{
	static const char *const kinds[] = { "fuzz", "lax", "late", "a:b@c" };
	char name[64];

	snprintf(name, sizeof(name), "\"%s-%u\"", kinds[random_below(COUNT(kinds))],
		 random_below(600));
	add(text, name);
}

static void add_value(struct text *text)
{
	switch (random_below(12)) {
	case 0:
		add_name(text);
		break;
	case 1:
		add(text, "\"");
		add_many(text, "long ", random_below(3000));
		add(text, "\"");
		break;
	case 2:
		add(text, "[");
		add_many(text, "0,", random_below(500));
		add(text, "0]");
		break;
	default:
		add(text, values[random_below(COUNT(values))]);
	}
}

static void add_member(struct text *text, const char *key)
{
	add(text, ",\"");
	add(text, key);
	add(text, "\":");
	if (!strcmp(key, "name") && random_below(4))
		add_name(text);
	else if (!strcmp(key, "dry_run") && random_below(4))
		add(text, "true");
	else
		add_value(text);
}

/* One byte is another one, missing, or there twice; or there is no more after it. */
static void damage(struct text *text)
{
	uint32_t at = random_below((uint32_t)text->size);

	switch (random_below(4)) {
	case 0:
		text->bytes[at] = (char)random_below(256);
		break;
	case 1:
		memmove(text->bytes + at, text->bytes + at + 1, text->size - at - 1);
		text->size--;
		break;
	case 2:
		if (text->size == TEXT_MAX)
			break;
		memmove(text->bytes + at + 1, text->bytes + at, text->size - at);
		text->size++;
		break;
	default:
		text->size = at;
	}
}

void words_request(struct text *text)
{
	uint32_t command = random_below(COUNT(commands) + 1);

	text->size = 0;
	add(text, "{\"cmd\":");
	if (command == COUNT(commands)) {
		add_value(text);
	} else {
		add(text, "\"");
		add(text, commands[command]);
		add(text, "\"");
	}
	if (command == 0 && random_below(4))
		add_member(text, "name");
	for (uint32_t i = random_below(5); i; i--)
		add_member(text, keys[random_below(COUNT(keys))]);
	add(text, "}");
	if (!random_below(8))
		damage(text);
	if (random_below(30))
		add(text, "\n");
}

void words_long(struct text *text)
{
	size_t length = LINE_MOST - 2 + random_below(4);

	if (!random_below(3))
		length = LINE_MOST * 2 + random_below(LINE_MOST);
	text->size = 0;
	add(text, "{\"cmd\":\"STATUS\"");
	add_many(text, random_below(2) ? " " : "\t", length - text->size - 2);
	add(text, random_below(4) ? "}\n" : "  ");
}

void words_deep(struct text *text)
{
	size_t depth = random_below(3) ? 5 + random_below(6) : random_below(8000);
	const char *open = random_below(2) ? "[" : "{\"a\":";

	text->size = 0;
	add(text, "{\"cmd\":\"STATUS\",\"parts\":");
	add_many(text, open, depth);
	add(text, "1");
	if (random_below(3))
		add_many(text, *open == '[' ? "]" : "}", depth);
	add(text, "}\n");
}

void words_garbage(struct text *text)
{
	text->size = 1 + random_below(random_below(4) ? 200 : 40000);
	for (size_t i = 0; i < text->size; i++)
		text->bytes[i] = (char)random_below(random_below(50) ? 256 : 128);
}
