/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files by extents, each damaged in a way of its own */
#ifndef CORRUPT_H
#define CORRUPT_H

/*
 * Preserves them in a session, or only those with one damage; returns what luo-debug is to
 * be told of them.
 */
const char *preserve_damaged(int session, const char *only);
/* None of them is retrieved, and each says why. */
void damaged_are_refused(int session);

#endif
