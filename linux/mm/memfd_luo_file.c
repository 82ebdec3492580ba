// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: memfd formats
 *
 * What both formats have in common that a memfd can be handed over in: which files are
 * meant, what they have besides memory, and how the new file is made.
 *
 * Which format is used for what is preserved from then on, liveupdate.memfd_format says,
 * on the command line or in /sys/module/liveupdate/parameters. "stock" is what every
 * kernel with an orchestrator understands, and the default; "extent" needs a kernel of
 * this one's kind to jump to. What was preserved before stays as it is. Which format a
 * file is in travels with it: a kernel retrieves both.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/liveupdate.h>
#include <linux/memfd.h>
#include <linux/moduleparam.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/string.h>
#include <linux/string_choices.h>
#include <linux/sysfs.h>
#include <uapi/linux/memfd.h>
#include "memfd_luo.h"

/* What F_SEAL_EXEC brings along on a file that may be executed */
#define MEMFD_LUO_EXEC_SEALS	(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | \
				 F_SEAL_FUTURE_WRITE)

static const char *const memfd_luo_formats[] = { "stock", "extent" };
static int memfd_luo_format;

static int memfd_luo_set_format(const char *value, const struct kernel_param *kp)
{
	int format = sysfs_match_string(memfd_luo_formats, value);

	if (format < 0)
		return format;
	WRITE_ONCE(memfd_luo_format, format);
	return 0;
}

static int memfd_luo_get_format(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", memfd_luo_formats[READ_ONCE(memfd_luo_format)]);
}

static const struct kernel_param_ops memfd_luo_format_ops = {
	.set = memfd_luo_set_format,
	.get = memfd_luo_get_format,
};

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "liveupdate."
module_param_cb(memfd_format, &memfd_luo_format_ops, NULL, 0644);

/**
 * memfd_luo_format_is_extent - which format to preserve in
 *
 * Return: true for extents, false for the one that all kernels understand.
 */
bool memfd_luo_format_is_extent(void)
{
	return READ_ONCE(memfd_luo_format);
}

/**
 * memfd_luo_is_memfd - whether a file is a memfd of ordinary pages
 * @file: the file
 *
 * Return: true for what memfd_create(2) made, not for a file that has a name in a tmpfs.
 */
bool memfd_luo_is_memfd(struct file *file)
{
	return shmem_file(file) && !file_inode(file)->i_nlink;
}

/**
 * memfd_luo_get_id - what identifies the memory behind a file
 * @file: the file
 *
 * Return: the same for each file that was opened on it.
 */
unsigned long memfd_luo_get_id(struct file *file)
{
	return (unsigned long)file_inode(file);
}

/**
 * memfd_luo_still_has - whether a file still has a folio that was pinned
 * @file: the file
 * @folio: the folio
 *
 * Whoever collapses small pages into a huge one makes sure that nobody else has them,
 * and then goes by their locks only. So a pin that comes later holds what the file is
 * about to lose.
 *
 * Return: true where the file has it, and keeps it as long as it is pinned.
 */
bool memfd_luo_still_has(struct file *file, struct folio *folio)
{
	folio_wait_locked(folio);
	/* It is unlocked after it has left the file. */
	smp_rmb();
	return READ_ONCE(folio->mapping) == file->f_mapping;
}

/**
 * memfd_luo_attributes - what a file has that can change until the very end
 * @file: the file
 * @seals: set to its seals
 * @pos: set to its position
 *
 * Return: 0; -EOPNOTSUPP where it has a seal that the formats do not know.
 */
int memfd_luo_attributes(struct file *file, u32 *seals, u64 *pos)
{
	int has = memfd_get_seals(file);

	if (has < 0)
		return has;
	if (has & ~MEMFD_LUO_ALL_SEALS)
		return -EOPNOTSUPP;
	*seals = has;
	*pos = file->f_pos;
	return 0;
}

/**
 * memfd_luo_discarded - say of a file that nobody retrieved whether it can be discarded
 * @args: the file
 * @err: why it cannot; 0 where it can
 *
 * Return: whether it can.
 */
bool memfd_luo_discarded(const struct liveupdate_file_op_args *args, int err)
{
	if (err)
		liveupdate_restore_fail("memfd at %#llx cannot be discarded: %pe",
					args->serialized_data, ERR_PTR(err));
	return !err;
}

/**
 * memfd_luo_new_file - a new file, empty, but with everything else as it was
 * @size: its size in bytes
 * @seals: its seals
 * @pos: its position
 * @order: of its huge pages; 0 where it has none
 *
 * Return: the file, or an error pointer.
 */
struct file *memfd_luo_new_file(u64 size, u32 seals, u64 pos, unsigned int order)
{
	unsigned int flags = MFD_ALLOW_SEALING;
	struct file *file;
	int err;

	/*
	 * The mode does not travel. But sealing it on an executable file would
	 * have brought these seals along: without them it was not executable.
	 */
	if (seals & F_SEAL_EXEC && (seals & MEMFD_LUO_EXEC_SEALS) != MEMFD_LUO_EXEC_SEALS)
		flags = MFD_NOEXEC_SEAL;

	file = order ? memfd_luo_huge_new_file(order, flags) : memfd_alloc_file("", flags);
	/* shmem says "no space" where there is no memory for an inode. */
	if (IS_ERR(file))
		return PTR_ERR(file) == -ENOSPC ? ERR_PTR(-ENOMEM) : file;
	err = memfd_add_seals(file, seals);
	if (err) {
		fput(file);
		return ERR_PTR(err);
	}
	vfs_setpos(file, pos, MAX_LFS_FILESIZE);
	i_size_write(file_inode(file), size);
	return file;
}
