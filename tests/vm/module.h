/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sample module, which lies beside the image of the kernel that runs. */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>
#include <linux/liveupdate.h>
#include <stddef.h>

#define SAMPLE	"/sys/kernel/liveupdate_sample"

/* 0 or -errno */
int load_module(const char *parameters);
int unload(void);
int put(const char *path, const char *text);
/* An empty text where there is none; without the end of the line */
void get(const char *path, char *text, size_t room);
/* Which callback the sample refuses; "" for none */
void refuse(const char *callback);
bool participant(int dev, const char *name, struct liveupdate_participant_info *info);

#endif
