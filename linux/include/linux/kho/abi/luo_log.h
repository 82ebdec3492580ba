/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_KHO_ABI_LUO_LOG_H
#define _LINUX_KHO_ABI_LUO_LOG_H

#include <linux/types.h>

/**
 * DOC: Live Update Orchestrator handover, the log
 *
 * The old kernel's log stands in a KHO subtree of its own, so that it can be
 * read when the rest of the handover cannot. It is a &struct luo_log_ser, in
 * which the text goes round: the byte written last is at @total - 1 modulo
 * @size, and once more than @size were written the oldest are gone.
 */

#define LUO_LOG_KHO_ENTRY_NAME	"LUO-log"
#define LUO_LOG_COMPATIBLE	"luo-log-v1"

/**
 * struct luo_log_ser - the log of a kernel
 * @compatible: %LUO_LOG_COMPATIBLE
 * @size: room for @text in bytes
 * @total: bytes that were ever written to @text
 * @text: lines as /dev/kmsg gives them to syslog, each with its level and time
 */
struct luo_log_ser {
	char compatible[16];
	u64 size;
	u64 total;
	u8 text[];
} __packed;

#endif /* _LINUX_KHO_ABI_LUO_LOG_H */
