/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures in the text format of Prometheus. */
#ifndef LUOCTL_METRICS_H
#define LUOCTL_METRICS_H

#include <stdint.h>
#include <stdio.h>

/* What comes before the values of one. */
void metrics_head(FILE *out, const char *name, const char *type, const char *help);
/* One value; without a label where @label is NULL. Label values may be any text. */
void metrics_value(FILE *out, const char *name, const char *label, const char *text, double value);
/* One that has a single value. */
void metrics_single(FILE *out, const char *name, const char *type, const char *help, double value);

/* metrics_history.c: of what luod has on record. An exit code. */
int metrics_history(FILE *out);

#endif /* LUOCTL_METRICS_H */
