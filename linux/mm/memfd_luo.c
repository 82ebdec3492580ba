// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memfd preservation
 *
 * A file made by memfd_create(2) can be handed over to the next kernel in a
 * live update: its pages stay where they are in memory, and the next kernel
 * builds a file around them.
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
 * page after page into a new file when it is retrieved, charged to whoever
 * does that; a file that nobody retrieves gives its pages back.
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
#include <linux/memfd.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <uapi/linux/memfd.h>
#include "internal.h"
#include "memfd_luo.h"

/* Folios that are pinned, and moved out of the way, in one go */
#define MEMFD_LUO_PIN_BATCH	16384
/* Folios that are put into a file in one go */
#define MEMFD_LUO_BATCH		512

/* What F_SEAL_EXEC brings along on a file that may be executed */
#define MEMFD_LUO_EXEC_SEALS	(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | \
				 F_SEAL_FUTURE_WRITE)

/* The table of a file that is being preserved: the first @kept of @count with KHO */
struct memfd_luo_table {
	struct memfd_luo_folio_ser *entries;
	u64 count;
	u64 kept;
	u64 room;
};

/*
 * The page may become dirty or be written to for the first time after it was
 * listed, without anybody noticing: so it is listed as both, and made so.
 */
static void memfd_luo_settle_folio(struct folio *folio)
{
	folio_lock(folio);
	if (!folio_test_uptodate(folio)) {
		folio_zero_range(folio, 0, folio_size(folio));
		flush_dcache_folio(folio);
		folio_mark_uptodate(folio);
	}
	folio_mark_dirty(folio);
	folio_unlock(folio);
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
		struct memfd_luo_folio_ser *entry = &table->entries[table->count++];

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
	while (at < table->room && !err) {
		err = memfd_luo_pin_batch(file, table, folios, &at, size - 1);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	kvfree(folios);
	return err;
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

		err = kho_preserve_folio(folio);
		if (err)
			return err;
		memfd_luo_settle_folio(folio);
		if (fatal_signal_pending(current)) {
			table->kept++;
			return -EINTR;
		}
		cond_resched();
	}
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
	/* The format counts pages of its table, and pinning counts folios, in 32 bits. */
	if (table.room > UINT_MAX)
		return -EFBIG;
	table.entries = vcalloc(table.room, sizeof(*table.entries));
	if (!table.entries)
		return -ENOMEM;

	err = memfd_luo_pin(file, &table, ser->size);
	if (!err)
		err = memfd_luo_keep(&table);
	if (!err)
		err = memfd_luo_trim(&table);
	if (!err)
		err = kho_preserve_vmalloc(table.entries, &ser->folios);
	if (err) {
		memfd_luo_drop_folios(table.entries, table.count, table.kept);
		vfree(table.entries);
		return err;
	}
	ser->nr_folios = table.count;
	*entriesp = table.entries;
	return 0;
}

/* Position and seals, which may change until the very end */
static int memfd_luo_save_attributes(struct file *file, struct memfd_luo_ser *ser)
{
	int seals = memfd_get_seals(file);

	if (seals < 0)
		return seals;
	if (seals & ~MEMFD_LUO_ALL_SEALS)
		return -EOPNOTSUPP;
	ser->seals = seals;
	ser->pos = file->f_pos;
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

/* The new file, empty, but with everything else as it was */
static struct file *memfd_luo_new_file(const struct memfd_luo_ser *ser)
{
	unsigned int flags = MFD_ALLOW_SEALING;
	struct file *file;
	int err;

	/*
	 * The mode does not travel. But sealing it on an executable file would
	 * have brought these seals along: without them it was not executable.
	 */
	if (ser->seals & F_SEAL_EXEC &&
	    (ser->seals & MEMFD_LUO_EXEC_SEALS) != MEMFD_LUO_EXEC_SEALS)
		flags = MFD_NOEXEC_SEAL;

	file = memfd_alloc_file("", flags);
	/* shmem says "no space" where there is no memory for an inode. */
	if (IS_ERR(file))
		return PTR_ERR(file) == -ENOSPC ? ERR_PTR(-ENOMEM) : file;
	err = memfd_add_seals(file, ser->seals);
	if (err) {
		fput(file);
		return ERR_PTR(err);
	}
	vfs_setpos(file, ser->pos, MAX_LFS_FILESIZE);
	i_size_write(file_inode(file), ser->size);
	return file;
}

/* Consumes the caller's reference, whatever happens. */
static int memfd_luo_insert(struct address_space *mapping, struct folio *folio,
			    const struct memfd_luo_folio_ser *entry, u64 pages)
{
	gfp_t gfp = mapping_gfp_mask(mapping);
	int err = -EINVAL;

	__folio_set_locked(folio);
	__folio_set_swapbacked(folio);
	if (entry->index >= pages || !IS_ALIGNED(entry->index, folio_nr_pages(folio)))
		goto out;
	err = mem_cgroup_charge(folio, NULL, gfp);
	if (err)
		goto out;
	err = shmem_add_to_page_cache(folio, mapping, entry->index, NULL, gfp);
	if (err)
		goto out;
	if (entry->flags & MEMFD_LUO_FOLIO_UPTODATE)
		folio_mark_uptodate(folio);
	if (entry->flags & MEMFD_LUO_FOLIO_DIRTY)
		folio_mark_dirty(folio);
	folio_add_lru(folio);
out:
	folio_unlock(folio);
	folio_put(folio);
	return err;
}

/*
 * Restores the folios of some entries and puts them into the file. Blocks are
 * accounted for all of them at once; what then does not get into the file is
 * taken back by shmem_recalc_inode(), which compares the two.
 */
static int memfd_luo_fill_batch(struct file *file, const struct memfd_luo_folio_ser *entries,
				u64 count, u64 pages, struct folio **folios)
{
	struct inode *inode = file_inode(file);
	long blocks = 0;
	u64 i, done = 0;
	int err = 0;

	for (i = 0; i < count; i++) {
		folios[i] = memfd_luo_restore_folio(&entries[i]);
		if (!folios[i]) {
			err = -EINVAL;
			break;
		}
		blocks += folio_nr_pages(folios[i]);
	}
	/* shmem says "no space" where there is no memory to be had. */
	if (!err && shmem_inode_acct_blocks(inode, blocks))
		err = -ENOMEM;
	if (!err) {
		while (done < i && !err) {
			err = memfd_luo_insert(file->f_mapping, folios[done], &entries[done],
					       pages);
			done++;
		}
		shmem_recalc_inode(inode, blocks, 0);
	}
	while (done < i)
		folio_put(folios[done++]);
	if (err)
		memfd_luo_discard(entries + i, count - i);
	return err;
}

static int memfd_luo_fill_run(struct file *file, const struct memfd_luo_folio_ser *entries,
			      u64 count, struct folio **folios)
{
	u64 pages = DIV_ROUND_UP_ULL(i_size_read(file_inode(file)), PAGE_SIZE);
	u64 at = 0;
	int err = 0;

	while (at < count && !err) {
		u64 n = min(count - at, MEMFD_LUO_BATCH);

		err = memfd_luo_fill_batch(file, entries + at, n, pages, folios);
		at += n;
		cond_resched();
	}
	if (err)
		memfd_luo_discard(entries + at, count - at);
	return err;
}

/* On failure all pages are free that did not get into the file. */
static int memfd_luo_fill(struct file *file, struct memfd_luo_reader *r)
{
	const struct memfd_luo_folio_ser *entries;
	struct folio **folios;
	int err = 0;
	u64 count;

	folios = kmalloc_objs(*folios, MEMFD_LUO_BATCH);
	if (!folios)
		err = -ENOMEM;
	while ((entries = memfd_luo_read_more(r, &count))) {
		if (!err)
			err = memfd_luo_fill_run(file, entries, count, folios);
		else
			memfd_luo_discard(entries, count);
	}
	kfree(folios);
	if (!err && r->left)
		err = -EINVAL;
	return err;
}

static int memfd_luo_retrieve(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_reader reader;
	struct memfd_luo_ser ser;
	struct file *file;
	int err;

	err = memfd_luo_check(args->serialized_data, &ser);
	if (err)
		return err;
	kho_restore_free(phys_to_virt(args->serialized_data));
	memfd_luo_read(&reader, &ser);

	file = memfd_luo_new_file(&ser);
	if (IS_ERR(file)) {
		memfd_luo_discard_all(&reader);
		return PTR_ERR(file);
	}
	err = memfd_luo_fill(file, &reader);
	if (err) {
		fput(file);
		return err;
	}
	args->file = file;
	return 0;
}

static void memfd_luo_finish(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_reader reader;
	struct memfd_luo_ser ser;
	int err;

	/* A retrieve took everything over, also where it failed in the end. */
	if (args->retrieve_status)
		return;

	err = memfd_luo_check(args->serialized_data, &ser);
	if (!err) {
		kho_restore_free(phys_to_virt(args->serialized_data));
		memfd_luo_read(&reader, &ser);
		if (!memfd_luo_discard_all(&reader))
			err = -EINVAL;
	}
	if (err)
		liveupdate_restore_fail("memfd at %#llx cannot be discarded: %pe",
					args->serialized_data, ERR_PTR(err));
}

static bool memfd_luo_can_preserve(struct liveupdate_file_handler *handler, struct file *file)
{
	/* Made by memfd_create(2), not a file that has a name in some tmpfs */
	return shmem_file(file) && !file_inode(file)->i_nlink;
}

static unsigned long memfd_luo_get_id(struct file *file)
{
	return (unsigned long)file_inode(file);
}

static const struct liveupdate_file_ops memfd_luo_ops = {
	.can_preserve	= memfd_luo_can_preserve,
	.preserve	= memfd_luo_preserve,
	.unpreserve	= memfd_luo_unpreserve,
	.freeze		= memfd_luo_freeze,
	.retrieve	= memfd_luo_retrieve,
	.finish		= memfd_luo_finish,
	.get_id		= memfd_luo_get_id,
	.owner		= THIS_MODULE,
};

static struct liveupdate_file_handler memfd_luo_handler = {
	.ops		= &memfd_luo_ops,
	.compatible	= MEMFD_LUO_FH_COMPATIBLE,
};

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
