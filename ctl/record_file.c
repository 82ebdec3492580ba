// SPDX-License-Identifier: GPL-2.0-or-later
/* Where records come from: files, and the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "luoctl.h"
#include "record.h"

#define FILE_MAX (16 << 20)
/* The deepest is a time of a client's: object, array, object, object, and one for later. */
#define DEPTH_MAX 8

static int read_text(int fd, char **text, size_t *size)
{
	struct stat st;
	ssize_t n = 1;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > FILE_MAX)
		return -EFBIG;
	*text = malloc((size_t)st.st_size + 1);
	if (!*text)
		return -ENOMEM;
	for (*size = 0; *size < (size_t)st.st_size && n > 0; *size += (size_t)n) {
		n = read(fd, *text + *size, (size_t)st.st_size - *size);
		if (n < 0)
			return -errno;
	}
	(*text)[*size] = '\0';
	return 0;
}

/* One value, and nothing but white space after it. */
static struct json_object *parse_text(const char *text, size_t size)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *root;
	size_t end;

	if (!tokener)
		return NULL;
	/* With the final zero, or it would wait for more. */
	root = json_tokener_parse_ex(tokener, text, (int)size + 1);
	end = json_tokener_get_parse_end(tokener);
	if (end < size && strspn(text + end, " \t\r\n") != size - end) {
		json_object_put(root);
		root = NULL;
	}
	json_tokener_free(tokener);
	return root;
}

/* @why has what is wrong with what is in the file, if that can be read. */
static int read_record(const char *path, struct record *record, char *why, size_t why_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct json_object *root = NULL;
	char *text = NULL;
	size_t size = 0;
	int ret;

	*record = (struct record){ 0 };
	*why = '\0';
	if (fd < 0)
		return -errno;
	ret = read_text(fd, &text, &size);
	close(fd);
	if (!ret)
		root = parse_text(text, size);
	free(text);
	if (!ret)
		ret = record_parse(root, record, why, why_size);
	if (ret)
		record_free(record);
	return ret;
}

int record_try(const char *path, struct record *record)
{
	char why[160];

	return read_record(path, record, why, sizeof(why));
}

int record_read(const char *path, struct record *record)
{
	char why[160];
	int ret = read_record(path, record, why, sizeof(why));

	if (!ret)
		return CODE_DONE;
	if (*why)
		return fail(CODE_FAILED, "%s: not a record of an update: %s.", path, why);
	return fail(CODE_FAILED, "%s: %s%s", path,
		    ret == -EINVAL ? "not a regular file" : strerror(-ret),
		    ret == -EACCES ? ". Try again as root." : "");
}

void record_from_kernel(struct report *report, struct record *record)
{
	*record = (struct record){
		.id = "",
		.boot_id = "",
		.result = luo_result_name(report->head.result),
		.culprit = report->head.culprit,
		.reason = "",
		.error = "",
		.number = report->head.number,
		.prepare_ns = report->head.prepare_ns,
		.freeze_ns = LUO_TIME_UNKNOWN,
		.has_kernel = true,
		.kernel = *report,
	};
	record->culprit = record->kernel.head.culprit;
	for (unsigned int i = 0; i < STAGE_COUNT; i++)
		record->stage_ns[i] = LUO_TIME_UNKNOWN;
	*report = (struct report){ 0 };
}
