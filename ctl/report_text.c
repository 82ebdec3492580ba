// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "duration.h"
#include "luoctl.h"
#include "report.h"

#define DEFAULT_COLUMNS 80
#define MIN_BAR 10
/* What a line of the timeline has besides the bar: the phase, and its time. */
#define AROUND_BAR 24

/* The table: a total, the times of callbacks, and the errors. */
#define COLUMN_COUNT (1 + REPORT_CALLBACKS + 1)
#define COLUMN_ERROR (COLUMN_COUNT - 1)
#define COLUMN_WIDTH 7

static const char *const titles[COLUMN_COUNT] = {
	"TOTAL",
	[1 + LUO_CALL_PREPARE] = "PREPARE",
	[1 + LUO_CALL_FREEZE] = "FREEZE",
	[1 + LUO_CALL_CANCEL] = "CANCEL",
	[1 + LUO_CALL_BOOT] = "BOOT",
	[1 + LUO_CALL_CAN_FINISH] = "CAN_FINISH",
	[1 + LUO_CALL_FINISH] = "FINISH",
	[COLUMN_ERROR] = "ERROR",
};

struct row {
	const struct luo_report_entry *entry;
	uint64_t total;
};

static void print_head(const struct luo_report *head)
{
	bool running = head->result == LUO_RESULT_RUNNING;

	printf("Live update:   %" PRIu64 "\n", head->number);
	printf("Result:        %s\n", luo_result_name(head->result));
	printf("Kernels:       ");
	print_name(*head->old_release ? head->old_release : "unknown", 0);
	printf(" -> ");
	print_name(*head->new_release ? head->new_release : running ? "unknown" : "none", 0);
	putchar('\n');
}

static void print_failure(const struct luo_report *head)
{
	int number = report_errno(head->error);
	const char *name = strerrorname_np(number);

	if (*head->culprit) {
		printf("Step:          %s\n", luo_callback_name(head->callback));
		printf("Culprit:       ");
		print_name(head->culprit, 0);
		putchar('\n');
	}
	if (number && name)
		printf("Error:         %s (%s)\n", name, strerror(number));
	else if (number)
		printf("Error:         %s\n", strerror(number));
}

static void print_times(const struct luo_report *head, const struct phase phases[PHASE_COUNT])
{
	char text[DURATION_SIZE];

	printf("Prepare:       %s\n", duration_text(phases[PHASE_PREPARE].ns, text));
	printf("Blackout:      %s\n", duration_text(head->blackout_ns, text));
	printf("  Freeze:      %s\n", duration_text(phases[PHASE_FREEZE].ns, text));
	printf("  Shutdown:    %s\n", duration_text(phases[PHASE_SHUTDOWN].ns, text));
	printf("  Jump:        %s\n", duration_text(phases[PHASE_JUMP].ns, text));
	printf("  Boot:        %s\n", duration_text(phases[PHASE_BOOT].ns, text));
	printf("Restore:       %s\n", duration_text(phases[PHASE_RESTORE].ns, text));
}

static int bar_width(void)
{
	struct winsize size;
	int columns = DEFAULT_COLUMNS;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		columns = size.ws_col;
	return columns < AROUND_BAR + MIN_BAR ? MIN_BAR : columns - AROUND_BAR;
}

/* From @start to @end as parts of the whole; never empty, and never outside. */
static void print_bar(double start, double end, int width)
{
	int from = (int)(start * width + 0.5);
	int to = (int)(end * width + 0.5);

	if (from > width - 1)
		from = width - 1;
	if (to <= from)
		to = from + 1;
	putchar('|');
	for (int i = 0; i < width; i++)
		putchar(i >= from && i < to ? '#' : ' ');
	putchar('|');
}

static void print_timeline(const struct phase phases[PHASE_COUNT])
{
	int width = bar_width();
	double total = 0;
	double at = 0;

	for (int i = 0; i < PHASE_COUNT; i++)
		total += phases[i].ns == LUO_TIME_UNKNOWN ? 0 : (double)phases[i].ns;
	if (total == 0)
		return;

	putchar('\n');
	for (int i = 0; i < PHASE_COUNT; i++) {
		char text[DURATION_SIZE];
		double end = at + (double)phases[i].ns;

		if (phases[i].ns == LUO_TIME_UNKNOWN)
			continue;
		printf("%-8s  ", phases[i].name);
		print_bar(at / total, end / total, width);
		printf("  %s\n", duration_text(phases[i].ns, text));
		at = end;
	}
}

static uint64_t total_ns(const struct luo_report_entry *entry)
{
	uint64_t total = LUO_TIME_UNKNOWN;

	for (int i = 0; i < REPORT_CALLBACKS; i++) {
		if (entry->ns[i] == LUO_TIME_UNKNOWN)
			continue;
		if (total == LUO_TIME_UNKNOWN)
			total = 0;
		if (entry->ns[i] >= LUO_TIME_UNKNOWN - total)
			return LUO_TIME_UNKNOWN - 1;
		total += entry->ns[i];
	}
	return total;
}

/* Slowest first, then in the kernel's order. */
static int by_total(const void *a, const void *b)
{
	const struct row *x = a;
	const struct row *y = b;
	/* Who was not called comes last: what is unknown is less than 0 here. */
	uint64_t x_ns = x->total + 1;
	uint64_t y_ns = y->total + 1;

	if (x_ns != y_ns)
		return x_ns < y_ns ? 1 : -1;
	return x->entry < y->entry ? -1 : 1;
}

static bool has_cell(const struct row *row, int column)
{
	if (column == COLUMN_ERROR)
		return row->entry->error;
	return (column ? row->entry->ns[column - 1] : row->total) != LUO_TIME_UNKNOWN;
}

static const char *cell_text(const struct row *row, int column, char text[DURATION_SIZE])
{
	int number = report_errno(row->entry->error);
	const char *name = strerrorname_np(number);

	if (!has_cell(row, column))
		return "-";
	if (column != COLUMN_ERROR)
		return duration_text(column ? row->entry->ns[column - 1] : row->total, text);
	snprintf(text, DURATION_SIZE, "%d", number);
	return name ? name : text;
}

/* One line, of titles where there is no row; without blanks at the end. */
static void print_row(const struct row *row, int name_width, const bool *shown)
{
	int pad = 0;

	print_name(row ? row->entry->name : "NAME", name_width);
	for (int i = 0; i < COLUMN_COUNT; i++) {
		int width = (int)strlen(titles[i]);
		char text[DURATION_SIZE];
		const char *cell = row ? cell_text(row, i, text) : titles[i];

		if (!shown[i])
			continue;
		printf("%*s%s", pad + 2, "", cell);
		pad = (width > COLUMN_WIDTH ? width : COLUMN_WIDTH) - (int)strlen(cell);
		pad = pad < 0 ? 0 : pad;
	}
	putchar('\n');
}

static void print_table(const struct row *rows, size_t count)
{
	bool shown[COLUMN_COUNT] = { true };
	int width = 4;

	/* What nobody was called for is left out. */
	for (size_t i = 0; i < count; i++) {
		int length = (int)strlen(rows[i].entry->name);

		width = length > width ? length : width;
		for (int j = 0; j < COLUMN_COUNT; j++)
			shown[j] = shown[j] || has_cell(&rows[i], j);
	}
	putchar('\n');
	print_row(NULL, width, shown);
	for (size_t i = 0; i < count; i++)
		print_row(&rows[i], width, shown);
}

int report_print_times(const struct report *report)
{
	struct row *rows = calloc(report->count + 1, sizeof(*rows));
	struct phase phases[PHASE_COUNT];

	if (!rows)
		return fail(CODE_FAILED, "not enough memory for the report.");
	for (size_t i = 0; i < report->count; i++)
		rows[i] = (struct row){ &report->entries[i], total_ns(&report->entries[i]) };
	qsort(rows, report->count, sizeof(*rows), by_total);

	report_phases(&report->head, phases);
	print_times(&report->head, phases);
	print_timeline(phases);
	if (report->count)
		print_table(rows, report->count);
	free(rows);
	return CODE_DONE;
}

int report_print(const struct report *report)
{
	if (report->head.result == LUO_RESULT_NONE) {
		puts("No live update since this machine was switched on.");
		return CODE_DONE;
	}
	print_head(&report->head);
	print_failure(&report->head);
	return report_print_times(report);
}
