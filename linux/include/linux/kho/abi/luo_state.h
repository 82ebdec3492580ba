/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_KHO_ABI_LUO_STATE_H
#define _LINUX_KHO_ABI_LUO_STATE_H

#include <linux/types.h>
#include <uapi/linux/liveupdate.h>

/**
 * DOC: Live Update Orchestrator handover, own part
 *
 * What "luo-v5" has no place for stands in a KHO subtree of its own, named
 * "LUO-state", which a kernel without this orchestrator does not look at. It
 * is one &struct luo_state_ser. Later versions may append members: @length
 * says how much the writer knew, and what is missing reads as zero. A change
 * to what is here needs another compatible string.
 *
 * From there a chain of KHO blocks holds a &struct luo_participant_ser for each
 * participant of the old kernel: what subsystems left, and how long everybody
 * took.
 */

#define LUO_STATE_KHO_ENTRY_NAME	"LUO-state"
#define LUO_STATE_COMPATIBLE		"luo-state-v1"

/* FREEZE was reached: the shared part is complete and meant to be restored. */
#define LUO_STATE_SER_FROZEN		BIT(0)
/* An orchestrator sent the events: only its FINISH ends the update. */
#define LUO_STATE_SER_EXPLICIT		BIT(1)

/**
 * struct luo_state_ser - root of our own part
 * @compatible: %LUO_STATE_COMPATIBLE
 * @length: bytes of this structure that the writer filled in
 * @checksum: CRC-32 over those bytes, itself counted as zero
 * @number: &luo_ser.liveupdate_num, to tell parts that do not belong together
 * @sessions: how many sessions were handed over
 * @flags: LUO_STATE_SER_*
 * @participants: first block of &struct luo_participant_ser, 0 for none
 * @participants_count: how many there are in all blocks
 * @participants_checksum: CRC-32 over all of them, in order
 * @clock_khz: rate of the counter that the following are values of, 0 where
 *	there is none that goes on over the jump
 * @clock_freeze: when FREEZE began
 * @clock_frozen: when FROZEN was reached
 * @clock_departed: when the kernel was left, 0 where that is not known
 * @prepare_ns: how long PREPARE took
 * @freeze_ns: how long FREEZE took
 * @release: release of the writing kernel
 */
struct luo_state_ser {
	char compatible[16];
	u32 length;
	u32 checksum;
	u64 number;
	u64 sessions;
	u64 flags;
	u64 participants;
	u64 participants_count;
	u32 participants_checksum;
	u32 clock_khz;
	u64 clock_freeze;
	u64 clock_frozen;
	u64 clock_departed;
	u64 prepare_ns;
	u64 freeze_ns;
	char release[LIVEUPDATE_RELEASE_LENGTH];
} __packed;

/* What the first version had; no root is shorter. */
#define LUO_STATE_SER_MIN	offsetofend(struct luo_state_ser, flags)

/* A subsystem, which wants its @data back */
#define LUO_PARTICIPANT_SER_SUBSYSTEM	BIT(0)
/* The next kernel may do without it. */
#define LUO_PARTICIPANT_SER_OPTIONAL	BIT(1)

/**
 * struct luo_participant_ser - what a participant of the old kernel left
 * @name: its name
 * @data: the word that a subsystem set
 * @flags: LUO_PARTICIPANT_SER_*
 * @prepare_ns: how long it took to prepare, %LIVEUPDATE_TIME_UNKNOWN if not at
 *	all
 * @freeze_ns: the same to freeze
 */
struct luo_participant_ser {
	char name[LIVEUPDATE_PARTICIPANT_NAME_LENGTH];
	u64 data;
	u64 flags;
	u64 prepare_ns;
	u64 freeze_ns;
} __packed;

#endif /* _LINUX_KHO_ABI_LUO_STATE_H */
