/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that is there whole or as it was before. */
#ifndef LUOCTL_OUTPUT_H
#define LUOCTL_OUTPUT_H

#include <limits.h>
#include <stdio.h>

struct output {
	FILE *out;
	/* What is asked for, where that is, and what is written until it is complete. */
	const char *name;
	char path[PATH_MAX];
	char temporary[PATH_MAX + 8];
};

/* "-" is standard output; what is no regular file is written to as it is. Exit codes. */
int output_open(struct output *output, const char *path);
int output_close(struct output *output);

#endif /* LUOCTL_OUTPUT_H */
