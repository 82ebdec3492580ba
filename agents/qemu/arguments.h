/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUO_QEMU_ARGUMENTS_H
#define LUO_QEMU_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether QEMU can be built again with these arguments, and they leave alone what is
 * the agent's. If not, @why has the reason.
 */
bool arguments_are_good(char *const *argv, char *why, size_t size);

/* "256M": bytes, with K, M, G or T; 0 if it is no size of whole pages. */
uint64_t parse_size(const char *text);

#endif /* LUO_QEMU_ARGUMENTS_H */
