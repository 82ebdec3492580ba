/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_PRESERVED_H
#define LUOCTL_PRESERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "1.5 of 16.0 GiB" while the kernel preserves memory of files; else false. */
bool preserved_text(char *text, size_t size);
/* The same as a part of the whole, from 0 to 1. */
bool preserved_part(double *part);
/* How much is preserved; 0 where it is not known. */
uint64_t preserved_bytes(void);

#endif /* LUOCTL_PRESERVED_H */
