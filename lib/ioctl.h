/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls on the device and its sessions, one function an ioctl; the rest of
 * the library knows nothing of their numbers and layouts.
 */
#ifndef LUO_IOCTL_H
#define LUO_IOCTL_H

#include <stdbool.h>

#include "libluo.h"

int luo_ioctl_get_state(int fd, struct luo_status *status);
int luo_ioctl_set_event(int fd, uint32_t event, char culprit[LUO_CULPRIT_SIZE]);
/* Whether the device has these calls, which are not carried out; only where it has states. */
bool luo_ioctl_has_lists(int fd);
bool luo_ioctl_has_report(int fd);

int luo_ioctl_create_session(int fd, const char *name);
int luo_ioctl_retrieve_session(int fd, const char *name);

/* These set *count to how many there are, which may be more than fit. */
int luo_ioctl_list_sessions(int fd, struct luo_session_info *list, uint32_t *count);
int luo_ioctl_list_participants(int fd, struct luo_participant_info *list, uint32_t *count);
int luo_ioctl_get_report(int fd, struct luo_report *report, struct luo_report_entry *list,
			 uint32_t *count);
int luo_ioctl_list_fds(int session, uint64_t *tokens, uint32_t *count);

int luo_ioctl_preserve_fd(int session, int fd, uint64_t token);
int luo_ioctl_unpreserve_fd(int session, uint64_t token);
int luo_ioctl_retrieve_fd(int session, uint64_t token);
int luo_ioctl_get_name(int session, char name[LUO_NAME_SIZE]);
int luo_ioctl_finish(int session);

#endif /* LUO_IOCTL_H */
