// SPDX-License-Identifier: GPL-2.0-or-later
#include "interrupt.h"

#include <signal.h>
#include <stdint.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	/* The second one may mean more than the first. */
	if (interrupted < SIG_ATOMIC_MAX)
		interrupted = interrupted + 1;
}

void catch_interrupts(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

bool was_interrupted(void)
{
	return interrupted;
}

int interrupt_count(void)
{
	return interrupted;
}
