// SPDX-License-Identifier: GPL-2.0-or-later
#include "unpack.h"

#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define STEP		(1UL << 20)
/* Of LZ4's legacy format, which is the kernel's. */
#define LZ4_BLOCK	(8UL << 20)
/* 15 bits are the format's largest window, 16 more ask for a header of gzip's. */
#define GZIP_WINDOW	(15 + 16)

struct output {
	uint8_t *data;
	size_t size;
	size_t room;
};

/* Room for @more bytes behind those that are there. */
static int make_room(struct output *out, size_t more)
{
	size_t room = out->room;
	uint8_t *data;

	if (out->size + more <= room)
		return 0;
	if (out->size + more > UNPACK_MAX)
		return -EFBIG;
	room = room * 2 > out->size + more ? room * 2 : out->size + more;
	data = realloc(out->data, room);
	if (!data)
		return -ENOMEM;
	out->data = data;
	out->room = room;
	return 0;
}

static int unpack_gzip(const uint8_t *data, size_t size, struct output *out)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)data, .avail_in = (uInt)size };
	int ret = inflateInit2(&z, GZIP_WINDOW) == Z_OK ? 0 : -ENOMEM;
	int status = Z_OK;

	while (!ret && status == Z_OK) {
		ret = make_room(out, STEP);
		if (ret)
			break;
		z.next_out = out->data + out->size;
		z.avail_out = STEP;
		status = inflate(&z, Z_NO_FLUSH);
		out->size += STEP - z.avail_out;
		if (status == Z_MEM_ERROR)
			ret = -ENOMEM;
		else if (status != Z_OK && status != Z_STREAM_END)
			ret = -EBADMSG;
	}
	inflateEnd(&z);
	return ret;
}

/* xz, and LZMA as it was before. */
static int unpack_lzma(const uint8_t *data, size_t size, struct output *out)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_ret status = lzma_auto_decoder(&z, UNPACK_MAX, 0);
	int ret = status == LZMA_OK ? 0 : -ENOMEM;

	z.next_in = data;
	z.avail_in = size;
	while (!ret && status == LZMA_OK) {
		ret = make_room(out, STEP);
		if (ret)
			break;
		z.next_out = out->data + out->size;
		z.avail_out = STEP;
		status = lzma_code(&z, LZMA_RUN);
		out->size += STEP - z.avail_out;
		if (status == LZMA_MEM_ERROR || status == LZMA_MEMLIMIT_ERROR)
			ret = -ENOMEM;
		else if (status != LZMA_OK && status != LZMA_STREAM_END)
			ret = -EBADMSG;
	}
	lzma_end(&z);
	return ret;
}

static int unpack_zstd(const uint8_t *data, size_t size, struct output *out)
{
	ZSTD_inBuffer in = { .src = data, .size = size };
	ZSTD_DStream *z = ZSTD_createDStream();
	size_t left = 1;
	int ret = z ? 0 : -ENOMEM;

	/* Linux packs itself with the largest window that there is. */
	if (!ret)
		ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, 27);
	while (!ret && left) {
		ZSTD_outBuffer to = { .size = STEP };
		size_t before = in.pos;

		ret = make_room(out, STEP);
		if (ret)
			break;
		to.dst = out->data + out->size;
		left = ZSTD_decompressStream(z, &to, &in);
		out->size += to.pos;
		if (ZSTD_isError(left) || (left && !to.pos && in.pos == before))
			ret = -EBADMSG;
	}
	ZSTD_freeDStream(z);
	return ret;
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Blocks with their packed size before each; what has no room for one more ends it. */
static int unpack_lz4(const uint8_t *data, size_t size, struct output *out)
{
	size_t at = 4;

	while (size - at >= 4) {
		uint32_t packed = le32(data + at);
		int n, ret;

		/* Padding, or the size of all, stands behind the last one. */
		if (!packed)
			break;
		if (packed > size - at - 4)
			return size - at == 4 && out->size == packed ? 0 : -EBADMSG;
		ret = make_room(out, LZ4_BLOCK);
		if (ret)
			return ret;
		n = LZ4_decompress_safe((const char *)data + at + 4, (char *)out->data + out->size,
					(int)packed, (int)LZ4_BLOCK);
		if (n <= 0)
			return -EBADMSG;
		out->size += (size_t)n;
		at += 4 + packed;
	}
	return out->size ? 0 : -EBADMSG;
}

static const struct {
	const char *name;
	uint8_t magic[6];
	uint8_t length;
	int (*unpack)(const uint8_t *data, size_t size, struct output *out);
} ways[] = {
	{ "gzip", { 0x1f, 0x8b, 8 }, 3, unpack_gzip },
	{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unpack_lzma },
	{ "lzma", { 0x5d, 0, 0 }, 3, unpack_lzma },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, unpack_zstd },
	{ "lz4", { 0x02, 0x21, 0x4c, 0x18 }, 4, unpack_lz4 },
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static size_t find_way(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < WAYS; i++) {
		if (size > ways[i].length && !memcmp(data, ways[i].magic, ways[i].length))
			break;
	}
	return i;
}

const char *unpack_name(const uint8_t *data, size_t size)
{
	size_t way = find_way(data, size);

	return way < WAYS ? ways[way].name : NULL;
}

int unpack(const uint8_t *data, size_t size, uint8_t **result, size_t *result_size)
{
	struct output out = { 0 };
	size_t way = find_way(data, size);
	int ret;

	*result = NULL;
	*result_size = 0;
	if (way == WAYS)
		return -EMEDIUMTYPE;
	if (size > UNPACK_MAX)
		return -EFBIG;
	ret = ways[way].unpack(data, size, &out);
	if (ret) {
		free(out.data);
		return ret;
	}
	*result = out.data;
	*result_size = out.size;
	return 0;
}
