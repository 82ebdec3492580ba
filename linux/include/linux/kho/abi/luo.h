/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_KHO_ABI_LUO_H
#define _LINUX_KHO_ABI_LUO_H

#include <linux/align.h>
#include <linux/kho/abi/block.h>
#include <uapi/linux/liveupdate.h>

/**
 * DOC: Live Update Orchestrator handover, shared part
 *
 * The wire format "luo-v5": sessions, their files, and global data bound to
 * files, as every kernel with an orchestrator of that version writes and reads
 * them. Nothing here may change without another compatible string, or a
 * machine could no longer go from such a kernel to this one and back. What
 * this orchestrator adds has a place of its own, see luo_state.h.
 *
 * The KHO subtree "LUO" is one &struct luo_ser. From it hang::
 *
 *   luo_ser.sessions_pa -> block of luo_session_ser -> next block ...
 *                            |
 *                            +-- file_set_ser.files -> block of luo_file_ser
 *   luo_ser.flbs_pa ----> luo_flb_header_ser, luo_flb_ser[count]
 *
 * where a block is a page led by a &struct kho_block_header_ser. All addresses
 * are physical; zero means none.
 */

#define LUO_KHO_ENTRY_NAME		"LUO"
#define LUO_ABI_COMPATIBLE		"luo-v5"
#define LUO_ABI_COMPAT_LEN		ALIGN(sizeof(LUO_ABI_COMPATIBLE), 8)

#define LIVEUPDATE_HNDL_COMPAT_LENGTH	48
#define LIVEUPDATE_FLB_COMPAT_LENGTH	48

/**
 * struct luo_ser - root of the shared part
 * @compatible: %LUO_ABI_COMPATIBLE
 * @liveupdate_num: number of the live update that this handover is
 * @sessions_pa: first block of &struct luo_session_ser
 * @flbs_pa: page led by a &struct luo_flb_header_ser
 */
struct luo_ser {
	char compatible[LUO_ABI_COMPAT_LEN];
	u64 liveupdate_num;
	u64 sessions_pa;
	u64 flbs_pa;
} __packed;

/**
 * struct luo_file_ser - one file of a session
 * @compatible: names the handler that can restore it
 * @data: that handler's own
 * @token: the owner's number for it
 */
struct luo_file_ser {
	char compatible[LIVEUPDATE_HNDL_COMPAT_LENGTH];
	u64 data;
	u64 token;
} __packed;

/**
 * struct luo_file_set_ser - the files of a session
 * @files: first block of &struct luo_file_ser
 * @count: how many there are in all blocks together
 */
struct luo_file_set_ser {
	u64 files;
	u64 count;
} __packed;

/**
 * struct luo_session_ser - one session
 * @name: its name, zero-terminated
 * @file_set_ser: its files
 */
struct luo_session_ser {
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];
	struct luo_file_set_ser file_set_ser;
} __packed;

/**
 * struct luo_flb_header_ser - leads the table of file-lifecycle-bound data
 * @pgcnt: pages that the header and its table occupy
 * @count: entries that follow
 */
struct luo_flb_header_ser {
	u64 pgcnt;
	u64 count;
} __packed;

/**
 * struct luo_flb_ser - one object of file-lifecycle-bound data
 * @name: its compatible string
 * @data: its owner's own
 * @count: how many preserved files depend on it
 */
struct luo_flb_ser {
	char name[LIVEUPDATE_FLB_COMPAT_LENGTH];
	u64 data;
	u64 count;
} __packed;

/* Names that the kernel's in-kernel test, lib/tests/liveupdate.c, uses */
#ifdef CONFIG_LIVEUPDATE_TEST
#define LIVEUPDATE_TEST_FLB_COMPATIBLE(i)	"liveupdate-test-flb-v" #i
#endif

#endif /* _LINUX_KHO_ABI_LUO_H */
