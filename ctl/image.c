// SPDX-License-Identifier: GPL-2.0-or-later
#include "image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/liveupdate.h>

#include "bytes.h"
#include "sys.h"
#include "unpack.h"

#define RUNNING_NOTES	"/sys/kernel/notes"
#define RUNNING_MAX	(1UL << 20)

/* Of x86's boot protocol: Documentation/arch/x86/boot.rst in the kernel. */
#define SETUP_SECTS	0x1f1
#define BOOT_FLAG	0x1fe
#define HEADER_MAGIC	0x202
#define PROTOCOL	0x206
#define VERSION_TEXT	0x20e
#define PAYLOAD_OFFSET	0x248
#define PAYLOAD_LENGTH	0x24c
#define INIT_SIZE	0x260
#define HEADER_END	0x264
#define SECTOR		512U
/* From this one on the header says where the payload is. */
#define PROTOCOL_PAYLOAD 0x0208
#define PROTOCOL_INIT_SIZE 0x020a

/* Of the PE format, which is what is signed: where it is, and where it says by what. */
#define PE_OFFSET	0x3c
#define PE_OPTIONAL	24
#define PE32_PLUS	0x20b
#define PE_CERTIFICATES	144

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

/* The first word of a text that may go on for as long as it likes. */
static void take_release(struct image *image, const uint8_t *text, size_t size)
{
	size_t i;

	for (i = 0; i < size && i < sizeof(image->release) - 1; i++) {
		if (text[i] <= ' ' || text[i] >= 0x7f)
			break;
		image->release[i] = (char)text[i];
	}
	image->release[i] = '\0';
}

static void find_release(struct image *image, const uint8_t *data, size_t size)
{
	static const char banner[] = "Linux version ";
	const size_t length = sizeof(banner) - 1;
	const uint8_t *end = data + size;
	const uint8_t *found = data;

	while ((found = memmem(found, (size_t)(end - found), banner, length))) {
		found += length;
		/* There are formats of such lines as well. */
		if (found < end && *found >= '0' && *found <= '9') {
			take_release(image, found, (size_t)(end - found));
			return;
		}
	}
}

const struct image_note image_stock_formats[IMAGE_STOCK_FORMATS] = {
	{ LIVEUPDATE_NOTE_KHO, "kho-v4", "" },
	{ LIVEUPDATE_NOTE_LUO, "luo-v5", "" },
	{ LIVEUPDATE_NOTE_FILE, "memfd-v2", "" },
};

static void find_names(struct image *image, const uint8_t *data, size_t size)
{
	for (unsigned int i = 0; i < IMAGE_STOCK_FORMATS; i++) {
		const char *name = image_stock_formats[i].text;

		if (memmem(data, size, name, strlen(name) + 1))
			image->names |= 1U << i;
	}
}

static int read_elf(struct image *image, const uint8_t *data, size_t size)
{
	int ret = notes_from_elf(data, size, image);

	if (!ret && !*image->release)
		find_release(image, data, size);
	if (!ret)
		find_names(image, data, size);
	/* Every kernel says it somewhere; other programs are ELF files, too. */
	return ret || *image->release ? ret : -EMEDIUMTYPE;
}

static bool is_elf(const uint8_t *data, size_t size)
{
	return size > SELFMAG && !memcmp(data, ELFMAG, SELFMAG);
}

static bool is_bzimage(const uint8_t *data, size_t size)
{
	return size >= HEADER_END && le16(data + BOOT_FLAG) == 0xaa55 &&
		!memcmp(data + HEADER_MAGIC, "HdrS", 4);
}

static int read_payload(struct image *image, const uint8_t *data, size_t size)
{
	uint8_t *kernel;
	size_t kernel_size;
	int ret;

	if (is_elf(data, size)) {
		image->packing = "none";
		return read_elf(image, data, size);
	}
	image->packing = unpack_name(data, size);
	ret = unpack(data, size, &kernel, &kernel_size);
	if (ret)
		return ret;
	ret = read_elf(image, kernel, kernel_size);
	free(kernel);
	return ret == -EMEDIUMTYPE ? -EBADMSG : ret;
}

static bool has_certificates(const uint8_t *data, size_t size)
{
	size_t pe = le32(data + PE_OFFSET);
	size_t optional = pe + PE_OPTIONAL;

	if (optional + PE_CERTIFICATES + 8 > size || memcmp(data + pe, "PE\0", 4) ||
	    le16(data + optional) != PE32_PLUS)
		return false;
	return le32(data + optional + PE_CERTIFICATES + 4) != 0;
}

static int read_bzimage(struct image *image, const uint8_t *data, size_t size)
{
	size_t setup = ((data[SETUP_SECTS] ? data[SETUP_SECTS] : 4) + 1) * SECTOR;
	size_t version = le16(data + VERSION_TEXT);
	size_t offset, length;

	if (version && version + SECTOR < size)
		take_release(image, data + version + SECTOR, size - version - SECTOR);
	if (le16(data + PROTOCOL) < PROTOCOL_PAYLOAD)
		return -EMEDIUMTYPE;
	if (le16(data + PROTOCOL) >= PROTOCOL_INIT_SIZE)
		image->start_size = le32(data + INIT_SIZE);
	image->is_signed = has_certificates(data, size);
	offset = setup + le32(data + PAYLOAD_OFFSET);
	length = le32(data + PAYLOAD_LENGTH);
	if (offset > size || length > size - offset || !length)
		return -ENODATA;
	return read_payload(image, data + offset, length);
}

static const char *reason(int error)
{
	switch (-error) {
	case EMEDIUMTYPE:
		return "is no kernel image: neither a bzImage nor a vmlinux";
	case ENODATA:
		return "is cut off";
	case EBADMSG:
		return "is damaged, or cut off";
	case EFBIG:
		return "is larger than any kernel";
	case EOVERFLOW:
		return "has more restore notes than any kernel";
	default:
		return strerror(-error);
	}
}

int image_read(const char *path, struct image *image, const char **why)
{
	struct bytes file;
	int ret = bytes_read(path, UNPACK_MAX, &file);

	*image = (struct image){ .file_size = file.size };
	if (ret)
		goto out;
	if (is_bzimage(file.data, file.size))
		ret = read_bzimage(image, file.data, file.size);
	else if (is_elf(file.data, file.size))
		ret = read_payload(image, file.data, file.size);
	else
		ret = -EMEDIUMTYPE;
out:
	free(file.data);
	if (ret) {
		image_free(image);
		*why = reason(ret);
	}
	return ret;
}

int image_read_running(struct image *image)
{
	struct bytes file = { .data = malloc(RUNNING_MAX) };
	int fd = luo_sys_open(RUNNING_NOTES, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;
	int ret = fd < 0 ? fd : file.data ? 0 : -ENOMEM;

	*image = (struct image){ 0 };
	while (!ret && n > 0 && file.size < RUNNING_MAX) {
		n = read(fd, file.data + file.size, RUNNING_MAX - file.size);
		if (n < 0)
			ret = -errno;
		else
			file.size += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (!ret)
		ret = notes_add(file.data, file.size, image);
	free(file.data);
	if (ret)
		image_free(image);
	return ret;
}

void image_free(struct image *image)
{
	free(image->notes);
	*image = (struct image){ 0 };
}

static const struct image_note *find(const struct image *image, uint32_t type, const char *text,
				     size_t length)
{
	for (size_t i = 0; i < image->note_count; i++) {
		const struct image_note *note = &image->notes[i];

		if (note->type == type && !strncmp(note->text, text, length))
			return note;
	}
	return NULL;
}

const struct image_note *image_find(const struct image *image, uint32_t type, const char *text)
{
	return find(image, type, text, strlen(text) + 1);
}

const struct image_note *image_find_prefix(const struct image *image, uint32_t type,
					   const char *prefix)
{
	return find(image, type, prefix, strlen(prefix));
}
