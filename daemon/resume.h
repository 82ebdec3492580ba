/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resume command, which has those come back whom nobody else starts: it is run once
 * after a jump, and again where it has failed, or where somebody who had claimed what is
 * his is gone before he was restored, as long as there is one to wait for.
 */
#ifndef LUOD_RESUME_H
#define LUOD_RESUME_H

#include <stdbool.h>
#include <systemd/sd-event.h>

struct luod;

struct resume {
	unsigned int runs;
	bool is_running;
	/* While it runs: there is a reason to run it once more. */
	bool again;
	sd_event_source *timer;
};

/* Runs it, unless a luod before this one has. */
void resume_start(struct luod *luod, bool commanded);
/* Somebody has died before he was restored. */
void resume_client_gone(struct luod *luod);
/* Nobody is waited for any more. What runs goes on. */
void resume_forget(struct resume *resume);

#endif /* LUOD_RESUME_H */
