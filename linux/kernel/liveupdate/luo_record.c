// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO record
 *
 * What became of the last live update, and how long each part of it took. The
 * record begins with PREPARE, travels with the handover, and goes on in the new
 * kernel until FINISH; an update that was refused or cancelled leaves one as
 * well, until the next begins.
 *
 * Within a kernel time is taken with its scheduler's clock, the only one that is
 * exact early during boot. No clock of the kernel's goes on over the jump, but a
 * counter of the CPU does (the TSC on x86, the generic timer on arm64): what spans
 * the jump is the difference of two of its values. That is believed only where
 * both kernels agree on its rate, within a percent, it never went backwards, and
 * no more than an hour has passed. Else those times are unknown.
 *
 * Locking: a spinlock, innermost, since sysfs may ask at any time.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/sched/clock.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/timex.h>
#include <linux/utsname.h>
#include "luo_internal.h"

#ifdef CONFIG_X86_TSC
#include <asm/tsc.h>
#endif
#ifdef CONFIG_ARM_ARCH_TIMER
#include <clocksource/arm_arch_timer.h>
#endif

/* Longer than any machine takes for a jump */
#define LUO_JUMP_MAX_NS		(3600 * (u64)NSEC_PER_SEC)

static DEFINE_SPINLOCK(luo_record_lock);
static struct luo_record luo_record = {
	.ns = { [0 ... LUO_SPANS - 1] = LIVEUPDATE_TIME_UNKNOWN },
};

/* When UPDATED was reached, by the clock of this kernel */
static u64 luo_updated_at;

/* What the previous kernel says, until UPDATED is reached */
static struct {
	u64 freeze;
	u32 khz;
} luo_before __initdata;

/**
 * luo_clock - the counter that goes on over the jump
 *
 * Return: its value.
 */
u64 luo_clock(void)
{
	return get_cycles();
}

/**
 * luo_clock_khz - rate of the counter that goes on over the jump
 *
 * Return: in kHz, or 0 where this machine has none that can be relied on.
 */
u32 luo_clock_khz(void)
{
#if defined(CONFIG_X86_TSC)
	return check_tsc_unstable() ? 0 : tsc_khz;
#elif defined(CONFIG_ARM_ARCH_TIMER)
	return arch_timer_get_rate() / 1000;
#else
	return 0;
#endif
}

/**
 * luo_clock_span - the time between two values of the counter
 * @from: the earlier, taken by either kernel; 0 if it was not taken
 * @to: the later; 0 if it was not taken
 * @khz_then: the rate that the old kernel knew
 * @khz_now: the rate that this kernel knows
 *
 * Return: in ns, or %LIVEUPDATE_TIME_UNKNOWN where that cannot be told.
 */
u64 luo_clock_span(u64 from, u64 to, u32 khz_then, u32 khz_now)
{
	u64 ns;

	if (!from || !to || to < from || !khz_then || !khz_now)
		return LIVEUPDATE_TIME_UNKNOWN;
	if (abs_diff(khz_then, khz_now) > khz_now / 100)
		return LIVEUPDATE_TIME_UNKNOWN;
	/* Too much for the multiplication is too much for a jump as well. */
	if ((to - from) / khz_now > LUO_JUMP_MAX_NS / NSEC_PER_MSEC)
		return LIVEUPDATE_TIME_UNKNOWN;
	ns = mul_u64_u64_div_u64(to - from, NSEC_PER_MSEC, khz_now);
	return ns <= LUO_JUMP_MAX_NS ? ns : LIVEUPDATE_TIME_UNKNOWN;
}

/**
 * luo_since - the time since an earlier moment in this kernel
 * @then: what local_clock() said
 *
 * Return: in ns; 0 where two CPUs do not agree on what came first.
 */
u64 luo_since(u64 then)
{
	u64 now = local_clock();

	return now > then ? now - then : 0;
}

/**
 * luo_record_get - copy the record
 * @copy: to where
 *
 * Context: any.
 */
void luo_record_get(struct luo_record *copy)
{
	guard(spinlock_irqsave)(&luo_record_lock);
	*copy = luo_record;
}

/**
 * luo_record_number - which live update the record is of
 *
 * Return: its number, 0 before the first.
 */
u64 luo_record_number(void)
{
	guard(spinlock_irqsave)(&luo_record_lock);
	return luo_record.number;
}

static void luo_record_reset(u64 number)
{
	memset(&luo_record, 0, sizeof(luo_record));
	for (unsigned int i = 0; i < LUO_SPANS; i++)
		luo_record.ns[i] = LIVEUPDATE_TIME_UNKNOWN;
	luo_record.number = number;
	luo_record.result = LIVEUPDATE_RESULT_RUNNING;
}

/**
 * luo_record_start - a live update begins in this kernel
 * @number: which one
 */
void luo_record_start(u64 number)
{
	guard(spinlock_irqsave)(&luo_record_lock);
	luo_record_reset(number);
	strscpy(luo_record.old_release, init_utsname()->release);
}

/**
 * luo_record_span - a part of it took so long
 * @span: which part
 * @ns: how long
 */
void luo_record_span(enum luo_span span, u64 ns)
{
	guard(spinlock_irqsave)(&luo_record_lock);
	luo_record.ns[span] = ns;
}

/**
 * luo_record_refuse - somebody refused
 * @call: to do what
 * @err: with which error
 * @blame: who
 *
 * A veto in the new kernel does not end the update.
 */
void luo_record_refuse(enum liveupdate_callback call, int err, const struct luo_blame *blame)
{
	guard(spinlock_irqsave)(&luo_record_lock);
	luo_record.callback = call;
	luo_record.error = err;
	strscpy(luo_record.culprit, blame->text);
	if (call == LIVEUPDATE_CALL_PREPARE || call == LIVEUPDATE_CALL_FREEZE)
		luo_record.result = LIVEUPDATE_RESULT_REFUSED;
}

/**
 * luo_record_end - the update is over in this kernel
 * @result: what became of it
 */
void luo_record_end(enum liveupdate_result result)
{
	guard(spinlock_irqsave)(&luo_record_lock);
	luo_record.result = result;
}

/**
 * luo_record_fail - something could not be restored
 * @why: what, in words; the first is kept
 */
void luo_record_fail(const char *why)
{
	guard(spinlock_irqsave)(&luo_record_lock);
	if (luo_record.result == LIVEUPDATE_RESULT_FAILED)
		return;
	luo_record.result = LIVEUPDATE_RESULT_FAILED;
	luo_record.callback = LIVEUPDATE_CALL_BOOT;
	luo_record.error = -EIO;
	strscpy(luo_record.culprit, why);
}

/**
 * luo_record_arrive - a live update led to this kernel
 * @ser: what the previous one says, checked; NULL where it says nothing
 * @number: which update it is
 * @arrived: value of the counter when this kernel's orchestrator started
 */
void __init luo_record_arrive(const struct luo_state_ser *ser, u64 number, u64 arrived)
{
	u32 khz = luo_clock_khz();

	guard(spinlock_irqsave)(&luo_record_lock);
	luo_record_reset(number);
	strscpy(luo_record.new_release, init_utsname()->release);
	if (!ser || !ser->clock_frozen)
		return;
	strscpy(luo_record.old_release, ser->release);
	luo_record.ns[LUO_SPAN_PREPARE] = ser->prepare_ns;
	luo_record.ns[LUO_SPAN_FREEZE] = ser->freeze_ns;
	luo_record.ns[LUO_SPAN_SHUTDOWN] = luo_clock_span(ser->clock_frozen, ser->clock_departed,
							  ser->clock_khz, khz);
	luo_record.ns[LUO_SPAN_JUMP] = luo_clock_span(ser->clock_departed, arrived,
						      ser->clock_khz, khz);
	luo_before.freeze = ser->clock_freeze;
	luo_before.khz = ser->clock_khz;
}

/**
 * luo_record_updated - UPDATED is reached, the blackout is over
 */
void __init luo_record_updated(void)
{
	u64 ns = luo_clock_span(luo_before.freeze, luo_clock(), luo_before.khz, luo_clock_khz());

	luo_updated_at = local_clock();
	luo_record_span(LUO_SPAN_BLACKOUT, ns);
}

/**
 * luo_record_restored - FINISH is done
 */
void luo_record_restored(void)
{
	u64 ns = luo_since(luo_updated_at);

	guard(spinlock_irqsave)(&luo_record_lock);
	luo_record.ns[LUO_SPAN_RESTORE] = ns;
	luo_record.result = LIVEUPDATE_RESULT_COMPLETED;
	luo_record.callback = 0;
	luo_record.error = 0;
	luo_record.culprit[0] = 0;
}
