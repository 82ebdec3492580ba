// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the previous kernel left of a memfd, in the first run of pages: its table is
 * read to the end, and what it lists is taken over or discarded, as a retrieve and a
 * finish do. Nothing is claimed twice, and what is claimed is given back.
 */
#include "memory.h"
#include "memfd_luo_table.c"

static void take_over(struct memfd_luo_reader *reader)
{
	const struct memfd_luo_folio_ser *entries;
	u64 count;

	while ((entries = memfd_luo_read_more(reader, &count))) {
		for (u64 i = 0; i < count; i++) {
			struct folio *folio = memfd_luo_restore_folio(&entries[i]);

			if (!folio) {
				memfd_luo_discard(entries + i, count - i);
				break;
			}
			folio_put(folio);
		}
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct memfd_luo_reader reader;
	struct memfd_luo_ser ser;

	if (!memory_begin(data, size))
		return 0;
	if (!memfd_luo_check(MEMORY_PA(0), &ser)) {
		kho_restore_free(phys_to_virt(MEMORY_PA(0)));
		memfd_luo_read(&reader, &ser);
		if (memory_input()->flags & INPUT_FIX)
			take_over(&reader);
		else
			memfd_luo_discard_all(&reader);
	}
	memory_end();
	return 0;
}
