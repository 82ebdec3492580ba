// SPDX-License-Identifier: GPL-2.0-or-later
#include "initrd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "unpack.h"

/* Of the format "newc", the kernel's: Documentation/driver-api/early-userspace there. */
#define MAGIC_SIZE	6
#define HEADER_SIZE	110
#define FIELD_SIZE	8
#define FIELD_FILE_SIZE	6
#define FIELD_NAME_SIZE	11
#define NAME_MAX_SIZE	4096
#define LAST_NAME	"TRAILER!!!"

struct reader {
	struct initrd *initrd;
	const char *release;
	const uint8_t *data;
	size_t size;
	size_t at;
};

static bool has_magic(const struct reader *r)
{
	const uint8_t *p = r->data + r->at;

	return r->size - r->at >= HEADER_SIZE &&
		(!memcmp(p, "070701", MAGIC_SIZE) || !memcmp(p, "070702", MAGIC_SIZE));
}

/* One of the numbers of a header, 8 digits each. */
static int get_field(const struct reader *r, unsigned int field, size_t *value)
{
	const uint8_t *p = r->data + r->at + MAGIC_SIZE + (size_t)FIELD_SIZE * field;
	char digits[FIELD_SIZE + 1] = "";
	char *end;

	memcpy(digits, p, FIELD_SIZE);
	if (strspn(digits, "0123456789abcdefABCDEF") != FIELD_SIZE)
		return -EBADMSG;
	*value = strtoul(digits, &end, 16);
	return 0;
}

static size_t padded(size_t at)
{
	return (at + 3) & ~(size_t)3;
}

static void look_at_module(struct reader *r, const char *name)
{
	size_t length = strlen(r->release);

	if (!*name)
		return;
	r->initrd->has_modules = true;
	if (!strncmp(name, r->release, length) && (!name[length] || name[length] == '/'))
		r->initrd->has_own_modules = true;
}

static void look_at(struct reader *r, const char *name)
{
	static const char *const modules[] = { "lib/modules/", "usr/lib/modules/" };

	name += strspn(name, "./");
	r->initrd->files++;
	if (!strcmp(name, "init"))
		r->initrd->has_init = true;
	/* Of initramfs-tools, and of dracut. */
	if (!strcmp(name, "scripts/init-bottom/luo") || strstr(name, "/hooks/pre-pivot/90-luo.sh"))
		r->initrd->starts_luod = true;
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		size_t length = strlen(modules[i]);

		if (!strncmp(name, modules[i], length))
			look_at_module(r, name + length);
	}
}

/* 1 after the last file of an archive. */
static int read_entry(struct reader *r)
{
	size_t name_size, file_size, name_at = r->at + HEADER_SIZE;
	char name[NAME_MAX_SIZE];
	int ret;

	ret = get_field(r, FIELD_NAME_SIZE, &name_size);
	if (!ret)
		ret = get_field(r, FIELD_FILE_SIZE, &file_size);
	if (ret)
		return ret;
	if (!name_size || name_size > sizeof(name))
		return -EBADMSG;
	if (name_size > r->size - name_at)
		return -ENODATA;
	memcpy(name, r->data + name_at, name_size);
	if (name[name_size - 1])
		return -EBADMSG;
	r->at = padded(name_at + name_size);
	if (r->at > r->size || file_size > r->size - r->at)
		return strcmp(name, LAST_NAME) ? -ENODATA : 1;
	if (!strcmp(name, LAST_NAME))
		return 1;
	r->at = padded(r->at + file_size);
	look_at(r, name);
	return 0;
}

static int read_archive(struct reader *r)
{
	int ret = 0;

	while (!ret)
		ret = has_magic(r) ? read_entry(r) : -EBADMSG;
	return ret < 0 ? ret : 0;
}

static int read_archives(struct reader *r);

/* What is behind something packed cannot be found: there it ends. */
static int read_packed(struct reader *r)
{
	struct reader inner = { .initrd = r->initrd, .release = r->release };
	uint8_t *data;
	int ret;

	ret = unpack(r->data + r->at, r->size - r->at, &data, &inner.size);
	if (ret)
		return ret;
	inner.data = data;
	if (inner.size >= HEADER_SIZE && has_magic(&inner))
		ret = read_archives(&inner);
	else
		ret = -EMEDIUMTYPE;
	free(data);
	r->at = r->size;
	return ret;
}

static int read_archives(struct reader *r)
{
	int ret = 0;

	while (!ret && r->at < r->size) {
		/* They are padded, to sectors for instance. */
		if (!r->data[r->at])
			r->at++;
		else if (has_magic(r))
			ret = read_archive(r);
		else
			ret = read_packed(r);
	}
	return ret;
}

static const char *reason(int error)
{
	switch (-error) {
	case EMEDIUMTYPE:
		return "is no initial ramdisk: no archive of cpio, packed or not";
	case ENODATA:
		return "is cut off";
	case EBADMSG:
		return "is damaged, or cut off";
	case EFBIG:
		return "is larger than any initial ramdisk";
	default:
		return strerror(-error);
	}
}

int initrd_read(const char *path, const char *release, struct initrd *initrd, const char **why)
{
	struct reader r = { .initrd = initrd, .release = release };
	struct bytes file;
	int ret;

	*initrd = (struct initrd){ 0 };
	ret = bytes_read(path, UNPACK_MAX, &file);
	if (!ret) {
		r.data = file.data;
		r.size = file.size;
		ret = read_archives(&r);
	}
	free(file.data);
	if (!ret && !initrd->files)
		ret = -EMEDIUMTYPE;
	if (ret)
		*why = reason(ret);
	return ret;
}
