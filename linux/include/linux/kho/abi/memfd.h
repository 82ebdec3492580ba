/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_KHO_ABI_MEMFD_H
#define _LINUX_KHO_ABI_MEMFD_H

#include <linux/types.h>
#include <linux/kho/abi/kexec_handover.h>

/**
 * DOC: memfd handover, "memfd-v2"
 *
 * The data word of a preserved memfd is the physical address of one
 * &struct memfd_luo_ser, whose vmalloc descriptor leads to an array with an
 * entry a folio. Shared with kernels that bring their own orchestrator:
 * nothing here may change without another compatible string.
 */

#define MEMFD_LUO_FH_COMPATIBLE		"memfd-v2"

/* The folio holds data that must not be dropped. */
#define MEMFD_LUO_FOLIO_DIRTY		BIT(0)
/* The folio's content is valid, it need not be zeroed before use. */
#define MEMFD_LUO_FOLIO_UPTODATE	BIT(1)

/* Every seal that this version carries */
#define MEMFD_LUO_ALL_SEALS		(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | \
					 F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_EXEC)

/**
 * struct memfd_luo_folio_ser - one folio of a memfd
 * @pfn: its page frame
 * @flags: MEMFD_LUO_FOLIO_*
 * @index: its place in the file, in pages
 */
struct memfd_luo_folio_ser {
	u64 pfn:52;
	u64 flags:12;
	u64 index;
} __packed __aligned(8);

/**
 * struct memfd_luo_ser - one memfd
 * @pos: file position
 * @size: size in bytes
 * @seals: F_SEAL_*
 * @flags: none yet, zero
 * @nr_folios: entries of the array
 * @folios: where the array of &struct memfd_luo_folio_ser is
 */
struct memfd_luo_ser {
	u64 pos;
	u64 size;
	u32 seals;
	u32 flags;
	u64 nr_folios;
	struct kho_vmalloc folios;
} __packed;

#endif /* _LINUX_KHO_ABI_MEMFD_H */
