/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel command lines, read as the kernel reads them. */
#ifndef LUOCTL_CMDLINE_H
#define LUOCTL_CMDLINE_H

/* Room for any /proc/cmdline. */
#define CMDLINE_SIZE 8192

/* 1 or 0 as the last 'name=' says that makes sense as a boolean, else -1. */
int cmdline_flag(const char *line, const char *name);

/* Takes out in place what a boot loader put there about itself. */
void cmdline_strip_loader(char *line);

#endif /* LUOCTL_CMDLINE_H */
