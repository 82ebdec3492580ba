// SPDX-License-Identifier: GPL-2.0-or-later
#include "tally.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "luod_link.h"

/* More than luod takes; whatever it says, the list has an end. */
#define CLIENTS_MAX 4096

/*
 * The phases of luod's in which it waits for its clients, and the phases of theirs in
 * which they are not waited for. "subscribed" is where they come from, and are again
 * when all is over.
 */
static const struct step {
	const char *phase;
	const char *word;
	const char *done[3];
	/* Clients tell how far they are. */
	bool has_progress;
} steps[] = {
	{ "preserving", "ready", { "ready", "freezing", "frozen" }, true },
	{ "preparing", "ready", { "ready", "freezing", "frozen" } },
	{ "freezing", "frozen", { "frozen" } },
	{ "jumping", "frozen", { "frozen" } },
	{ "cancelling", "back", { "subscribed" } },
	{ "restoring", "back", { "restored", "subscribed" } },
	{ "finishing", "back", { "restored", "subscribed" } },
};

static const struct step *find_step(const char *phase)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (!strcmp(steps[i].phase, phase))
			return &steps[i];
	}
	return NULL;
}

void tally_start(struct tally *tally)
{
	*tally = (struct tally){ .clients = json_object_new_object() };
}

void tally_end(struct tally *tally)
{
	json_object_put(tally->clients);
	tally->clients = NULL;
}

static struct json_object *client_of(struct tally *tally, const char *name)
{
	struct json_object *client;

	if (json_object_object_get_ex(tally->clients, name, &client))
		return client;
	if (json_object_object_length(tally->clients) >= CLIENTS_MAX)
		return NULL;
	client = json_object_new_object();
	json_object_object_add(tally->clients, name, client);
	return client;
}

static bool has_phase(struct json_object *client, const char *phase)
{
	const char *own = luod_text(client, "phase");

	return own && !strcmp(own, phase);
}

static void client_event(struct tally *tally, const char *name, struct json_object *event)
{
	const char *phase = luod_text(event, "phase");
	struct json_object *client;

	if (!phase)
		return;
	if (!strcmp(phase, "gone")) {
		json_object_object_del(tally->clients, name);
		return;
	}
	client = client_of(tally, name);
	if (!client)
		return;
	json_object_object_add(client, "phase", json_object_new_string(phase));
	json_object_object_del(client, "done");
	json_object_object_del(client, "total");
}

static void progress_event(struct tally *tally, const char *name, struct json_object *event)
{
	struct json_object *client = client_of(tally, name);

	if (!client)
		return;
	json_object_object_add(client, "done",
			       json_object_new_int64(luod_number(event, "done", 0)));
	json_object_object_add(client, "total",
			       json_object_new_int64(luod_number(event, "total", 0)));
}

/* Those that run when all is over keep nobody waiting. */
static void hook_event(struct tally *tally, const char *name, struct json_object *event)
{
	const char *hook = luod_text(event, "hook");
	const char *phase = luod_text(event, "phase");

	if (!hook || !phase || (strcmp(hook, "pre-prepare") && strcmp(hook, "pre-freeze")))
		return;
	snprintf(tally->hook, sizeof(tally->hook), "%s", strcmp(phase, "running") ? "" : name);
}

static void keep_text(char *to, size_t size, const char *text)
{
	if (text)
		snprintf(to, size, "%s", text);
}

void tally_event(struct tally *tally, struct json_object *event)
{
	const char *word = luod_text(event, "event");
	const char *name = luod_text(event, "name");

	if (!word)
		return;
	if (!strcmp(word, "PHASE")) {
		keep_text(tally->phase, sizeof(tally->phase), luod_text(event, "phase"));
		keep_text(tally->state, sizeof(tally->state), luod_text(event, "state"));
		tally->hook[0] = '\0';
	} else if (name && !strcmp(word, "CLIENT")) {
		client_event(tally, name, event);
	} else if (name && !strcmp(word, "PROGRESS")) {
		progress_event(tally, name, event);
	} else if (name && !strcmp(word, "HOOK")) {
		hook_event(tally, name, event);
	}
}

static bool is_done(const struct step *step, struct json_object *client)
{
	for (size_t i = 0; i < sizeof(step->done) / sizeof(step->done[0]); i++) {
		if (step->done[i] && has_phase(client, step->done[i]))
			return true;
	}
	return false;
}

static void note_progress(struct tally_count *count, const char *name, struct json_object *client)
{
	int64_t total = luod_number(client, "total", 0);
	int64_t done = luod_number(client, "done", 0);
	double percent;

	if (total <= 0 || done < 0)
		return;
	percent = done < total ? 100.0 * (double)done / (double)total : 100.0;
	if (count->slowest && count->slowest_percent <= (unsigned int)percent)
		return;
	count->slowest = name;
	count->slowest_percent = (unsigned int)percent;
}

struct tally_count tally_count(const struct tally *tally)
{
	const struct step *step = find_step(tally->phase);
	struct tally_count count = { .done_word = step ? step->word : NULL };

	json_object_object_foreach(tally->clients, name, client)
	{
		bool left = has_phase(client, "left");

		count.left += left;
		count.all += !left;
		if (left || !step)
			continue;
		if (is_done(step, client))
			count.done++;
		else if (has_phase(client, "failed"))
			count.failed++;
		else if (step->has_progress)
			note_progress(&count, name, client);
	}
	return count;
}

bool tally_is_complete(const struct tally *tally)
{
	struct tally_count count = tally_count(tally);

	return count.done_word && count.all && count.done == count.all;
}

struct line {
	char *text;
	size_t size;
	size_t used;
};

static void __attribute__((format(printf, 2, 3))) append(struct line *line, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line->text + line->used, line->size - line->used, format, args);
	va_end(args);
	if (n > 0)
		line->used += (size_t)n;
	if (line->used >= line->size)
		line->used = line->size - 1;
}

static void append_clients(struct line *line, const struct tally_count *count)
{
	if (count->done_word)
		append(line, ": %u of %u client%s %s", count->done, count->all,
		       count->all == 1 ? "" : "s", count->done_word);
	else
		append(line, ": %u client%s", count->all, count->all == 1 ? "" : "s");
	if (count->failed)
		append(line, ", %u failed", count->failed);
	if (count->left)
		append(line, ", %u left out", count->left);
	if (count->slowest)
		append(line, ", %.63s %u%%", count->slowest, count->slowest_percent);
}

void tally_text(const struct tally *tally, char *text, size_t size)
{
	struct tally_count count = tally_count(tally);
	struct line line = { .text = text, .size = size };

	append(&line, "%s", tally->phase);
	if (count.all || count.left)
		append_clients(&line, &count);
	if (*tally->hook)
		append(&line, ", hook %s", tally->hook);
}
