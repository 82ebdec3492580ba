/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's arguments: those that were asked for, and those that make it ours. */
#ifndef LUO_QEMU_ARGUMENTS_H
#define LUO_QEMU_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guest;

/*
 * Whether QEMU can be built again with these arguments, and they leave alone what is
 * the agent's. If not, @why has the reason.
 */
bool arguments_are_good(char *const *argv, char *why, size_t size);

/* What is in "pc-q35-7.2" and the like; it becomes part of an option. */
bool machine_is_valid(const char *machine);

/*
 * For execvp(3), to be freed as a whole; refers to @guest's. The guest's memory is at
 * descriptor @memory, the monitor's socket, which listens, at @monitor. NULL: no memory.
 */
const char **arguments_build(const struct guest *guest, bool incoming, int memory, int monitor);

/* "256M": bytes, with K, M, G or T; 0 if it is no size of whole pages. */
uint64_t parse_size(const char *text);

#endif /* LUO_QEMU_ARGUMENTS_H */
