/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUOD_PHASE_H
#define LUOD_PHASE_H

/* Where luod stands; docs/protocol.md tells what each means. */
enum phase {
	PHASE_IDLE,
	PHASE_LOADING,
	PHASE_PRESERVING,
	PHASE_PREPARING,
	PHASE_FREEZING,
	PHASE_JUMPING,
	PHASE_CANCELLING,
	PHASE_RESTORING,
	PHASE_FINISHING,
	PHASE_COUNT,
};

/* Room for an update's id and for a reason, the terminating zero included. */
#define UPDATE_ID_SIZE	33
#define REASON_SIZE	256

#endif /* LUOD_PHASE_H */
