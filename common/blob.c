// SPDX-License-Identifier: GPL-2.0-or-later
#include "blob.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* Read by other versions of the program: members are never moved. */
struct blob_header {
	char magic[8];
	uint32_t version;
	uint32_t crc;
	uint64_t length;
};

#define BLOB_MAGIC	"LUOBLOB"
#define BLOB_VERSION	1
/* More than anything that is described needs. */
#define BLOB_MAX	(16UL << 20)

int blob_create(const char *name, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)(sizeof(struct blob_header) + size))) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

static int write_at(int fd, const void *data, size_t size, off_t at)
{
	const char *from = data;

	while (size) {
		ssize_t n = pwrite(fd, from, size, at);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			from += n;
			at += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

static int read_at(int fd, void *data, size_t size, off_t at)
{
	char *to = data;

	while (size) {
		ssize_t n = pread(fd, to, size, at);

		if (n == 0)
			return -EBADMSG;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			to += n;
			at += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* The header goes last: who dies before it leaves what was there, or a wrong checksum. */
int blob_write(int fd, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	struct blob_header header = { .magic = BLOB_MAGIC, .version = BLOB_VERSION };
	struct stat st;
	int ret;

	if (!text)
		return -ENOMEM;
	if (fstat(fd, &st))
		return -errno;
	header.length = strlen(text);
	if (header.length > BLOB_MAX || sizeof(header) + header.length > (uint64_t)st.st_size)
		return -EFBIG;
	header.crc = (uint32_t)crc32(0, (const Bytef *)text, (uInt)header.length);
	ret = write_at(fd, text, header.length, sizeof(header));
	return ret ? ret : write_at(fd, &header, sizeof(header), 0);
}

static int check_header(const struct blob_header *header, off_t size)
{
	static const struct blob_header nothing;

	if (!memcmp(header, &nothing, sizeof(nothing)))
		return -ENODATA;
	if (memcmp(header->magic, BLOB_MAGIC, sizeof(BLOB_MAGIC)) ||
	    header->version != BLOB_VERSION || header->length > BLOB_MAX ||
	    sizeof(*header) + header->length > (uint64_t)size)
		return -EBADMSG;
	return 0;
}

static struct json_object *parse(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;

	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* With its terminating zero: a number at the end would be waited for. */
	object = json_tokener_parse_ex(tokener, text, (int)length + 1);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    !json_object_is_type(object, json_type_object)) {
		json_object_put(object);
		object = NULL;
	}
	json_tokener_free(tokener);
	return object;
}

int blob_read(int fd, struct json_object **object)
{
	struct blob_header header;
	struct stat st;
	char *text;
	int ret;

	*object = NULL;
	if (fstat(fd, &st))
		return -errno;
	ret = read_at(fd, &header, sizeof(header), 0);
	if (!ret)
		ret = check_header(&header, st.st_size);
	if (ret)
		return ret;
	text = calloc(1, header.length + 1);
	if (!text)
		return -ENOMEM;
	ret = read_at(fd, text, header.length, sizeof(header));
	if (!ret && header.crc != (uint32_t)crc32(0, (const Bytef *)text, (uInt)header.length))
		ret = -EBADMSG;
	if (!ret && !(*object = parse(text, header.length)))
		ret = -EBADMSG;
	free(text);
	return ret;
}
