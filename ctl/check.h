/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a live update to a kernel will work, as far as that can be known before. Each
 * part adds to what has been found, and changes nothing of the machine.
 */
#ifndef LUOCTL_CHECK_H
#define LUOCTL_CHECK_H

#include "cmdline.h"
#include "finding.h"
#include "image.h"
#include "luoctl.h"

struct check {
	const struct options *options;
	const char *kernel;
	struct findings findings;
	struct luo_capabilities here;
	struct image image;
	bool has_image;
	/* The restore notes of the kernel that runs: what it hands over is in these formats. */
	struct image running;
	/* Those bound for the next kernel, and the files in them. */
	size_t sessions;
	uint64_t files;
	/* An enum luo_memfd_format that both kernels know, or LUO_MEMFD_UNKNOWN. */
	unsigned int format;
	char line[CMDLINE_SIZE];
};

/* The parts. */
void check_orchestrator(struct check *check);
void check_luod(struct check *check);
/* The latter says nothing: 0, or -errno. */
void check_preserved(struct check *check);
int count_preserved(struct check *check);
void check_image(struct check *check);
void check_formats(struct check *check);
void check_subsystems(struct check *check);
void check_command_line(struct check *check);
void check_loading(struct check *check);
void check_memory(struct check *check);
void check_initrd(struct check *check);

/*
 * Before a kernel is loaded: what is not well with it is said on stderr, and refused, but
 * for --force. *@format is that for memory files, LUO_MEMFD_UNKNOWN to leave it as it is.
 * Where live update is off nothing can be lost, and nothing is refused. An exit code.
 */
int check_before(const struct options *options, const char *kernel, unsigned int *format);

#endif /* LUOCTL_CHECK_H */
