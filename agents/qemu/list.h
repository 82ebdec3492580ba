/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUO_QEMU_LIST_H
#define LUO_QEMU_LIST_H

/* A table of guests on stdout; an exit status. */
int list_guests(void);

#endif /* LUO_QEMU_LIST_H */
