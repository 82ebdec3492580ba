// SPDX-License-Identifier: GPL-2.0-or-later
/* Which update is told of, and how. */
#include <errno.h>
#include <string.h>

#include "history.h"
#include "html.h"
#include "json.h"
#include "luoctl.h"
#include "record_text.h"
#include "sys.h"
#include "trace.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

static bool is_of_this_boot(const struct record *record)
{
	char text[64];
	char *to = text;

	if (luo_sys_read_text(BOOT_ID, text, sizeof(text)))
		return true;
	for (const char *from = text; *from; from++) {
		if (*from != '-')
			*to++ = *from;
	}
	*to = '\0';
	return !strcmp(text, record->boot_id);
}

/* Whether the kernel tells of an update that luod has no record of. */
static bool kernel_is_newer(const struct report *report, const struct record *record)
{
	if (report->head.result == LUO_RESULT_NONE)
		return false;
	if (report->head.result == LUO_RESULT_RUNNING || !is_of_this_boot(record))
		return true;
	return record->has_kernel && record->kernel.head.prepare_ns != report->head.prepare_ns;
}

static int read_kernel(struct luo *luo, struct report *report)
{
	return luo_get_report(luo, &report->head, &report->entries, &report->count);
}

static int need_kernel(const struct options *options, struct record *record)
{
	struct report report;
	struct luo *luo;
	int ret = open_device(&luo, 0, options);

	if (ret)
		return ret;
	ret = read_kernel(luo, &report);
	luo_close(luo);
	if (ret == -EOPNOTSUPP)
		return fail(CODE_UNAVAILABLE,
			    "this kernel's orchestrator keeps no report of live updates.");
	if (ret)
		return fail(CODE_FAILED, "cannot read the report: %s", strerror(-ret));
	record_from_kernel(&report, record);
	return CODE_DONE;
}

/* The record there is, unless the kernel can be asked, and knows of a later update. */
static void prefer_newer(struct record *record)
{
	struct report report = { 0 };
	struct luo *luo;

	if (luo_open(&luo, NULL, 0))
		return;
	if (!read_kernel(luo, &report) && kernel_is_newer(&report, record)) {
		record_free(record);
		record_from_kernel(&report, record);
	}
	free(report.entries);
	luo_close(luo);
}

static int find_record(const struct options *options, const struct history *history,
		       const char *which, struct record *record)
{
	bool found;
	int code;

	if (which)
		return history_find(history, which, record);
	code = history_last(history, record, &found);
	if (code)
		return code;
	if (!found)
		return need_kernel(options, record);
	prefer_newer(record);
	return CODE_DONE;
}

static int show(const struct options *options, const struct record *record)
{
	if (options->given & OPT_TRACE)
		return trace_print(record);
	if (options->given & OPT_HTML)
		return html_write(record, options->html);
	if (!(options->given & OPT_JSON))
		return record->root ? record_print(record) : report_print(&record->kernel);
	if (record->root)
		json_print(json_object_get(record->root));
	else
		report_print_json(&record->kernel);
	return CODE_DONE;
}

static int check_options(const struct options *options, int count)
{
	unsigned int given = options->given & (OPT_JSON | OPT_TRACE | OPT_HTML);

	if (given & (given - 1))
		return fail(CODE_USAGE, "of --json, --trace and --html there can be one.");
	if (options->given & OPT_LIST && (given & ~OPT_JSON || count))
		return fail(CODE_USAGE, "--list is of all updates, and in words or JSON.");
	return CODE_DONE;
}

static int run_report(const struct options *options, int count, char **operands)
{
	struct history history;
	struct record record;
	int code = check_options(options, count);

	if (!code)
		code = history_open(&history);
	if (code)
		return code;
	if (options->given & OPT_LIST) {
		code = record_print_list(&history, options->given & OPT_JSON);
	} else {
		code = find_record(options, &history, count ? operands[0] : NULL, &record);
		if (!code) {
			code = show(options, &record);
			record_free(&record);
		}
	}
	history_close(&history);
	return code;
}

const struct verb verb_report = {
	.name = "report",
	.operands = "[NUMBER|ID|FILE]",
	.summary = "Tell of a live update: result, times, and who took part",
	.details =
		"Without an operand, of the last one, or the one in progress. luod keeps the last 64\n"
		"on record; where it was not in use, the kernel tells. The blackout is from the\n"
		"beginning of FREEZE to the state updated: freeze, shutdown of the old kernel, the\n"
		"jump, and the boot of what was handed over. Participants come slowest first; '-'\n"
		"stands for what one was not called for.",
	.options = OPT_JSON | OPT_LIST | OPT_TRACE | OPT_HTML | OPT_WAIT,
	.max_operands = 1,
	.run = run_report,
};
