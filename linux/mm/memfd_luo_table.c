// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memfd table
 *
 * The table of a file's folios, as the previous kernel left it: an array in virtual
 * memory there, and so a chain of pages that name its pages. Nothing of it is
 * believed: neither that chain, nor what the entries point to. Each page is taken
 * over before it is looked at, which nobody else can do then.
 *
 * It is read where it lies, since whoever discards a file must not fail for want of
 * memory.
 */
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/memfd.h>
#include <linux/liveupdate.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "memfd_luo.h"

/* Handed over as one run of this order: a longer one would be claimed whole. */
static bool memfd_luo_is_run(phys_addr_t pa, unsigned int order)
{
	return liveupdate_run_order(pa) == order;
}

/* The chain of pages that the table lies in is about to be walked: is it sane? */
static bool memfd_luo_chain_ok(const struct kho_vmalloc *chain, u64 bytes)
{
	phys_addr_t pa = chain->first.phys;
	u64 pages = 0;

	if (chain->order > MAX_PAGE_ORDER || chain->total_pages > totalram_pages() ||
	    bytes > (u64)chain->total_pages << PAGE_SHIFT)
		return false;

	while (pa) {
		const struct kho_vmalloc_chunk *chunk;
		unsigned int i;

		if (!memfd_luo_is_run(pa, 0))
			return false;
		chunk = phys_to_virt(pa);
		for (i = 0; i < ARRAY_SIZE(chunk->phys) && chunk->phys[i]; i++) {
			pages += 1UL << chain->order;
			if (pages > chain->total_pages ||
			    !memfd_luo_is_run(chunk->phys[i], chain->order))
				return false;
		}
		/* A chunk of nothing would let a loop go on for ever. */
		if (!i)
			return false;
		pa = chunk->hdr.next.phys;
	}
	return pages == chain->total_pages;
}

/**
 * memfd_luo_check - check what the previous kernel says of a file
 * @data: the word that it left, unchecked
 * @ser: set to what it leads to
 *
 * Takes nothing over yet.
 *
 * Return: 0; -EINVAL where it cannot be believed; -EPROTONOSUPPORT where it says
 * more than this version knows.
 */
int memfd_luo_check(u64 data, struct memfd_luo_ser *ser)
{
	if (!liveupdate_handed_over(data, sizeof(*ser)))
		return -EINVAL;
	memcpy(ser, phys_to_virt(data), sizeof(*ser));

	if (ser->flags || ser->seals & ~MEMFD_LUO_ALL_SEALS)
		return -EPROTONOSUPPORT;
	if (ser->size > MAX_LFS_FILESIZE || ser->pos > MAX_LFS_FILESIZE ||
	    ser->nr_folios > DIV_ROUND_UP_ULL(ser->size, PAGE_SIZE) ||
	    ser->nr_folios > UINT_MAX)
		return -EINVAL;
	if (ser->nr_folios &&
	    !memfd_luo_chain_ok(&ser->folios, ser->nr_folios * sizeof(struct memfd_luo_folio_ser)))
		return -EINVAL;
	return 0;
}

static void *memfd_luo_claim(phys_addr_t pa, unsigned int order)
{
	if (!memfd_luo_is_run(pa, order))
		return NULL;
	return kho_restore_pages(pa, 1UL << order) ? phys_to_virt(pa) : NULL;
}

static void memfd_luo_release(void *memory, unsigned int order)
{
	struct page *page = virt_to_page(memory);

	for (unsigned int i = 0; i < 1U << order; i++)
		__free_page(page + i);
}

/* Returns whether there is another page that names pages. */
static bool memfd_luo_next_chunk(struct memfd_luo_reader *r)
{
	if (r->chunk)
		memfd_luo_release(r->chunk, 0);
	r->chunk = r->next ? memfd_luo_claim(r->next, 0) : NULL;
	r->slot = 0;
	r->next = r->chunk ? r->chunk->hdr.next.phys : 0;
	return r->chunk;
}

static void *memfd_luo_next_run(struct memfd_luo_reader *r)
{
	void *run;

	while (!r->chunk || r->slot == ARRAY_SIZE(r->chunk->phys) || !r->chunk->phys[r->slot]) {
		if (!memfd_luo_next_chunk(r))
			return NULL;
	}
	run = memfd_luo_claim(r->chunk->phys[r->slot++], r->order);
	if (!run) {
		/* What follows cannot be found any more. */
		r->next = 0;
		memfd_luo_next_chunk(r);
	}
	return run;
}

/**
 * memfd_luo_read - begin to read the table of a file
 * @r: the reader
 * @ser: the file, checked
 *
 * To be read to its end, which is what gives the table's pages back.
 */
void memfd_luo_read(struct memfd_luo_reader *r, const struct memfd_luo_ser *ser)
{
	*r = (struct memfd_luo_reader) { .left = ser->nr_folios };
	/* Where there is no table, what leads to it was not checked. */
	if (ser->nr_folios) {
		r->next = ser->folios.first.phys;
		r->order = ser->folios.order;
	}
}

/**
 * memfd_luo_read_more - the next entries of the table
 * @r: the reader
 * @count: set to how many
 *
 * Return: the entries, none of them checked, valid until the next call; NULL at the
 * end, where &memfd_luo_reader.left tells whether something was missing.
 */
const struct memfd_luo_folio_ser *memfd_luo_read_more(struct memfd_luo_reader *r, u64 *count)
{
	if (r->run)
		memfd_luo_release(r->run, r->order);
	r->run = memfd_luo_next_run(r);
	if (!r->run)
		return NULL;
	*count = min(r->left, (PAGE_SIZE << r->order) / sizeof(struct memfd_luo_folio_ser));
	r->left -= *count;
	return r->run;
}

/**
 * memfd_luo_restore_folio - take a folio over
 * @entry: which, unchecked
 *
 * Return: the folio, with a reference, or NULL where none was handed over there.
 */
struct folio *memfd_luo_restore_folio(const struct memfd_luo_folio_ser *entry)
{
	phys_addr_t pa = PFN_PHYS(entry->pfn);

	return liveupdate_handed_over(pa, PAGE_SIZE) ? kho_restore_folio(pa) : NULL;
}

/**
 * memfd_luo_discard - give folios back to the system
 * @entries: which, unchecked
 * @count: how many
 *
 * Return: whether every one of them was there.
 */
bool memfd_luo_discard(const struct memfd_luo_folio_ser *entries, u64 count)
{
	bool complete = true;

	for (u64 i = 0; i < count; i++) {
		struct folio *folio = memfd_luo_restore_folio(&entries[i]);

		if (folio)
			folio_put(folio);
		else
			complete = false;
		cond_resched();
	}
	return complete;
}

/**
 * memfd_luo_discard_all - give back what is left of a file, and of its table
 * @r: the reader
 *
 * Return: whether all of it was there.
 */
bool memfd_luo_discard_all(struct memfd_luo_reader *r)
{
	const struct memfd_luo_folio_ser *entries;
	bool complete = true;
	u64 count;

	while ((entries = memfd_luo_read_more(r, &count)))
		complete &= memfd_luo_discard(entries, count);
	return complete && !r->left;
}
