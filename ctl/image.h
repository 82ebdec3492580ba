/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the file of a kernel image says of the kernel, which is not run for it: the release,
 * and the restore notes, which list what it can be handed. The file may be anything: all
 * of it is checked before it is used.
 */
#ifndef LUOCTL_IMAGE_H
#define LUOCTL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libluo.h"

#define IMAGE_TEXT_MAX	64

struct image_note {
	/* A LIVEUPDATE_NOTE_ of linux/liveupdate.h. */
	uint32_t type;
	/* The format, or the subsystem's name. */
	char text[IMAGE_TEXT_MAX];
	/* Of what a subsystem leaves; else empty. */
	char version[IMAGE_TEXT_MAX];
};

struct image {
	/* Empty where the file does not say. */
	char release[LUO_RELEASE_SIZE];
	/* How it is packed: "gzip" and the like, or "none". */
	const char *packing;
	uint64_t file_size;
	/* What it takes to start in, where the file says it. */
	uint64_t start_size;
	/* There is a signature; whose is for the kernel to find out. */
	bool is_signed;
	struct image_note *notes;
	size_t note_count;
	/* Which of image_stock_formats its code names, a bit for each. */
	unsigned int names;
};

/* Of stock kernels, which have no notes: those since 7.2 name all of these, in this order. */
#define IMAGE_STOCK_FORMATS	3
extern const struct image_note image_stock_formats[IMAGE_STOCK_FORMATS];
#define IMAGE_NAMES_ALL		((1U << IMAGE_STOCK_FORMATS) - 1)

/*
 * Reads @path, a bzImage or a vmlinux. On failure *why is a sentence's end in static
 * memory, such as "is no kernel image", and what is returned -errno.
 */
int image_read(const char *path, struct image *image, const char **why);
/* The notes of the kernel that runs. -ENOENT: it has none. */
int image_read_running(struct image *image);
void image_free(struct image *image);

/* Its note of @type with exactly this text, or NULL. */
const struct image_note *image_find(const struct image *image, uint32_t type, const char *text);
/* The same of a text that begins so. */
const struct image_note *image_find_prefix(const struct image *image, uint32_t type,
					   const char *prefix);

/* For image.c: takes the notes out of an ELF file, or of what notes consist of. */
int notes_from_elf(const uint8_t *data, size_t size, struct image *image);
int notes_add(const uint8_t *data, size_t size, struct image *image);

#endif /* LUOCTL_IMAGE_H */
