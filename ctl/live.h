/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far something is. On a terminal one line is written over and over, with the time,
 * and stays when it is about something else; below it is a track, which does not. Else
 * lines come as there is news, not more than one a second unless it matters.
 */
#ifndef LUOCTL_LIVE_H
#define LUOCTL_LIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "track.h"

void live_start(FILE *out);
/* @about: what is to stay when another begins. @matters: to be said at once. */
void live_show(const char *about, const char *text, bool matters);
/* Where that is on its way: for what is shown next. */
void live_track(struct track track);
/* Some time has passed. */
void live_tick(void);
/* A line of its own, which stays. */
void live_line(const char *text);
/* Something else is to be written: the line stays as it is. */
void live_clear(void);
/* Times of lines count from @ms ago on. */
void live_began(int64_t ms);
void live_end(void);

#endif /* LUOCTL_LIVE_H */
