/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent as a client of luod, as docs/protocol.md has it. */
#ifndef LUO_QEMU_CLIENT_H
#define LUO_QEMU_CLIENT_H

#include "agent.h"

/* When there is nothing else to be done: connects and subscribes, if it is time to. */
void client_ask(struct agent *agent);
/* Takes what luod has said. */
void client_hear(struct agent *agent);
/* Tells luod how far preserving is, or, once it has @ended, what became of it. */
void client_look_at_preserve(struct agent *agent, bool ended);
/* Hangs up. */
void client_lose(struct agent *agent);
/* Until client_ask() has something to do; -1: it has not. */
int client_timeout(const struct agent *agent);

#endif /* LUO_QEMU_CLIENT_H */
