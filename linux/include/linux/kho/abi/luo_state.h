/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_KHO_ABI_LUO_STATE_H
#define _LINUX_KHO_ABI_LUO_STATE_H

#include <linux/types.h>

/**
 * DOC: Live Update Orchestrator handover, own part
 *
 * What "luo-v5" has no place for stands in a KHO subtree of its own, named
 * "LUO-state", which a kernel without this orchestrator does not look at. It
 * is one &struct luo_state_ser. Later versions may append members: @length
 * says how much the writer knew, and what is missing reads as zero. A change
 * to what is here needs another compatible string.
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
 */
struct luo_state_ser {
	char compatible[16];
	u32 length;
	u32 checksum;
	u64 number;
	u64 sessions;
	u64 flags;
} __packed;

#endif /* _LINUX_KHO_ABI_LUO_STATE_H */
