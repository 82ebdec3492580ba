/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control groups, of which systemd makes one for each unit. */
#ifndef LUO_QEMU_CGROUP_H
#define LUO_QEMU_CGROUP_H

#include <sys/types.h>

/* @process is in the same group as this one from now on. -EOPNOTSUPP: there are none. */
int cgroup_fetch(pid_t process);

#endif /* LUO_QEMU_CGROUP_H */
