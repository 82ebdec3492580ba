/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LUO_BOOT_H
#define LUO_BOOT_H

/*
 * A switch on the command line that this kernel was started with: 1 if on, 0 if off,
 * -ENODATA if the line leaves that to the kernel.
 */
int luo_boot_switch(const char *name);

#endif /* LUO_BOOT_H */
