/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_TRACE_H
#define LUOCTL_TRACE_H

#include "record.h"

/*
 * On stdout, as trace events in JSON: complete events ("X") in microseconds since the update
 * began, a process for each kind of row, a thread for each row. An exit code.
 */
int trace_print(const struct record *record);

#endif /* LUOCTL_TRACE_H */
