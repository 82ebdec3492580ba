/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_INTERRUPT_H
#define LUOCTL_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM and SIGHUP are noted instead of ending the command. */
void catch_interrupts(void);
bool was_interrupted(void);
int interrupt_count(void);

#endif /* LUOCTL_INTERRUPT_H */
