// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memfd preservation by extents
 *
 * The second format that a memfd can be handed over in, for files of any size: the tables,
 * what KHO is told and what the next kernel does at boot depend on how many runs of pages
 * there are. A page by itself is looked at twice, when it is pinned and when it is put into
 * the new file, a large folio as one. What the format is, and that a kernel has to know it,
 * <linux/kho/abi/memfd_extent.h> says; liveupdate.memfd_format=extent has it used from then
 * on.
 *
 * Life cycle: from preservation on the file keeps its size, and no page can be punched
 * out or moved. Those that it has are pinned and listed, while its owner goes on to write
 * to them. A hole stays one, and can be written to as well: pages that came since are
 * listed in the blackout, and nothing has to be done there where there are none. The next
 * kernel puts them into a new file run by run. When that fails for want of memory, what
 * was done until then is kept, and it goes on where it is tried again.
 *
 * Locking: the inode lock, while a file is preserved, frozen and unpreserved.
 */
#define pr_fmt(fmt) "liveupdate: memfd: " fmt

#include <linux/bitfield.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/liveupdate.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "internal.h"
#include "memfd_luo.h"

/**
 * struct memfd_extent_out - a file that is preserved
 * @base: the memory that it had then
 * @late: what came since, while it is frozen
 * @pages: as many as it had then, those behind its end and in swap too
 */
struct memfd_extent_out {
	struct memfd_extent_chain base;
	struct memfd_extent_chain late;
	unsigned long pages;
};

/**
 * struct memfd_extent_in - a file that is being retrieved
 * @ser: what was handed over
 * @reader: what is left of its tables
 * @fill: the file, and what is left of the extent that is put in
 * @reserved: the extent that pages are to be reserved for next, if it has any
 */
struct memfd_extent_in {
	struct memfd_extent_ser ser;
	struct memfd_extent_reader reader;
	struct memfd_luo_fill fill;
	struct memfd_extent reserved;
};

static pgoff_t memfd_extent_end(const struct memfd_extent_ser *ser)
{
	return DIV_ROUND_UP_ULL(ser->size, PAGE_SIZE);
}

/* Can only grow while the mapping is frozen, and does where a hole is written to. */
static unsigned long memfd_extent_pages(struct file *file)
{
	unsigned long pages = READ_ONCE(file->f_mapping->nrpages);

	if (!is_file_hugepages(file))
		pages += READ_ONCE(SHMEM_I(file_inode(file))->swapped);
	return pages;
}

/* Pages can be written to, and holes as well, but none can go. */
static void memfd_extent_freeze_mapping(struct file *file, bool freeze)
{
	if (is_file_hugepages(file))
		memfd_luo_huge_freeze(file_inode(file), freeze);
	else
		shmem_freeze(file_inode(file), freeze);
}

/* Pages behind the end of a file, which fallocate(2) can make, do not travel. */
static unsigned long memfd_extent_beyond(struct address_space *mapping, pgoff_t end)
{
	XA_STATE(xas, &mapping->i_pages, end);
	unsigned long pages = 0;
	void *entry;

	xas_lock_irq(&xas);
	xas_for_each(&xas, entry, ULONG_MAX) {
		unsigned long nr = 1UL << xas_get_order(&xas);
		pgoff_t first = round_down(xas.xa_index, nr);

		pages += first + nr - max(first, end);
	}
	xas_unlock_irq(&xas);
	return pages;
}

/* As of now: nothing was added since. */
static void memfd_extent_seal_ser(struct memfd_extent_ser *ser)
{
	ser->checksum = memfd_extent_ser_checksum(ser);
}

static int memfd_extent_save(struct file *file, struct memfd_extent_ser *ser,
			     struct memfd_extent_out *out)
{
	pgoff_t end = memfd_extent_end(ser);
	long todo = memfd_extent_pages(file);
	int err;

	liveupdate_progress(todo, 0);
	err = memfd_extent_pin(file, &out->base, 0, end);
	liveupdate_progress((long)out->base.pages - todo, 0);
	if (err)
		return err;
	out->pages = out->base.pages + memfd_extent_beyond(file->f_mapping, end);
	err = memfd_extent_keep(&out->base);
	if (err)
		return err;
	memfd_extent_seal(&out->base, &ser->base);
	return 0;
}

static void memfd_extent_undo(struct memfd_extent_chain *chain)
{
	memfd_extent_unpin(chain);
	memfd_extent_free(chain);
}

static int memfd_extent_preserve_locked(struct file *file, struct memfd_extent_ser *ser,
					struct memfd_extent_out *out)
{
	int err;

	*ser = (struct memfd_extent_ser) {
		.magic = MEMFD_EXTENT_MAGIC,
		.version = MEMFD_EXTENT_VERSION,
		.length = sizeof(*ser),
		.size = i_size_read(file_inode(file)),
		.order = is_file_hugepages(file) ? memfd_luo_huge_order(file) : 0,
	};
	err = memfd_luo_attributes(file, &ser->seals, &ser->pos);
	if (!err)
		err = memfd_extent_save(file, ser, out);
	if (err)
		memfd_extent_undo(&out->base);
	else
		memfd_extent_seal_ser(ser);
	return err;
}

static int memfd_extent_preserve(struct liveupdate_file_op_args *args)
{
	struct inode *inode = file_inode(args->file);
	struct memfd_extent_out *out;
	struct memfd_extent_ser *ser;
	int err;

	out = kzalloc_obj(*out);
	if (!out)
		return -ENOMEM;
	ser = kho_alloc_preserve(sizeof(*ser));
	if (IS_ERR(ser)) {
		kfree(out);
		return PTR_ERR(ser);
	}

	inode_lock(inode);
	memfd_extent_freeze_mapping(args->file, true);
	err = memfd_extent_preserve_locked(args->file, ser, out);
	if (err)
		memfd_extent_freeze_mapping(args->file, false);
	inode_unlock(inode);

	if (err) {
		kho_unpreserve_free(ser);
		kfree(out);
		return err;
	}
	args->private_data = out;
	args->serialized_data = virt_to_phys(ser);
	return 0;
}

static void memfd_extent_unpreserve(struct liveupdate_file_op_args *args)
{
	struct inode *inode = file_inode(args->file);
	struct memfd_extent_out *out = args->private_data;

	inode_lock(inode);
	memfd_extent_undo(&out->base);
	memfd_extent_freeze_mapping(args->file, false);
	inode_unlock(inode);
	kho_unpreserve_free(phys_to_virt(args->serialized_data));
	kfree(out);
}

/* Lists what was written to where the file had holes. */
static int memfd_extent_pin_late(struct file *file, struct memfd_extent_out *out, pgoff_t end)
{
	struct memfd_extent_block *block;
	pgoff_t at = 0;
	int err = 0;

	for (block = out->base.first; block; block = memfd_extent_next_block(block)) {
		for (unsigned int i = 0; i < block->count && !err; i++) {
			const struct memfd_extent *e = &block->extents[i];

			if (at < e->index)
				err = memfd_extent_pin(file, &out->late, at, e->index);
			at = e->index + e->pages;
		}
		if (err)
			return err;
	}
	return at < end ? memfd_extent_pin(file, &out->late, at, end) : 0;
}

static int memfd_extent_save_late(struct file *file, struct memfd_extent_ser *ser,
				  struct memfd_extent_out *out)
{
	int err = 0;

	if (memfd_extent_pages(file) != out->pages) {
		err = memfd_extent_pin_late(file, out, memfd_extent_end(ser));
		liveupdate_progress(out->late.pages, 0);
	}
	/* Behind all memory: what is reserved is what is left of it. */
	if (!err && ser->order) {
		ser->pool = hugetlb_luo_pool(file_inode(file));
		err = memfd_luo_huge_list_reserved(file, &out->late, memfd_extent_end(ser));
	}
	return err ?: memfd_extent_keep(&out->late);
}

static int memfd_extent_freeze(struct liveupdate_file_op_args *args)
{
	struct memfd_extent_ser *ser = phys_to_virt(args->serialized_data);
	struct inode *inode = file_inode(args->file);
	struct memfd_extent_out *out = args->private_data;
	int err;

	inode_lock(inode);
	/* Mapping a file of huge pages can make it grow. */
	ser->size = i_size_read(inode);
	err = memfd_luo_attributes(args->file, &ser->seals, &ser->pos);
	if (!err)
		err = memfd_extent_save_late(args->file, ser, out);
	if (err)
		memfd_extent_undo(&out->late);
	inode_unlock(inode);

	memfd_extent_seal(&out->late, &ser->late);
	memfd_extent_seal_ser(ser);
	return err;
}

static void memfd_extent_unfreeze(struct liveupdate_file_op_args *args)
{
	struct memfd_extent_out *out = args->private_data;

	inode_lock(file_inode(args->file));
	memfd_extent_undo(&out->late);
	inode_unlock(file_inode(args->file));
}

/* Takes nothing over where it fails. */
static int memfd_extent_open(struct memfd_extent_in *in, u64 data)
{
	int err = memfd_extent_check(data, &in->ser);

	if (err)
		return err;
	kho_restore_free(phys_to_virt(data));
	memfd_extent_read(&in->reader, &in->ser);
	return 0;
}

/* Gives back what is left. Returns whether everything was there. */
static bool memfd_extent_close(struct memfd_extent_in *in)
{
	memfd_luo_fill_drop(&in->fill);
	return memfd_extent_discard_all(&in->reader);
}

/* Puts in what was claimed, but for the last few folios. */
static int memfd_extent_put_in_run(struct memfd_extent_in *in)
{
	int err = 0;

	if (in->ser.order)
		return memfd_luo_huge_fill(&in->fill, in->ser.order, in->ser.pool);
	while (!err && !memfd_luo_fill_run(&in->fill))
		err = memfd_luo_fill(&in->fill);
	return err;
}

static int memfd_extent_put_in_reserved(struct memfd_extent_in *in)
{
	struct memfd_extent *e = &in->reserved;
	int err;

	if (!e->pages)
		return 0;
	err = hugetlb_luo_reserve(file_inode(in->fill.file), e->index >> in->ser.order,
				  (e->index + e->pages) >> in->ser.order, in->ser.pool);
	if (!err)
		e->pages = 0;
	return err;
}

static int memfd_extent_take(struct memfd_extent_in *in, const struct memfd_extent *e)
{
	if (e->flags & MEMFD_EXTENT_RESERVED) {
		in->reserved = *e;
		return 0;
	}
	in->fill.page = in->ser.order ? memfd_extent_claim_huge(&in->reader, e) :
					memfd_extent_claim(&in->reader, e);
	if (!in->fill.page)
		return -EINVAL;
	in->fill.index = e->index;
	in->fill.plain = e->pages;
	in->fill.order = FIELD_GET(MEMFD_EXTENT_ORDER, e->flags);
	return 0;
}

static int memfd_extent_put_in(struct memfd_extent_in *in)
{
	const struct memfd_extent *e;
	int err;

	do {
		err = memfd_extent_put_in_run(in) ?: memfd_extent_put_in_reserved(in);
		if (err)
			return err;
		e = memfd_extent_read_next(&in->reader);
		err = e ? memfd_extent_take(in, e) : 0;
		if (err)
			return err;
	} while (e);
	if (in->reader.list[0].extents || in->reader.list[1].extents)
		return -EINVAL;
	return memfd_luo_fill(&in->fill);
}

static int memfd_extent_fill(struct memfd_extent_in *in)
{
	if (!in->fill.folios) {
		int err = memfd_luo_fill_init(&in->fill);

		if (err)
			return err;
	}
	if (!in->fill.file) {
		struct file *file = memfd_luo_new_file(in->ser.size, in->ser.seals, in->ser.pos,
						       in->ser.order);

		if (IS_ERR(file))
			return PTR_ERR(file);
		in->fill.file = file;
	}
	return memfd_extent_put_in(in);
}

static int memfd_extent_retrieve(struct liveupdate_file_op_args *args)
{
	struct memfd_extent_in *in = args->private_data;
	int err;

	if (!in) {
		in = kzalloc_obj(*in);
		if (!in)
			return -ENOMEM;
		err = memfd_extent_open(in, args->serialized_data);
		if (err) {
			kfree(in);
			return err;
		}
		args->private_data = in;
	}

	err = memfd_extent_fill(in);
	memfd_extent_manage(&in->reader);
	if (liveupdate_retrieve_again(err))
		return err;
	if (!err) {
		args->file = in->fill.file;
		in->fill.file = NULL;
	}
	memfd_extent_close(in);
	kfree(in);
	args->private_data = NULL;
	return err;
}

static bool memfd_extent_can_finish(struct liveupdate_file_op_args *args)
{
	struct memfd_extent_ser ser;

	return args->retrieve_status || args->private_data ||
		memfd_luo_discarded(args, memfd_extent_check(args->serialized_data, &ser));
}

static void memfd_extent_finish(struct liveupdate_file_op_args *args)
{
	struct memfd_extent_in *in = args->private_data;
	struct memfd_extent_in unopened = {};
	int err = 0;

	/* A retrieve took everything over, also where it failed in the end. */
	if (args->retrieve_status)
		return;

	/* Takes no memory. */
	if (!in)
		err = memfd_extent_open(&unopened, args->serialized_data);
	if (!err && !memfd_extent_close(in ?: &unopened))
		err = -EINVAL;
	kfree(in);
	memfd_luo_discarded(args, err);
}

static bool memfd_extent_can_preserve(struct liveupdate_file_handler *handler, struct file *file)
{
	return memfd_luo_format_is_extent() &&
		(memfd_luo_is_memfd(file) || memfd_luo_is_huge(file));
}

static const struct liveupdate_file_ops memfd_extent_ops = {
	.can_preserve	= memfd_extent_can_preserve,
	.preserve	= memfd_extent_preserve,
	.unpreserve	= memfd_extent_unpreserve,
	.freeze		= memfd_extent_freeze,
	.unfreeze	= memfd_extent_unfreeze,
	.retrieve	= memfd_extent_retrieve,
	.can_finish	= memfd_extent_can_finish,
	.finish		= memfd_extent_finish,
	.get_id		= memfd_luo_get_id,
	.owner		= THIS_MODULE,
	.retrieve_again	= true,
};

LIVEUPDATE_FILE_HANDLER(memfd_extent_handler, MEMFD_EXTENT_FH_COMPATIBLE, &memfd_extent_ops);

static int __init memfd_extent_init(void)
{
	int err = liveupdate_register_file_handler(&memfd_extent_handler);

	if (err == -EOPNOTSUPP)
		return 0;
	if (err)
		pr_err("memfd cannot be preserved by extents: %pe\n", ERR_PTR(err));
	return err;
}
late_initcall(memfd_extent_init);
