// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <string.h>

#include "libluo.h"
#include "sys.h"

#define FORMAT_FILE "/sys/module/liveupdate/parameters/memfd_format"

static const char *const format_names[] = {
	[LUO_MEMFD_STOCK] = "stock",
	[LUO_MEMFD_EXTENT] = "extent",
};

#define FORMAT_COUNT (sizeof(format_names) / sizeof(format_names[0]))

const char *luo_memfd_format_name(unsigned int format)
{
	return format < FORMAT_COUNT ? format_names[format] : "unknown";
}

int luo_get_memfd_format(void)
{
	char text[32];
	int ret = luo_sys_read_text(FORMAT_FILE, text, sizeof(text));

	if (ret)
		return ret == -ENOENT ? -EOPNOTSUPP : ret;
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		if (!strcmp(text, format_names[i]))
			return (int)i;
	}
	return -EPROTO;
}

int luo_set_memfd_format(enum luo_memfd_format format)
{
	int ret;

	if ((unsigned int)format >= FORMAT_COUNT)
		return -EINVAL;
	ret = luo_sys_write_text(FORMAT_FILE, format_names[format]);
	return ret == -ENOENT ? -EOPNOTSUPP : ret;
}
