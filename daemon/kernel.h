/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an update asks of the kernel. On a stock kernel, which has sessions but no
 * states, there is nothing to be done for prepare, freeze and cancel.
 */
#ifndef LUOD_KERNEL_H
#define LUOD_KERNEL_H

struct luod;

/* As jobs; @data is struct luod, of which nothing changes meanwhile that they look at. */
int kernel_load(void *data);
int kernel_prepare(void *data);
int kernel_finish(void *data);

int kernel_freeze(struct luod *luod);
void kernel_cancel(struct luod *luod);
/* Takes out again what kernel_load() has put in. */
void kernel_unload(struct luod *luod);
int kernel_choose_format(struct luod *luod);
/* In words, for what kexec_file_load() says. */
const char *kernel_load_error(int error);

#endif /* LUOD_KERNEL_H */
