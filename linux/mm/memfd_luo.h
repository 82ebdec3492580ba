/* SPDX-License-Identifier: GPL-2.0 */
/* Between saving and restoring memfds, and reading what the previous kernel left */
#ifndef _MM_MEMFD_LUO_H
#define _MM_MEMFD_LUO_H

#include <linux/kho/abi/memfd.h>
#include <linux/types.h>

struct folio;

/**
 * struct memfd_luo_reader - reads the table of folios where it lies
 * @chunk: the page that names the table's pages, taken over; NULL at the end
 * @next: address of the one after it, unchecked
 * @slot: which page of the table is next
 * @order: they come in runs of so many
 * @run: the run that is read now, taken over; NULL for none
 * @left: entries behind it
 *
 * Takes no memory, so that discarding a file cannot fail for want of it, and gives
 * the table's pages back as it goes. What is being read is taken over before: an
 * entry that claims it as if it were the file's finds nothing.
 */
struct memfd_luo_reader {
	struct kho_vmalloc_chunk *chunk;
	phys_addr_t next;
	unsigned int slot;
	unsigned int order;
	void *run;
	u64 left;
};

int memfd_luo_check(u64 data, struct memfd_luo_ser *ser);
void memfd_luo_read(struct memfd_luo_reader *r, const struct memfd_luo_ser *ser);
const struct memfd_luo_folio_ser *memfd_luo_read_more(struct memfd_luo_reader *r, u64 *count);
struct folio *memfd_luo_restore_folio(const struct memfd_luo_folio_ser *entry);
bool memfd_luo_discard(const struct memfd_luo_folio_ser *entries, u64 count);
bool memfd_luo_discard_all(struct memfd_luo_reader *r);

#endif /* _MM_MEMFD_LUO_H */
