// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memfd preservation
 *
 * A file made by memfd_create(2) can be handed over to the next kernel in a
 * live update: its pages stay where they are in memory, and the next kernel
 * builds a file around them. This is the stock format, in which each folio is
 * listed.
 *
 * What survives: size, content, file position, seals. A hole gets its pages
 * when the file is preserved, because one that is written to later could not
 * be handed over any more. What does not: the name, FD_CLOEXEC, owner and
 * times. A file that may not be executed (MFD_NOEXEC_SEAL) stays so.
 *
 * Life cycle: from preservation on the file keeps its size, and no page can be
 * punched out, added or moved: those that it has are pinned, outside the
 * memory that the next kernel boots in. They can still be written to. The
 * table that lists them is written then. Only position and seals are saved
 * again in the blackout, whatever the size of the file. The next kernel puts
 * folio after folio into a new file when it is retrieved, charged to whoever
 * does that. When that fails for want of memory, it goes on where it is tried
 * again. A file that nobody retrieves gives its pages back.
 *
 * Locking: the inode lock, while a file is preserved and unpreserved.
 */
#define pr_fmt(fmt) "liveupdate: memfd: " fmt

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/memfd.h>
#include <linux/liveupdate.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "internal.h"
#include "memfd_luo.h"

/* Folios that are pinned, and moved out of the way, in one go */
#define MEMFD_LUO_PIN_BATCH	16384
/* Folios after which it is told how far it has come, and may be ended */
#define MEMFD_LUO_TELL_BATCH	1024

/**
 * struct memfd_luo_table - the table of a file that is being preserved
 * @entries: its entries
 * @count: how many there are
 * @kept: how many of these KHO was told of
 * @room: how many there is room for
 * @pages: how many pages the file has, holes included
 * @done: how many of these were told to be preserved
 */
struct memfd_luo_table {
	struct memfd_luo_folio_ser *entries;
	u64 count;
	u64 kept;
	u64 room;
	u64 pages;
	u64 done;
};

/*
 * The page may become dirty or be written to for the first time after it was
 * listed, without anybody noticing: so it is listed as both, and made so. One
 * that is pinned stays so, as nobody writes it out.
 */
static void memfd_luo_settle_folio(struct folio *folio)
{
	if (folio_test_uptodate(folio) && folio_test_dirty(folio))
		return;
	folio_lock(folio);
	if (!folio_test_uptodate(folio)) {
		folio_zero_range(folio, 0, folio_size(folio));
		flush_dcache_folio(folio);
		folio_mark_uptodate(folio);
	}
	folio_mark_dirty(folio);
	folio_unlock(folio);
	cond_resched();
}

static void memfd_luo_drop_folios(const struct memfd_luo_folio_ser *entries, u64 count,
				  u64 kept)
{
	while (count--) {
		struct folio *folio = pfn_folio(entries[count].pfn);

		if (count < kept)
			kho_unpreserve_folio(folio);
		unpin_folio(folio);
		cond_resched();
	}
}

/* Pins and lists the next folios from page *@at on, and moves it past them. */
static int memfd_luo_pin_batch(struct file *file, struct memfd_luo_table *table,
			       struct folio **folios, pgoff_t *at, loff_t last)
{
	pgoff_t offset;
	long n, i;

	n = memfd_pin_folios(file, (loff_t)*at << PAGE_SHIFT, last, folios,
			     min(table->room, MEMFD_LUO_PIN_BATCH), &offset);
	if (n < 0)
		return n;
	if (WARN_ON_ONCE(n > table->room - table->count)) {
		unpin_folios(folios, n);
		return -EIO;
	}
	for (i = 0; i < n; i++) {
		struct memfd_luo_folio_ser *entry = &table->entries[table->count];

		if (!memfd_luo_still_has(file, folios[i])) {
			unpin_folios(folios + i, n - i);
			break;
		}
		table->count++;
		entry->pfn = folio_pfn(folios[i]);
		entry->flags = MEMFD_LUO_FOLIO_DIRTY | MEMFD_LUO_FOLIO_UPTODATE;
		entry->index = folios[i]->index;
		*at = folio_next_index(folios[i]);
	}
	return 0;
}

static int memfd_luo_pin(struct file *file, struct memfd_luo_table *table, loff_t size)
{
	struct folio **folios;
	pgoff_t at = 0;
	int err = 0;

	folios = kvmalloc_objs(*folios, min(table->room, MEMFD_LUO_PIN_BATCH));
	if (!folios)
		return -ENOMEM;
	while (at < table->pages && !err) {
		err = memfd_luo_pin_batch(file, table, folios, &at, size - 1);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	kvfree(folios);
	return err;
}

/* So many pages of the file are done. */
static void memfd_luo_tell(struct memfd_luo_table *table, u64 done)
{
	liveupdate_progress((long)table->done - (long)done, (long)done - (long)table->done);
	table->done = done;
}

/*
 * Only once all are pinned: KHO needs pages of its own for this, and if these
 * lay between those of the file, the next kernel would have more and shorter
 * pieces of memory to reserve, which takes time in the blackout.
 */
static int memfd_luo_keep(struct memfd_luo_table *table)
{
	int err;

	for (; table->kept < table->count; table->kept++) {
		struct folio *folio = pfn_folio(table->entries[table->kept].pfn);

		if (!(table->kept % MEMFD_LUO_TELL_BATCH)) {
			memfd_luo_tell(table, table->entries[table->kept].index);
			if (fatal_signal_pending(current))
				return -EINTR;
			cond_resched();
		}
		err = kho_preserve_folio(folio);
		if (err)
			return err;
		memfd_luo_settle_folio(folio);
	}
	memfd_luo_tell(table, table->pages);
	return 0;
}

/* A file of large folios has far fewer entries than pages. */
static int memfd_luo_trim(struct memfd_luo_table *table)
{
	struct memfd_luo_folio_ser *entries;

	if (table->count > table->room / 2)
		return 0;
	entries = vcalloc(table->count, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	memcpy(entries, table->entries, table->count * sizeof(*entries));
	vfree(table->entries);
	table->entries = entries;
	table->room = table->count;
	return 0;
}

static int memfd_luo_save(struct file *file, struct memfd_luo_ser *ser,
			  struct memfd_luo_folio_ser **entriesp)
{
	struct memfd_luo_table table = { .room = DIV_ROUND_UP_ULL(ser->size, PAGE_SIZE) };
	int err;

	if (!table.room)
		return 0;
	table.pages = table.room;
	/* The format counts pages of its table, and pinning counts folios, in 32 bits. */
	if (table.room > UINT_MAX)
		return -EFBIG;
	table.entries = vcalloc(table.room, sizeof(*table.entries));
	if (!table.entries)
		return -ENOMEM;

	liveupdate_progress(table.pages, 0);
	err = memfd_luo_pin(file, &table, ser->size);
	if (!err)
		err = memfd_luo_keep(&table);
	liveupdate_progress((long)table.done - (long)table.pages, 0);
	if (!err)
		err = memfd_luo_trim(&table);
	if (!err)
		err = kho_preserve_vmalloc(table.entries, &ser->folios);
	if (err) {
		memfd_luo_drop_folios(table.entries, table.count, table.kept);
		liveupdate_progress(0, -(long)table.done);
		vfree(table.entries);
		return err;
	}
	ser->nr_folios = table.count;
	*entriesp = table.entries;
	return 0;
}

static int memfd_luo_save_attributes(struct file *file, struct memfd_luo_ser *ser)
{
	u32 seals;
	u64 pos;
	int err;

	err = memfd_luo_attributes(file, &seals, &pos);
	if (err)
		return err;
	ser->seals = seals;
	ser->pos = pos;
	return 0;
}

static int memfd_luo_preserve(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_folio_ser *entries = NULL;
	struct inode *inode = file_inode(args->file);
	struct memfd_luo_ser *ser;
	int err;

	ser = kho_alloc_preserve(sizeof(*ser));
	if (IS_ERR(ser))
		return PTR_ERR(ser);

	inode_lock(inode);
	shmem_freeze(inode, true);
	ser->size = i_size_read(inode);
	err = memfd_luo_save_attributes(args->file, ser);
	if (!err)
		err = memfd_luo_save(args->file, ser, &entries);
	if (err)
		shmem_freeze(inode, false);
	inode_unlock(inode);

	if (err) {
		kho_unpreserve_free(ser);
		return err;
	}
	args->private_data = entries;
	args->serialized_data = virt_to_phys(ser);
	return 0;
}

static void memfd_luo_unpreserve(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_ser *ser = phys_to_virt(args->serialized_data);
	struct inode *inode = file_inode(args->file);

	inode_lock(inode);
	if (ser->nr_folios) {
		kho_unpreserve_vmalloc(&ser->folios);
		memfd_luo_drop_folios(args->private_data, ser->nr_folios, ser->nr_folios);
		liveupdate_progress(0, -(long)DIV_ROUND_UP_ULL(ser->size, PAGE_SIZE));
		vfree(args->private_data);
	}
	shmem_freeze(inode, false);
	inode_unlock(inode);
	kho_unpreserve_free(ser);
}

static int memfd_luo_freeze(struct liveupdate_file_op_args *args)
{
	return memfd_luo_save_attributes(args->file, phys_to_virt(args->serialized_data));
}

/**
 * struct memfd_luo_in - a file that is being retrieved
 * @ser: what was handed over
 * @reader: what is left of its table
 * @entries: the entries that were read last
 * @count: how many of them are left
 * @folio: that of the first of them, where it was taken over already
 * @fill: the file, and the folios that are put in
 */
struct memfd_luo_in {
	struct memfd_luo_ser ser;
	struct memfd_luo_reader reader;
	const struct memfd_luo_folio_ser *entries;
	u64 count;
	struct folio *folio;
	struct memfd_luo_fill fill;
};

/* Takes nothing over where it fails. */
static int memfd_luo_open(struct memfd_luo_in *in, u64 data)
{
	int err = memfd_luo_check(data, &in->ser);

	if (err)
		return err;
	kho_restore_free(phys_to_virt(data));
	memfd_luo_read(&in->reader, &in->ser);
	return 0;
}

/* Gives back what is left. Returns whether everything was there. */
static bool memfd_luo_close(struct memfd_luo_in *in)
{
	bool complete;

	memfd_luo_fill_drop(&in->fill);
	if (in->folio) {
		folio_put(in->folio);
		in->entries++;
		in->count--;
	}
	complete = memfd_luo_discard(in->entries, in->count);
	return memfd_luo_discard_all(&in->reader) && complete;
}

/* Takes the folio of an entry over. */
static struct folio *memfd_luo_take(const struct memfd_luo_folio_ser *entry, u64 pages)
{
	struct folio *folio = memfd_luo_restore_folio(entry);

	if (!folio)
		return NULL;
	if (entry->index >= pages || !IS_ALIGNED(entry->index, folio_nr_pages(folio))) {
		folio_put(folio);
		return NULL;
	}
	if (!(entry->flags & MEMFD_LUO_FOLIO_UPTODATE)) {
		folio_zero_range(folio, 0, folio_size(folio));
		flush_dcache_folio(folio);
	}
	return folio;
}

/* Sets *@more where there may be more to be put in. */
static int memfd_luo_put_in_one(struct memfd_luo_in *in, bool *more)
{
	u64 pages = DIV_ROUND_UP_ULL(in->ser.size, PAGE_SIZE);

	if (!in->folio) {
		/* A table may have more room than entries. */
		while (!in->count && *more) {
			in->entries = memfd_luo_read_more(&in->reader, &in->count);
			*more = in->entries;
		}
		if (!*more)
			return in->reader.left ? -EINVAL : memfd_luo_fill(&in->fill);
		in->folio = memfd_luo_take(in->entries, pages);
		if (!in->folio)
			return -EINVAL;
	}
	while (!memfd_luo_fill_add(&in->fill, in->folio, in->entries->index)) {
		int err = memfd_luo_fill(&in->fill);

		if (err)
			return err;
	}
	in->folio = NULL;
	in->entries++;
	in->count--;
	return 0;
}

static int memfd_luo_retrieve_file(struct memfd_luo_in *in)
{
	bool more = true;
	int err = 0;

	if (!in->fill.folios)
		err = memfd_luo_fill_init(&in->fill);
	if (!err && !in->fill.file) {
		struct file *file = memfd_luo_new_file(in->ser.size, in->ser.seals, in->ser.pos,
						       0);

		if (IS_ERR(file))
			return PTR_ERR(file);
		in->fill.file = file;
	}
	while (!err && more)
		err = memfd_luo_put_in_one(in, &more);
	return err;
}

static int memfd_luo_retrieve(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_in *in = args->private_data;
	int err;

	if (!in) {
		in = kzalloc_obj(*in);
		if (!in)
			return -ENOMEM;
		err = memfd_luo_open(in, args->serialized_data);
		if (err) {
			kfree(in);
			return err;
		}
		args->private_data = in;
	}

	err = memfd_luo_retrieve_file(in);
	if (liveupdate_retrieve_again(err))
		return err;
	if (!err) {
		args->file = in->fill.file;
		in->fill.file = NULL;
	}
	memfd_luo_close(in);
	kfree(in);
	args->private_data = NULL;
	return err;
}

static bool memfd_luo_can_finish(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_ser ser;

	return args->retrieve_status || args->private_data ||
		memfd_luo_discarded(args, memfd_luo_check(args->serialized_data, &ser));
}

static void memfd_luo_finish(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_in *in = args->private_data;
	struct memfd_luo_in unopened = {};
	int err = 0;

	/* A retrieve took everything over, also where it failed in the end. */
	if (args->retrieve_status)
		return;

	/* Takes no memory. */
	if (!in)
		err = memfd_luo_open(&unopened, args->serialized_data);
	if (!err && !memfd_luo_close(in ?: &unopened))
		err = -EINVAL;
	kfree(in);
	memfd_luo_discarded(args, err);
}

static bool memfd_luo_can_preserve(struct liveupdate_file_handler *handler, struct file *file)
{
	return memfd_luo_is_memfd(file) && !memfd_luo_format_is_extent();
}

static const struct liveupdate_file_ops memfd_luo_ops = {
	.can_preserve	= memfd_luo_can_preserve,
	.preserve	= memfd_luo_preserve,
	.unpreserve	= memfd_luo_unpreserve,
	.freeze		= memfd_luo_freeze,
	.retrieve	= memfd_luo_retrieve,
	.can_finish	= memfd_luo_can_finish,
	.finish		= memfd_luo_finish,
	.get_id		= memfd_luo_get_id,
	.owner		= THIS_MODULE,
	.retrieve_again	= true,
};

LIVEUPDATE_FILE_HANDLER(memfd_luo_handler, MEMFD_LUO_FH_COMPATIBLE, &memfd_luo_ops);

static int __init memfd_luo_init(void)
{
	int err = liveupdate_register_file_handler(&memfd_luo_handler);

	if (err == -EOPNOTSUPP)
		return 0;
	if (err)
		pr_err("memfd cannot be preserved: %pe\n", ERR_PTR(err));
	return err;
}
late_initcall(memfd_luo_init);
