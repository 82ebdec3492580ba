/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in an initial ramdisk: archives of cpio, one after the other, packed or not. */
#ifndef LUOCTL_INITRD_H
#define LUOCTL_INITRD_H

#include <stdbool.h>

struct initrd {
	unsigned int files;
	/* A program for the kernel to start. */
	bool has_init;
	bool starts_luod;
	/* Modules of any kernel, and of the one that was asked for. */
	bool has_modules;
	bool has_own_modules;
};

/* On failure *why is a sentence's end in static memory, and what is returned -errno. */
int initrd_read(const char *path, const char *release, struct initrd *initrd, const char **why);

#endif /* LUOCTL_INITRD_H */
