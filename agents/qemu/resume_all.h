/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUO_QEMU_RESUME_ALL_H
#define LUO_QEMU_RESUME_ALL_H

/*
 * Every guest that came over goes on, each with an agent in the background. Returns an
 * exit status, when all go on or have failed.
 */
int resume_all(void);

#endif /* LUO_QEMU_RESUME_ALL_H */
