// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include <linux/liveupdate.h>

#include "image.h"

/* More than any kernel has. */
#define NOTES_MAX	1024

static int add_note(struct image *image, uint32_t type, const uint8_t *text, size_t size)
{
	const uint8_t *end = memchr(text, '\0', size);
	struct image_note *notes;

	/* Those of a kernel that came after this program may have something else in them. */
	if (!end || end == text || size > IMAGE_TEXT_MAX || text[size - 1])
		return 0;
	if (image->note_count == NOTES_MAX)
		return -EOVERFLOW;
	notes = realloc(image->notes, (image->note_count + 1) * sizeof(*notes));
	if (!notes)
		return -ENOMEM;
	image->notes = notes;
	notes += image->note_count++;
	*notes = (struct image_note){ .type = type };
	strcpy(notes->text, (const char *)text);
	if (++end < text + size)
		strcpy(notes->version, (const char *)end);
	return 0;
}

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* They are in the byte order of this machine: another's kernel cannot be jumped to. */
int notes_add(const uint8_t *data, size_t size, struct image *image)
{
	static const char owner[] = LIVEUPDATE_NOTE_OWNER;
	Elf32_Nhdr header;

	while (size >= sizeof(header)) {
		size_t name, description;
		int ret = 0;

		memcpy(&header, data, sizeof(header));
		data += sizeof(header);
		size -= sizeof(header);
		name = padded(header.n_namesz);
		description = padded(header.n_descsz);
		if (header.n_namesz > size || header.n_descsz > size || name > size ||
		    header.n_descsz > size - name)
			return -EBADMSG;
		if (header.n_namesz == sizeof(owner) && !memcmp(data, owner, sizeof(owner)))
			ret = add_note(image, header.n_type, data + name, header.n_descsz);
		if (ret)
			return ret;
		/* The last one need not be padded. */
		if (description > size - name)
			return 0;
		data += name + description;
		size -= name + description;
	}
	return 0;
}

static int add_from_section(Elf_Scn *section, struct image *image)
{
	GElf_Shdr header;
	Elf_Data *data;

	if (!gelf_getshdr(section, &header))
		return -EBADMSG;
	if (header.sh_type != SHT_NOTE)
		return 0;
	/* Raw, as the notes of the kernel that runs are read by the same code. */
	data = elf_rawdata(section, NULL);
	if (!data || (!data->d_buf && data->d_size))
		return -EBADMSG;
	return notes_add(data->d_buf, data->d_size, image);
}

int notes_from_elf(const uint8_t *data, size_t size, struct image *image)
{
	Elf_Scn *section = NULL;
	GElf_Ehdr header;
	Elf *elf;
	int ret = 0;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)(uintptr_t)data, size);
	if (!elf)
		return -ENOMEM;
	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
		ret = -EMEDIUMTYPE;
	else if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
		ret = -EMEDIUMTYPE;
	while (!ret && (section = elf_nextscn(elf, section)))
		ret = add_from_section(section, image);
	elf_end(elf);
	return ret;
}
