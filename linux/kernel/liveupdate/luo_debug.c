// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO faults on demand
 *
 * For tests, and for nothing else: CONFIG_LIVEUPDATE_DEBUG belongs into no kernel
 * that anybody relies on.
 *
 * ``/sys/kernel/debug/fail_liveupdate/`` makes callbacks fail, of participants, of
 * file handlers and of shared objects, with the attributes that all fault
 * injection has, and with two more: ``phase``, a mask of those callbacks that may
 * fail, and ``participant``, the name of the only one that may, if not empty. The
 * ``fail-nth`` of a task works as well, together with failslab's.
 *
 * ``/sys/kernel/debug/liveupdate/corrupt`` takes the name of a damage that is done
 * to the handover as the last thing before the jump. Files by extents of the first session
 * can each have one of their own: what is written then is any number of
 * ``memfd-DAMAGE:TOKEN;``.
 *
 * ``liveupdate.fail_boot=N`` fails the Nth thing that can fail while the handover
 * is taken over during boot.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fault-inject.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/luo_state.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../../mm/memfd_luo.h"
#include "luo_internal.h"

static DECLARE_FAULT_ATTR(luo_fail);
static u32 luo_fail_phase = ~0;

/* Words that tests write here; changed and read under the lock */
static DEFINE_MUTEX(luo_debug_lock);
static char luo_fail_participant[LIVEUPDATE_PARTICIPANT_NAME_LENGTH];
static char luo_corruption[SZ_2K];

static unsigned int luo_fail_boot;

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "liveupdate."
module_param_named(fail_boot, luo_fail_boot, uint, 0444);

/**
 * luo_fault - whether something shall fail now
 * @who: the participant, or the format of a file or of shared data
 * @point: an &enum liveupdate_callback or an &enum luo_fault_point
 *
 * Return: 0, or the error that it shall fail with.
 */
int luo_fault(const char *who, unsigned int point)
{
	if (!(luo_fail_phase & BIT(point)))
		return 0;
	if (luo_fail_participant[0] && strcmp(luo_fail_participant, who))
		return 0;
	if (!should_fail(&luo_fail, 1))
		return 0;
	return point == LUO_FAULT_ALLOC ? -ENOMEM : -EREMOTEIO;
}

/**
 * luo_debug_boot_begin - from here on the handover is taken over
 */
void luo_debug_boot_begin(void)
{
	current->fail_nth = luo_fail_boot;
}

/**
 * luo_debug_boot_end - the handover is taken over
 */
void luo_debug_boot_end(void)
{
	if (luo_fail_boot)
		pr_info("fail_boot: %s\n", current->fail_nth ? "not reached" : "done");
	current->fail_nth = 0;
}

static bool luo_corrupts(const char *what)
{
	return !strcmp(luo_corruption, what);
}

/**
 * luo_debug_seal - damage our own root when it is complete
 * @state: the root
 */
void luo_debug_seal(struct luo_state_ser *state)
{
	if (!luo_corrupts("truncated"))
		return;
	kho_remove_subtree(state);
	WARN_ON(kho_add_subtree(LUO_STATE_KHO_ENTRY_NAME, state, LUO_STATE_SER_MIN - 1));
}

static void luo_corrupt_sessions(struct luo_ser *luo)
{
	struct kho_block_header_ser *block;

	if (!luo->sessions_pa)
		return;
	block = phys_to_virt(luo->sessions_pa);
	if (luo_corrupts("session-loop"))
		block->next = luo->sessions_pa;
	else if (luo_corrupts("session-count"))
		block->count = U64_MAX;
	else if (luo_corrupts("session-next"))
		block->next = 0x5a5a5a5a5000;
	else if (luo_corrupts("session-name"))
		memset(block + 1, 'x', LIVEUPDATE_SESSION_NAME_LENGTH);
	else if (luo_corrupts("session-files"))
		((struct luo_session_ser *)(block + 1))->file_set_ser.files ^= 0x10000000000;
	else if (luo_corrupts("file-count"))
		((struct luo_session_ser *)(block + 1))->file_set_ser.count++;
	else if (luo_corrupts("session-address"))
		luo->sessions_pa = 0x7ffffffff000;
	else if (luo_corrupts("session-unaligned"))
		luo->sessions_pa += 8;
}

static void luo_corrupt_participants(struct luo_state_ser *state)
{
	struct kho_block_header_ser *block = phys_to_virt(state->participants);
	struct luo_participant_ser *ser = (void *)(block + 1);

	if (luo_corrupts("participant-checksum"))
		ser->data++;
	else if (luo_corrupts("participant-loop"))
		block->next = state->participants;
	else if (luo_corrupts("participant-count"))
		state->participants_count = U64_MAX;
	else if (luo_corrupts("participant-address"))
		state->participants = PAGE_SIZE;
	else if (luo_corrupts("participant-name"))
		ser->name[0] = '/';
	if (luo_corrupts("participant-name")) {
		u32 crc = ~0;

		for (u64 i = 0; i < block->count; i++)
			crc = luo_participants_checksum(crc, &ser[i]);
		state->participants_checksum = ~crc;
	}
}

/* Files that tests make for this have two extents at first, and one that came late. */
static void luo_corrupt_base(struct memfd_extent_ser *ser, const char *damage)
{
	struct memfd_extent_block *block = phys_to_virt(ser->base.first);
	struct memfd_extent *e = block->extents;

	if (!strcmp(damage, "block-loop"))
		block->next = ser->base.first;
	else if (!strcmp(damage, "block-address"))
		block->next = 0x5a5a5a5a5000;
	else if (!strcmp(damage, "pfn"))
		e->pfn = 1;
	else if (!strcmp(damage, "pfn-address"))
		e->pfn = U64_MAX;
	else if (!strcmp(damage, "empty"))
		e->pages = 0;
	else if (!strcmp(damage, "long"))
		e->pages = U32_MAX;
	else if (!strcmp(damage, "part"))
		e->pages--;
	else if (!strcmp(damage, "between"))
		e[1].index++;
	else if (!strcmp(damage, "place"))
		e[1].index = e[0].index;
	else if (!strcmp(damage, "flags"))
		e->flags |= BIT(31);
	else if (!strcmp(damage, "reserved"))
		e->flags |= MEMFD_EXTENT_RESERVED;
	else if (!strcmp(damage, "beyond"))
		e[1].index = DIV_ROUND_UP_ULL(ser->size, PAGE_SIZE);
	else if (!strcmp(damage, "order"))
		swap(e[0], e[1]);
	else if (!strcmp(damage, "overlap"))
		e[1].pfn = e[0].pfn;
	else if (!strcmp(damage, "claims-header"))
		e[1].pfn = PHYS_PFN(virt_to_phys(ser));
	if (!strcmp(damage, "block-count"))
		block->count = U32_MAX;
	else
		block->checksum = memfd_extent_block_checksum(block);
	if (!strcmp(damage, "block-checksum"))
		block->checksum ^= 1;
}

/* What was added to the file since it was preserved may be in any order. */
static void luo_corrupt_late(const struct memfd_extent_ser *ser, const char *damage)
{
	const struct memfd_extent_block *base = phys_to_virt(ser->base.first);
	struct memfd_extent_block *block = phys_to_virt(ser->late.first);
	struct memfd_extent *last = &block->extents[block->count - 1];

	if (!strcmp(damage, "late-loop"))
		block->next = ser->late.first;
	else if (!strcmp(damage, "late-joins"))
		block->next = ser->base.first;
	else if (!strcmp(damage, "late-place"))
		block->extents[0].index = 0;
	else if (!strcmp(damage, "late-overlap"))
		block->extents[0].pfn = base->extents[0].pfn;
	else if (!strcmp(damage, "late-claims-block"))
		block->extents[0].pfn = PHYS_PFN(ser->late.first);
	else if (!strcmp(damage, "late-reserved"))
		*last = (struct memfd_extent) {
			.pfn = base->extents[0].pfn, .index = last->index,
			.pages = last->pages, .flags = MEMFD_EXTENT_RESERVED };
	block->checksum = memfd_extent_block_checksum(block);
	if (!strcmp(damage, "late-checksum"))
		block->checksum ^= 1;
}

static void luo_corrupt_memfd(struct memfd_extent_ser *ser, const char *damage)
{
	if (!ser->base.first || !ser->late.first)
		return;
	luo_corrupt_base(ser, damage);
	luo_corrupt_late(ser, damage);
	if (!strcmp(damage, "magic"))
		ser->magic++;
	else if (!strcmp(damage, "version"))
		ser->version++;
	else if (!strcmp(damage, "size"))
		ser->size = U64_MAX;
	else if (!strcmp(damage, "position"))
		ser->pos = U64_MAX;
	else if (!strcmp(damage, "seals"))
		ser->seals |= BIT(31);
	else if (!strcmp(damage, "huge"))
		ser->order = 9;
	else if (!strcmp(damage, "huge-order"))
		ser->order = U32_MAX;
	else if (!strcmp(damage, "extents"))
		ser->base.extents++;
	else if (!strcmp(damage, "pages"))
		ser->late.pages = U64_MAX;
	else if (!strcmp(damage, "address"))
		ser->base.first += 8;
	if (!strcmp(damage, "length"))
		ser->length = U32_MAX;
	else
		ser->checksum = memfd_extent_ser_checksum(ser);
	if (!strcmp(damage, "checksum"))
		ser->checksum ^= 1;
}

/* Whether a file is to be damaged, and how */
static bool luo_find_damage(u64 token, char *damage, size_t room)
{
	const char *at = luo_corruption;
	char end[32];

	snprintf(end, sizeof(end), ":%llu;", token);
	while (at && (at = strstr(at, "memfd-"))) {
		const char *colon = strchr(at, ':');

		at += strlen("memfd-");
		if (colon && !strncmp(colon, end, strlen(end)) && colon - at < room) {
			strscpy(damage, at, colon - at + 1);
			return true;
		}
		at = colon;
	}
	return false;
}

static void luo_corrupt_memfds(const struct luo_ser *luo)
{
	const struct kho_block_header_ser *block;
	const struct luo_session_ser *session;
	const struct luo_file_ser *file;
	char damage[32];

	if (!IS_ENABLED(CONFIG_LIVEUPDATE_MEMFD) || !luo->sessions_pa)
		return;
	block = phys_to_virt(luo->sessions_pa);
	session = (const void *)(block + 1);
	if (!session->file_set_ser.files)
		return;
	block = phys_to_virt(session->file_set_ser.files);
	file = (const void *)(block + 1);
	for (u64 i = 0; i < block->count; i++) {
		if (!strcmp(file[i].compatible, MEMFD_EXTENT_FH_COMPATIBLE) &&
		    luo_find_damage(file[i].token, damage, sizeof(damage)))
			luo_corrupt_memfd(phys_to_virt(file[i].data), damage);
	}
}

/**
 * luo_debug_corrupt - damage the handover in the way that a test asked for
 * @luo: the shared root
 * @state: our own root
 *
 * Context: the last step before the jump.
 */
void luo_debug_corrupt(struct luo_ser *luo, struct luo_state_ser *state)
{
	if (!luo_corruption[0])
		return;
	luo_corrupt_memfds(luo);
	luo_corrupt_sessions(luo);
	luo_corrupt_participants(state);
	if (luo_corrupts("root-version"))
		strscpy(luo->compatible, "luo-v999");
	else if (luo_corrupts("version"))
		strscpy(state->compatible, "luo-state-v999");
	else if (luo_corrupts("length"))
		state->length = U32_MAX;
	else if (luo_corrupts("sessions"))
		state->sessions = U64_MAX;
	else if (luo_corrupts("number"))
		state->number++;
	else if (luo_corrupts("flbs-address"))
		luo->flbs_pa = U64_MAX;
	else if (luo_corrupts("clock"))
		state->clock_departed = U64_MAX;
	if (!luo_corrupts("length"))
		state->checksum = luo_state_ser_checksum(state);
	if (luo_corrupts("checksum"))
		state->checksum ^= 1;
}

/* Both files hold what was written to them last. */
static ssize_t luo_word_write(struct file *file, const char __user *from, size_t count,
			      loff_t *pos)
{
	char *word = file->private_data;
	size_t room = word == luo_corruption ? sizeof(luo_corruption) :
		sizeof(luo_fail_participant);
	char *buf;

	if (count >= room)
		return -EINVAL;
	buf = memdup_user_nul(from, count);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	scoped_guard(mutex, &luo_debug_lock)
		strscpy(word, strim(buf), room);
	kfree(buf);
	return count;
}

static const struct file_operations luo_word_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= luo_word_write,
};

static int __init luo_debug_init(void)
{
	struct dentry *fail = fault_create_debugfs_attr("fail_liveupdate", NULL, &luo_fail);
	struct dentry *dir = debugfs_create_dir("liveupdate", NULL);

	if (IS_ERR(fail))
		return PTR_ERR(fail);
	debugfs_create_x32("phase", 0600, fail, &luo_fail_phase);
	debugfs_create_file("participant", 0200, fail, luo_fail_participant, &luo_word_fops);
	debugfs_create_file("corrupt", 0200, dir, luo_corruption, &luo_word_fops);
	return 0;
}
late_initcall(luo_debug_init);
