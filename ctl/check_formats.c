// SPDX-License-Identifier: GPL-2.0-or-later
/* The part of a check that is about what the next kernel can be handed. */
#include <stdlib.h>
#include <string.h>

#include <linux/liveupdate.h>

#include "check.h"
#include "sys.h"

#define LIST_SIZE 512

/* What a memory file's format is called in the notes, up to its version. */
static const char *const memfd_prefixes[] = {
	[LUO_MEMFD_STOCK] = "memfd-v",
	[LUO_MEMFD_EXTENT] = "luo-memfd-extent-v",
};

#define FORMAT_COUNT (sizeof(memfd_prefixes) / sizeof(memfd_prefixes[0]))

static void add_word(char list[LIST_SIZE], const char *word)
{
	size_t length = strlen(list);

	snprintf(list + length, LIST_SIZE - length, "%s%s", length ? ", " : "", word);
}

/* Those of @image that are of @type and begin with @prefix. */
static void list_notes(const struct image *image, uint32_t type, const char *prefix,
		       char list[LIST_SIZE])
{
	for (size_t i = 0; i < image->note_count; i++) {
		const struct image_note *note = &image->notes[i];

		if (note->type == type && !strncmp(note->text, prefix, strlen(prefix)))
			add_word(list, note->text);
	}
}

static void list_missing(const struct check *check, uint32_t type, char list[LIST_SIZE])
{
	for (size_t i = 0; i < check->running.note_count; i++) {
		const struct image_note *note = &check->running.notes[i];

		if (note->type == type && !image_find(&check->image, type, note->text))
			add_word(list, note->text);
	}
}

/* A kernel that has no notes is not ours: all there is to go by are its release and its code. */
static void check_stock_image(struct check *check)
{
	const char *release = *check->image.release ? check->image.release : "of unknown release";

	if (check->image.names == IMAGE_NAMES_ALL) {
		check->format = LUO_MEMFD_STOCK;
		found(&check->findings, VERDICT_REFUSAL, "formats",
		      "it has no restore notes; Linux %s names kho-v4, luo-v5 and memfd-v2 in its "
		      "code, so that it should restore what is in the stock kernel's formats",
		      release);
	} else if (check->image.names) {
		found(&check->findings, VERDICT_REFUSAL, "formats",
		      "it has no restore notes, and Linux %s does not name all of kho-v4, luo-v5 "
		      "and memfd-v2 in its code: all that is preserved would be lost",
		      release);
	} else {
		found(&check->findings, VERDICT_REFUSAL, "formats",
		      "it has no restore notes, and Linux %s names no format of a live update in "
		      "its code: it has no orchestrator, and all that is preserved would be lost",
		      release);
	}
}

/* What a kernel with stock's orchestrator writes, which says so nowhere. */
static void take_stock_formats(struct check *check)
{
	struct image_note *notes = malloc(sizeof(image_stock_formats));

	if (!notes)
		return;
	memcpy(notes, image_stock_formats, sizeof(image_stock_formats));
	check->running.notes = notes;
	check->running.note_count = IMAGE_STOCK_FORMATS;
	if (check->here.series != LUO_SERIES(7, 2) && check->here.series != LUO_SERIES(7, 3))
		found(&check->findings, VERDICT_WARNING, "formats",
		      "what this kernel, %s, writes is not known; taken to be as in Linux 7.2 and "
		      "7.3", check->here.release);
}

static void check_core_formats(struct check *check)
{
	char missing[LIST_SIZE] = "";
	char listed[LIST_SIZE] = "";

	list_missing(check, LIVEUPDATE_NOTE_KHO, missing);
	list_missing(check, LIVEUPDATE_NOTE_LUO, missing);
	list_notes(&check->image, LIVEUPDATE_NOTE_KHO, "", listed);
	list_notes(&check->image, LIVEUPDATE_NOTE_LUO, "", listed);
	if (*missing)
		found(&check->findings, VERDICT_REFUSAL, "formats",
		      "it restores %s; this kernel hands over %s as well", *listed ? listed : "nothing",
		      missing);
	else
		found(&check->findings, VERDICT_OK, "formats", "it restores %s", listed);
}

/* The name of a format of memory files in this kernel, if the next one has it, too. */
static const char *shared_format(const struct check *check, unsigned int format)
{
	const struct image_note *note = image_find_prefix(&check->running, LIVEUPDATE_NOTE_FILE,
							  memfd_prefixes[format]);

	return note && image_find(&check->image, LIVEUPDATE_NOTE_FILE, note->text) ? note->text :
										     NULL;
}

static void choose_format(struct check *check)
{
	bool may_choose = check->here.can & LUO_CAN_CHOOSE_FORMAT;

	if (may_choose && shared_format(check, LUO_MEMFD_EXTENT))
		check->format = LUO_MEMFD_EXTENT;
	else if (shared_format(check, LUO_MEMFD_STOCK))
		check->format = LUO_MEMFD_STOCK;
}

/* How many files are preserved in a format; -1 where the kernel does not tell. */
static long preserved_in(const char *format)
{
	char path[128];
	char text[32];
	int n;

	n = snprintf(path, sizeof(path), LUO_SYSFS "/formats/%s", format);
	if (n >= (int)sizeof(path) || luo_sys_read_text(path, text, sizeof(text)))
		return -1;
	return strtol(text, NULL, 10);
}

/* Of those that the next kernel does not restore; an old kernel of ours tells no numbers. */
static bool find_lost_files(struct check *check, const struct image_note *note)
{
	long files = preserved_in(note->text);

	if (files < 0 && check->files && check->here.memfd_format < FORMAT_COUNT &&
	    !strncmp(note->text, memfd_prefixes[check->here.memfd_format],
		     strlen(memfd_prefixes[check->here.memfd_format])))
		files = (long)check->files;
	if (files > 0)
		found(&check->findings, VERDICT_REFUSAL, "files",
		      "up to %ld are preserved in %s, which it does not restore: they would be lost",
		      files, note->text);
	return files > 0;
}

static void check_memory_files(struct check *check)
{
	char listed[LIST_SIZE] = "";
	char here[LIST_SIZE] = "";

	choose_format(check);
	if (check->format != LUO_MEMFD_UNKNOWN) {
		found(&check->findings, VERDICT_OK, "memory files", "they go in %s ('%s')",
		      shared_format(check, check->format), luo_memfd_format_name(check->format));
		return;
	}
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		list_notes(&check->running, LIVEUPDATE_NOTE_FILE, memfd_prefixes[i], here);
		list_notes(&check->image, LIVEUPDATE_NOTE_FILE, memfd_prefixes[i], listed);
	}
	found(&check->findings, VERDICT_REFUSAL, "memory files",
	      "it restores %s; this kernel writes %s", *listed ? listed : "none",
	      *here ? here : "none");
}

static bool is_memory_file(const char *format)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		if (!strncmp(format, memfd_prefixes[i], strlen(memfd_prefixes[i])))
			return true;
	}
	return false;
}

/* A stock kernel has no notes, and restores what its code names. */
static bool restores(const struct check *check, const struct image_note *note)
{
	if (check->image.note_count)
		return image_find(&check->image, note->type, note->text);
	for (unsigned int i = 0; i < IMAGE_STOCK_FORMATS; i++) {
		if (check->image.names & 1U << i && note->type == image_stock_formats[i].type &&
		    !strcmp(note->text, image_stock_formats[i].text))
			return true;
	}
	return false;
}

static void check_files(struct check *check)
{
	char missing[LIST_SIZE] = "";

	for (size_t i = 0; i < check->running.note_count; i++) {
		const struct image_note *note = &check->running.notes[i];

		if ((note->type != LIVEUPDATE_NOTE_FILE && note->type != LIVEUPDATE_NOTE_FLB) ||
		    restores(check, note))
			continue;
		if (note->type == LIVEUPDATE_NOTE_FILE && find_lost_files(check, note))
			continue;
		if (!is_memory_file(note->text))
			add_word(missing, note->text);
	}
	if (*missing)
		found(&check->findings, VERDICT_WARNING, "files",
		      "it does not restore %s: what is preserved so by then would be lost", missing);
}

void check_formats(struct check *check)
{
	bool is_on = check->here.orchestrator != LUO_ORCHESTRATOR_NONE;

	if (!check->running.note_count && is_on)
		take_stock_formats(check);
	if (!check->image.note_count)
		check_stock_image(check);
	else
		check_core_formats(check);
	if (!is_on)
		return;
	if (check->image.note_count)
		check_memory_files(check);
	check_files(check);
}

/* Whether the next kernel has a part in it for what this one's part leaves. */
static void check_subsystem(struct check *check, const struct luo_participant_info *p)
{
	const uint32_t type = LIVEUPDATE_NOTE_SUBSYSTEM;
	const struct image_note *here = image_find(&check->running, type, p->name);
	const struct image_note *there = image_find(&check->image, type, p->name);
	enum verdict verdict =
		p->flags & LUO_PARTICIPANT_OPTIONAL ? VERDICT_WARNING : VERDICT_REFUSAL;

	if (there && (!here || !strcmp(here->version, there->version)))
		return;
	if (there)
		found(&check->findings, verdict, "subsystem", "%s: it restores %s, and not %s",
		      p->name, there->version, here->version);
	else if (here)
		found(&check->findings, verdict, "subsystem",
		      "%s: it has none of that name, and what that leaves would be lost", p->name);
	else
		found(&check->findings, VERDICT_WARNING, "subsystem",
		      "%s: this one is a module's, and whether the next kernel has that module is "
		      "not known", p->name);
}

void check_subsystems(struct check *check)
{
	struct luo_participant_info *list = NULL;
	struct luo *luo;
	size_t count = 0;

	if (check->here.orchestrator != LUO_ORCHESTRATOR_FULL || !check->image.note_count)
		return;
	/* That it cannot be opened has been found already. */
	if (luo_open(&luo, NULL, 0))
		return;
	if (luo_list_participants(luo, &list, &count))
		found(&check->findings, VERDICT_WARNING, "subsystems", "they cannot be listed");
	luo_close(luo);
	for (size_t i = 0; i < count; i++) {
		if (list[i].flags & LUO_PARTICIPANT_SUBSYSTEM &&
		    list[i].flags & LUO_PARTICIPANT_PRESENT)
			check_subsystem(check, &list[i]);
	}
	free(list);
}
