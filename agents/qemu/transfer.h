/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's state on its way between QEMU and a memory file.
 *
 * QEMU gets one end of a socket, and not the file: that it writes to a descriptor of
 * a file is deprecated in later versions, and what it would do instead there resizes
 * the file, which the kernel refuses once it is preserved.
 */
#ifndef LUO_QEMU_TRANSFER_H
#define LUO_QEMU_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

struct transfer {
	/* Our end, -1 when nothing more is to come or to be sent. */
	int socket;
	bool to_qemu;
	char *map;
	uint64_t size;
	uint64_t done;
};

/* @size: of the state to be sent, or of the room there is. Returns QEMU's end. */
int transfer_open(struct transfer *t, int file, uint64_t size, bool to_qemu);
/* What poll(2) is to wait for at our end. */
short transfer_events(const struct transfer *t);
/* Moves what can be moved now. -ENOSPC: more has come than there is room for. */
int transfer_move(struct transfer *t);
void transfer_close(struct transfer *t);

#endif /* LUO_QEMU_TRANSFER_H */
