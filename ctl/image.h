/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the file of a kernel image says of the kernel, which is not run for it: the release,
 * and the restore notes, which list what it can be handed. The file may be anything: all
 * of it is checked before it is used.
 */
#ifndef LUOCTL_IMAGE_H
#define LUOCTL_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "libluo.h"

/* As in linux/kexec_handover.h and linux/liveupdate.h of the kernel. */
#define IMAGE_NOTE_OWNER	"LUO"
enum image_note_type {
	IMAGE_NOTE_KHO = 1,
	IMAGE_NOTE_LUO = 2,
	IMAGE_NOTE_FILE = 3,
	IMAGE_NOTE_FLB = 4,
	IMAGE_NOTE_SUBSYSTEM = 5,
};

#define IMAGE_TEXT_MAX	64

struct image_note {
	uint32_t type;
	char text[IMAGE_TEXT_MAX];
};

struct image {
	/* Empty where the file does not say. */
	char release[LUO_RELEASE_SIZE];
	/* How it is packed: "gzip" and the like, or "none". */
	const char *packing;
	struct image_note *notes;
	size_t note_count;
};

/*
 * Reads @path, a bzImage or a vmlinux. On failure *why is a sentence's end in static
 * memory, such as "is no kernel image", and what is returned -errno.
 */
int image_read(const char *path, struct image *image, const char **why);
/* The notes of the kernel that runs. -ENOENT: it has none. */
int image_read_running(struct image *image);
void image_free(struct image *image);

/* Whether it has a note of @type with exactly this text. */
int image_has(const struct image *image, enum image_note_type type, const char *text);

/* For image.c: takes the notes out of an ELF file, or of what notes consist of. */
int notes_from_elf(const uint8_t *data, size_t size, struct image *image);
int notes_add(const uint8_t *data, size_t size, struct image *image);

#endif /* LUOCTL_IMAGE_H */
