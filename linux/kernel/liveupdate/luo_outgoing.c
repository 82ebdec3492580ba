// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO outgoing handover
 *
 * The two roots that the next kernel looks for: the one that is shared with the
 * kernel's own orchestrator, and ours. They are made once, during boot, and are
 * empty until FREEZE fills them in. Where that leads to a table, its memory was
 * set aside when a participant joined, so that nothing in the blackout can run out
 * of it, or spends time on it.
 *
 * What is known only at the very end is the time of departure. The last thing
 * that a kernel does before it jumps is to offer its log to those who want to
 * keep it: that is when the time is written down.
 *
 * Locking: the state, for writing.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/crc32.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/luo_state.h>
#include <linux/kmsg_dump.h>
#include <linux/liveupdate.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include "luo_internal.h"

static struct luo_ser *luo_out;
static struct luo_state_ser *luo_state_out;

/* Room for the table of participants */
static struct kho_block_set luo_table_out;

/**
 * luo_outgoing_ready - whether anything can be handed over
 *
 * Return: true where the roots for the next kernel exist.
 */
bool luo_outgoing_ready(void)
{
	return luo_out;
}

/**
 * luo_outgoing_reserve - get memory for all that FREEZE writes here
 * @participants: whom there has to be room for
 *
 * To be called again when there are more.
 *
 * Return: 0 or -ENOMEM.
 */
int luo_outgoing_reserve(struct list_head *participants)
{
	if (!luo_outgoing_ready())
		return -ENOMEM;
	return kho_block_set_grow(&luo_table_out, list_count_nodes(participants));
}

/**
 * luo_outgoing_set_sessions - tell the next kernel where the sessions are
 * @sessions_pa: their first block, 0 for none
 * @count: how many there are
 */
void luo_outgoing_set_sessions(u64 sessions_pa, u64 count)
{
	luo_out->sessions_pa = sessions_pa;
	luo_state_out->sessions = count;
}

/**
 * luo_outgoing_set_flbs - tell the next kernel where the table of FLBs is
 * @flbs_pa: its address, 0 for none
 */
void luo_outgoing_set_flbs(u64 flbs_pa)
{
	luo_out->flbs_pa = flbs_pa;
}

static void luo_outgoing_write_table(struct list_head *participants)
{
	struct kho_block_set_it it;
	struct luo_participant *p;
	u64 count = 0;
	u32 crc = ~0;

	kho_block_set_it_init(&it, &luo_table_out);
	list_for_each_entry(p, participants, list) {
		struct luo_participant_ser *ser = kho_block_set_it_reserve_entry(&it);

		if (WARN_ON_ONCE(!ser))
			break;
		strscpy_pad(ser->name, p->name);
		ser->data = p->data;
		ser->flags = p->flags;
		ser->prepare_ns = p->row->ns[LIVEUPDATE_CALL_PREPARE];
		ser->freeze_ns = p->row->ns[LIVEUPDATE_CALL_FREEZE];
		crc = luo_participants_checksum(crc, ser);
		count++;
	}
	luo_state_out->participants = kho_block_set_head_pa(&luo_table_out);
	luo_state_out->participants_count = count;
	luo_state_out->participants_checksum = ~crc;
}

static void luo_outgoing_write_record(void)
{
	struct luo_record record;

	luo_record_get(&record);
	luo_state_out->prepare_ns = record.ns[LUO_SPAN_PREPARE];
	luo_state_out->freeze_ns = record.ns[LUO_SPAN_FREEZE];
	luo_state_out->clock_khz = luo_clock_khz();
	luo_state_out->clock_departed = 0;
}

/**
 * luo_outgoing_begin_freeze - the blackout begins now
 */
void luo_outgoing_begin_freeze(void)
{
	luo_state_out->clock_freeze = luo_clock();
}

/**
 * luo_outgoing_seal - the handover is complete
 * @participants: all of them, frozen
 * @explicit: the next kernel waits for FINISH
 */
void luo_outgoing_seal(struct list_head *participants, bool explicit)
{
	luo_outgoing_write_table(participants);
	luo_outgoing_write_record();
	luo_state_out->flags = LUO_STATE_SER_FROZEN | (explicit ? LUO_STATE_SER_EXPLICIT : 0);
	luo_state_out->clock_frozen = luo_clock();
	luo_state_out->checksum = luo_state_ser_checksum(luo_state_out);
	luo_debug_seal(luo_state_out);
}

/**
 * luo_outgoing_unseal - the handover is off
 */
void luo_outgoing_unseal(void)
{
	luo_state_out->flags = 0;
	luo_state_out->participants = 0;
	luo_state_out->participants_count = 0;
	luo_state_out->checksum = luo_state_ser_checksum(luo_state_out);
	kho_block_set_clear(&luo_table_out);
}

/* The last thing that runs here, on one CPU, with all others stopped */
static void luo_depart(struct kmsg_dumper *dumper, struct kmsg_dump_detail *detail)
{
	if (detail->reason != KMSG_DUMP_SHUTDOWN || !luo_departing())
		return;
	luo_log_depart();
	luo_state_out->clock_departed = luo_clock();
	luo_state_out->checksum = luo_state_ser_checksum(luo_state_out);
	luo_debug_corrupt(luo_out, luo_state_out);
}

static struct kmsg_dumper luo_departure = {
	.dump		= luo_depart,
	.max_reason	= KMSG_DUMP_SHUTDOWN,
};

static struct luo_ser *__init luo_outgoing_make(void)
{
	struct luo_ser *ser = kho_alloc_preserve(sizeof(*ser));

	if (!IS_ERR(ser)) {
		strscpy_pad(ser->compatible, LUO_ABI_COMPATIBLE);
		ser->liveupdate_num = luo_number() + 1;
	}
	return ser;
}

static struct luo_state_ser *__init luo_outgoing_make_state(void)
{
	struct luo_state_ser *state = kho_alloc_preserve(sizeof(*state));

	if (!IS_ERR(state)) {
		strscpy_pad(state->compatible, LUO_STATE_COMPATIBLE);
		strscpy_pad(state->release, init_utsname()->release);
		state->length = sizeof(*state);
		state->number = luo_number() + 1;
		state->checksum = luo_state_ser_checksum(state);
	}
	return state;
}

static int __init luo_outgoing_init(void)
{
	struct luo_state_ser *state;
	struct luo_ser *ser;
	int err;

	if (!liveupdate_enabled())
		return 0;

	kho_block_set_init(&luo_table_out, sizeof(struct luo_participant_ser));
	ser = luo_outgoing_make();
	if (IS_ERR(ser)) {
		err = PTR_ERR(ser);
		goto err;
	}
	state = luo_outgoing_make_state();
	if (IS_ERR(state)) {
		err = PTR_ERR(state);
		goto err_ser;
	}
	err = kho_add_subtree(LUO_KHO_ENTRY_NAME, ser, sizeof(*ser));
	if (err)
		goto err_state;
	err = kho_add_subtree(LUO_STATE_KHO_ENTRY_NAME, state, sizeof(*state));
	if (err)
		goto err_subtree;

	luo_state_out = state;
	luo_out = ser;
	/* Without, the record lacks the time of departure, and what depends on it. */
	if (kmsg_dump_register(&luo_departure))
		pr_warn("the time of departure will not be known\n");
	return 0;

err_subtree:
	kho_remove_subtree(ser);
err_state:
	kho_unpreserve_free(state);
err_ser:
	kho_unpreserve_free(ser);
err:
	pr_err("nothing can be handed to the next kernel: %pe\n", ERR_PTR(err));
	return err;
}
late_initcall(luo_outgoing_init);
