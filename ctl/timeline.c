// SPDX-License-Identifier: GPL-2.0-or-later
#include "timeline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* When things are, in an update. */
struct moments {
	/* luod's clients are to preserve, the kernel's participants to prepare. */
	uint64_t preserve;
	uint64_t prepare;
	/* Clients are to freeze; then the kernel is; then it is left. */
	uint64_t freeze;
	uint64_t kernel_freeze;
	/* The new kernel's orchestrator runs; it is updated; all is over. */
	uint64_t boot;
	uint64_t updated;
	uint64_t end;
	bool jumped;
};

/* Some years: of what is more nothing can be made, and it cannot be added up. */
#define LIMIT_NS (1ULL << 57)

static uint64_t first_known(uint64_t ns, uint64_t otherwise)
{
	return ns > LIMIT_NS ? otherwise : ns;
}

static uint64_t known(uint64_t ns)
{
	return first_known(ns, 0);
}

static struct span *add_span(struct row *row, const char *name, enum span_kind kind,
			     uint64_t start_ns, uint64_t ns)
{
	struct span *span = &row->spans[row->count];
	size_t length = strlen(name);

	if (ns > LIMIT_NS || start_ns > 32 * LIMIT_NS || row->count == ROW_SPANS)
		return NULL;
	row->count++;
	if (length > 3 && !strcmp(name + length - 3, "_ns"))
		length -= 3;
	snprintf(span->name, sizeof(span->name), "%.*s", (int)length, name);
	for (char *p = span->name; *p; p++)
		*p = *p == '_' ? ' ' : *p;
	span->kind = kind;
	span->start_ns = start_ns;
	span->ns = ns;
	return span;
}

static struct row *add_row(struct timeline *t, enum row_kind kind, const char *name)
{
	struct row *row = &t->rows[t->count++];

	row->kind = kind;
	row->name = name;
	row->stopped_at_ns = LUO_TIME_UNKNOWN;
	row->stopped_ns = LUO_TIME_UNKNOWN;
	return row;
}

/* Whether the old kernel was left: the new one wrote the record, or has the kernel's. */
static bool has_jumped(const struct record *r)
{
	if (r->root)
		return !strcmp(r->result, "done") || !strcmp(r->result, "failed");
	return r->kernel.head.result == LUO_RESULT_COMPLETED ||
	       r->kernel.head.result == LUO_RESULT_FAILED || *r->kernel.head.new_release;
}

static struct moments find_moments(const struct record *r, const struct phase phases[PHASE_COUNT])
{
	struct moments m = { .jumped = has_jumped(r) };
	const uint64_t *stage = r->stage_ns;
	uint64_t before = known(stage[STAGE_LOADING]) + known(stage[STAGE_PRESERVING]);
	uint64_t parts = 0;

	for (int i = PHASE_FREEZE; i <= PHASE_BOOT; i++)
		parts += known(phases[i].ns);
	m.preserve = known(stage[STAGE_LOADING]);
	m.prepare = before;
	m.freeze =
		first_known(r->prepare_ns, before + first_known(stage[STAGE_PREPARING],
								known(phases[PHASE_PREPARE].ns)));
	m.kernel_freeze = m.freeze + first_known(r->freeze_ns, known(stage[STAGE_FREEZING]));
	m.updated = m.kernel_freeze;
	if (m.jumped) {
		m.updated += first_known(r->kernel.head.blackout_ns, parts);
		m.boot = m.updated - known(phases[PHASE_BOOT].ns);
		m.end = m.updated +
			first_known(phases[PHASE_RESTORE].ns,
				    known(stage[STAGE_RESTORING]) + known(stage[STAGE_FINISHING]));
		return m;
	}
	m.end = r->root ? m.kernel_freeze : m.kernel_freeze + known(phases[PHASE_FREEZE].ns);
	return m;
}

static enum span_kind stage_kind(const struct record *r, unsigned int stage)
{
	if (stage < STAGE_FREEZING)
		return SPAN_LIVE;
	/* Who was not stopped has nothing to come back from. */
	if (stage == STAGE_CANCELLING && r->stage_ns[STAGE_FREEZING] == LUO_TIME_UNKNOWN)
		return SPAN_RETURN;
	return SPAN_STOPPED;
}

/* In the old kernel, up to the end of it. */
static void add_old(struct timeline *t, const struct record *r, struct moments *m,
		    const struct phase phases[PHASE_COUNT])
{
	struct row *row = add_row(t, ROW_OLD, "old kernel");
	bool by_luod = r->root && r->stage_ns[STAGE_LOADING] != LUO_TIME_UNKNOWN;
	uint64_t at = 0;

	for (unsigned int i = STAGE_LOADING; by_luod && i <= STAGE_CANCELLING; i++) {
		if (m->jumped && i == STAGE_JUMPING)
			break;
		if (add_span(row, record_stage_name(i), stage_kind(r, i), at, r->stage_ns[i]))
			at += r->stage_ns[i];
	}
	if (!by_luod) {
		add_span(row, "prepare", SPAN_LIVE, 0,
			 first_known(r->prepare_ns, phases[PHASE_PREPARE].ns));
		if (r->root)
			add_span(row, "freezing", SPAN_STOPPED, m->freeze, r->freeze_ns);
		at = m->end;
	}
	if (!m->jumped && at > m->end)
		m->end = at;
	/* What is luod's jumping has this in it. */
	if (!m->jumped && by_luod)
		return;
	add_span(row, "freeze", SPAN_STOPPED, m->kernel_freeze, phases[PHASE_FREEZE].ns);
	add_span(row, "shutdown", SPAN_STOPPED, m->kernel_freeze + known(phases[PHASE_FREEZE].ns),
		 phases[PHASE_SHUTDOWN].ns);
}

static void add_new(struct timeline *t, const struct record *r, const struct moments *m,
		    const struct phase phases[PHASE_COUNT])
{
	uint64_t ours = known(r->stage_ns[STAGE_RESTORING]) + known(r->stage_ns[STAGE_FINISHING]);
	uint64_t restore = phases[PHASE_RESTORE].ns;
	uint64_t jump = phases[PHASE_JUMP].ns;
	uint64_t at = m->updated;
	struct row *row;

	row = add_row(t, ROW_JUMP, "jump");
	add_span(row, "jump", SPAN_JUMP, m->boot - known(jump), jump);
	row = add_row(t, ROW_NEW, "new kernel");
	add_span(row, "boot", SPAN_JUMP, m->boot, phases[PHASE_BOOT].ns);
	if (!ours) {
		add_span(row, "restore", SPAN_RETURN, at, restore);
		return;
	}
	/* luod starts when the new system does. */
	if (restore != LUO_TIME_UNKNOWN && restore > ours) {
		add_span(row, "start", SPAN_RETURN, at, restore - ours);
		at += restore - ours;
	}
	add_span(row, "restoring", SPAN_RETURN, at, r->stage_ns[STAGE_RESTORING]);
	add_span(row, "finishing", SPAN_RETURN, at + known(r->stage_ns[STAGE_RESTORING]),
		 r->stage_ns[STAGE_FINISHING]);
}

/* Each step of a participant's comes after that of the one before. */
static void add_participants(struct timeline *t, const struct record *r, const struct moments *m)
{
	static const enum span_kind kinds[REPORT_CALLBACKS] = {
		[LUO_CALL_PREPARE] = SPAN_LIVE,	     [LUO_CALL_FREEZE] = SPAN_STOPPED,
		[LUO_CALL_CANCEL] = SPAN_STOPPED,    [LUO_CALL_BOOT] = SPAN_JUMP,
		[LUO_CALL_CAN_FINISH] = SPAN_RETURN, [LUO_CALL_FINISH] = SPAN_RETURN,
	};
	uint64_t total[REPORT_CALLBACKS] = { 0 };
	uint64_t at[REPORT_CALLBACKS];

	for (size_t i = 0; i < r->kernel.count; i++) {
		for (int j = 0; j < REPORT_CALLBACKS; j++)
			total[j] += known(r->kernel.entries[i].ns[j]);
	}
	at[LUO_CALL_PREPARE] = m->prepare;
	at[LUO_CALL_FREEZE] = m->kernel_freeze;
	at[LUO_CALL_CANCEL] = m->kernel_freeze + total[LUO_CALL_FREEZE];
	at[LUO_CALL_BOOT] = m->boot;
	/* What ends the update comes last. */
	at[LUO_CALL_FINISH] = m->end > total[LUO_CALL_FINISH] ? m->end - total[LUO_CALL_FINISH] : 0;
	at[LUO_CALL_CAN_FINISH] = at[LUO_CALL_FINISH] > total[LUO_CALL_CAN_FINISH] ?
					  at[LUO_CALL_FINISH] - total[LUO_CALL_CAN_FINISH] :
					  0;
	for (size_t i = 0; i < r->kernel.count; i++) {
		const struct luo_report_entry *entry = &r->kernel.entries[i];
		struct row *row = add_row(t, ROW_PARTICIPANT, entry->name);

		for (unsigned int j = 0; j < REPORT_CALLBACKS; j++) {
			if (add_span(row, luo_callback_name(j), kinds[j], at[j], entry->ns[j]))
				at[j] += entry->ns[j];
		}
	}
}

/* When it could be used again: as it says, or luod, or not known. */
static uint64_t end_of_blackout(const struct record_client *c, const struct moments *m)
{
	if (!m->jumped)
		return strcmp(c->phase, "frozen") && strcmp(c->phase, "freezing") ?
			       LUO_TIME_UNKNOWN :
			       m->end;
	if (c->blackout_ns != LUO_TIME_UNKNOWN)
		return m->freeze + c->blackout_ns;
	if (c->back_ns != LUO_TIME_UNKNOWN)
		return m->updated + c->back_ns;
	return LUO_TIME_UNKNOWN;
}

/* Parts that fit into the freeze were before the jump; the others lead to the end. */
static void add_parts(struct row *row, const struct record_client *c, const struct record *r,
		      const struct moments *m, uint64_t end)
{
	uint64_t room = first_known(c->freeze_ns, known(r->freeze_ns));
	uint64_t at = m->freeze;
	uint64_t rest = 0;
	size_t i = 0;

	for (; i < c->part_count && known(c->parts[i].ns) <= room; i++) {
		room -= known(c->parts[i].ns);
		if (add_span(row, c->parts[i].name, SPAN_STOPPED, at, c->parts[i].ns))
			at += c->parts[i].ns;
	}
	for (size_t j = i; j < c->part_count; j++)
		rest += known(c->parts[j].ns);
	if (end != LUO_TIME_UNKNOWN && end >= m->updated + rest)
		at = end - rest;
	else
		at = m->updated;
	for (; i < c->part_count; i++) {
		if (add_span(row, c->parts[i].name, SPAN_RETURN, at, c->parts[i].ns))
			at += c->parts[i].ns;
	}
}

static void add_client(struct timeline *t, const struct record_client *c, const struct record *r,
		       const struct moments *m)
{
	struct row *row = add_row(t, ROW_CLIENT, c->name);
	uint64_t end = end_of_blackout(c, m);

	add_span(row, "preserve", SPAN_LIVE, m->preserve, c->prepare_ns);
	if (c->part_count)
		add_parts(row, c, r, m, end);
	else
		add_span(row, "freeze", SPAN_STOPPED, m->freeze, c->freeze_ns);
	if (end == LUO_TIME_UNKNOWN || end < m->freeze)
		return;
	row->stopped_at_ns = m->freeze;
	row->stopped_ns = end - m->freeze;
}

/* From the first to the last of what stands still, and the whole. */
static void measure(struct timeline *t, const struct moments *m)
{
	uint64_t stopped_until = m->jumped ? m->updated : 0;

	t->total_ns = m->end;
	for (size_t i = 0; i < t->count; i++) {
		const struct row *row = &t->rows[i];

		for (size_t j = 0; j < row->count; j++) {
			uint64_t end = row->spans[j].start_ns + row->spans[j].ns;

			if (end > t->total_ns)
				t->total_ns = end;
			if (!m->jumped && row->spans[j].kind == SPAN_STOPPED && end > stopped_until)
				stopped_until = end;
		}
		if (row->stopped_ns == LUO_TIME_UNKNOWN)
			continue;
		if (row->stopped_at_ns + row->stopped_ns > stopped_until)
			stopped_until = row->stopped_at_ns + row->stopped_ns;
	}
	if (stopped_until > t->total_ns)
		t->total_ns = stopped_until;
	t->stopped_at_ns = m->freeze;
	t->stopped_ns = stopped_until > m->freeze ? stopped_until - m->freeze : 0;
}

int timeline_make(const struct record *record, struct timeline *timeline)
{
	struct phase phases[PHASE_COUNT];
	struct moments m;

	*timeline = (struct timeline){ 0 };
	timeline->rows =
		calloc(3 + record->kernel.count + record->client_count, sizeof(*timeline->rows));
	if (!timeline->rows)
		return -ENOMEM;
	report_phases(&record->kernel.head, phases);
	m = find_moments(record, phases);
	add_old(timeline, record, &m, phases);
	if (m.jumped)
		add_new(timeline, record, &m, phases);
	add_participants(timeline, record, &m);
	for (size_t i = 0; i < record->client_count; i++)
		add_client(timeline, &record->clients[i], record, &m);
	measure(timeline, &m);
	return 0;
}

void timeline_free(struct timeline *timeline)
{
	free(timeline->rows);
	*timeline = (struct timeline){ 0 };
}
