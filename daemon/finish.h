/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of an update after the jump: nothing is kept any longer, and it is on record. */
#ifndef LUOD_FINISH_H
#define LUOD_FINISH_H

struct luod;

/* Outlives luod, but not the machine's next boot. */
#define RESTORE_FILE	LUOD_RUN "/update.json"
#define RECORD_FILE	LUOD_STATE "/last-update.json"

/* Whoever is not back by now is given up. */
void finish_start(struct luod *luod);

#endif /* LUOD_FINISH_H */
