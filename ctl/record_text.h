/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_RECORD_TEXT_H
#define LUOCTL_RECORD_TEXT_H

#include "history.h"

#define RECORD_TIME_SIZE 32

/* In words, on stdout. Exit codes, after a message on failure. */
int record_print(const struct record *record);
int record_print_list(const struct history *history, bool json);

/* "2026-11-23 09:00:15" in local time, or "unknown". */
const char *record_time_text(uint64_t seconds, char text[RECORD_TIME_SIZE]);

#endif /* LUOCTL_RECORD_TEXT_H */
