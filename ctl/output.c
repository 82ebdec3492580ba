// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "luoctl.h"

static int failed(const struct output *output, int error)
{
	return fail(CODE_FAILED, "%s: %s. Nothing was written.", output->name, strerror(error));
}

/* Beside the file, as a name is only replaced on the same disk. */
static FILE *open_beside(struct output *output)
{
	mode_t mask = umask(0);
	FILE *out = NULL;
	int fd;

	umask(mask);
	snprintf(output->temporary, sizeof(output->temporary), "%s.XXXXXX", output->path);
	fd = mkstemp(output->temporary);
	if (fd >= 0 && !fchmod(fd, 0666 & ~mask))
		out = fdopen(fd, "w");
	if (fd >= 0 && !out) {
		int error = errno;

		close(fd);
		unlink(output->temporary);
		errno = error;
	}
	return out;
}

int output_open(struct output *output, const char *path)
{
	struct stat st;

	*output = (struct output){ .out = stdout, .name = path };
	if (!strcmp(path, "-"))
		return CODE_DONE;
	if (!stat(path, &st)) {
		if (S_ISREG(st.st_mode) && !realpath(path, output->path))
			return failed(output, errno);
		if (!S_ISREG(st.st_mode))
			output->out = fopen(path, "we");
	} else if (strlen(path) >= sizeof(output->path)) {
		return failed(output, ENAMETOOLONG);
	} else {
		strcpy(output->path, path);
	}
	if (*output->path)
		output->out = open_beside(output);
	return output->out ? CODE_DONE : failed(output, errno);
}

/* Standard output is looked at when luoctl ends. */
int output_close(struct output *output)
{
	int error = 0;

	if (output->out == stdout)
		return CODE_DONE;
	if (fflush(output->out) || (*output->path && fsync(fileno(output->out))))
		error = errno;
	if (fclose(output->out) && !error)
		error = errno;
	if (!error && *output->path && rename(output->temporary, output->path))
		error = errno;
	if (error && *output->path)
		unlink(output->temporary);
	return error ? failed(output, error) : CODE_DONE;
}
