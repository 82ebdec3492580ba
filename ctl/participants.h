/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Participants, as the verbs that list them show them. */
#ifndef LUOCTL_PARTICIPANTS_H
#define LUOCTL_PARTICIPANTS_H

#include <json-c/json.h>
#include <stdint.h>

/* An object with the name, the kind and what the flags say. */
struct json_object *participant_json(const char *name, uint32_t flags);

#endif /* LUOCTL_PARTICIPANTS_H */
