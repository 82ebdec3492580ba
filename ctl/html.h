/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOCTL_HTML_H
#define LUOCTL_HTML_H

#include "record.h"

/* One page that needs nothing else, to @path, or to stdout with "-". An exit code. */
int html_write(const struct record *record, const char *path);

#endif /* LUOCTL_HTML_H */
