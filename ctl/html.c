// SPDX-License-Identifier: GPL-2.0-or-later
#include "html.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "duration.h"
#include "luoctl.h"
#include "markup.h"
#include "output.h"
#include "record_text.h"

/* Where the blackout is less of the whole it is drawn once more, by itself. */
#define ENLARGED_BELOW 0.4

static void put_head(FILE *out, const struct record *r)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'\">\n",
	      out);
	fputs("<title>Live update", out);
	if (r->number)
		fprintf(out, " %" PRIu64, r->number);
	fputs("</title>\n<style>\n", out);
	fputs(html_style, out);
	fputs("</style>\n</head>\n<body>\n<main>\n", out);
}

static const char *result_class(const struct record *r)
{
	if (!strcmp(r->result, "done") || !strcmp(r->result, "completed"))
		return "done";
	return strcmp(r->result, "failed") ? "other" : "failed";
}

static void put_header(FILE *out, const struct record *r)
{
	const struct luo_report *head = &r->kernel.head;
	char text[RECORD_TIME_SIZE];

	fputs("<header><h1>Live update", out);
	if (r->number)
		fprintf(out, " %" PRIu64, r->number);
	fprintf(out, "</h1><span class=\"result %s\">", result_class(r));
	markup_text(out, strcmp(r->result, "dry_run") ? r->result : "dry run, complete");
	fputs("</span></header>\n<p class=\"about\"><span>", out);
	markup_text(out, *head->old_release ? head->old_release : "unknown");
	if (*head->new_release) {
		fputs(" \u2192 ", out);
		markup_text(out, head->new_release);
	}
	fputs("</span>", out);
	if (r->started_s)
		fprintf(out, " \u00b7 <span>%s</span>", record_time_text(r->started_s, text));
	if (*r->id) {
		fputs(" \u00b7 ", out);
		markup_text(out, r->id);
	}
	fputs("</p>\n", out);
	if (!*r->reason && !*r->culprit)
		return;
	fprintf(out, "<p class=\"why %s\">", result_class(r));
	if (*r->culprit) {
		fputs("<strong>", out);
		markup_text(out, r->culprit);
		fprintf(out, "</strong>%s", *r->reason ? ": " : "");
	}
	markup_text(out, r->reason);
	fputs("</p>\n", out);
}

static void put_duration(FILE *out, uint64_t ns)
{
	char text[DURATION_SIZE];
	char *micro = strstr(duration_text(ns, text), " us");

	if (micro)
		*micro = '\0';
	fprintf(out, "%s%s", text, micro ? " \u00b5s" : "");
}

static void put_figure(FILE *out, const char *title, uint64_t ns)
{
	if (ns == LUO_TIME_UNKNOWN)
		return;
	fprintf(out, "<div><dt>%s</dt><dd>", title);
	put_duration(out, ns);
	fputs("</dd></div>\n", out);
}

static void put_figures(FILE *out, const struct record *r, const struct timeline *t)
{
	size_t back = 0;

	for (size_t i = 0; i < r->client_count; i++)
		back += !strcmp(r->clients[i].phase, "restored");
	fputs("<dl>\n", out);
	put_figure(out, "Blackout, all in all", t->stopped_ns ? t->stopped_ns : LUO_TIME_UNKNOWN);
	put_figure(out, "Blackout of the kernel", r->kernel.head.blackout_ns);
	put_figure(out, "The whole update", t->total_ns);
	if (back)
		fprintf(out, "<div><dt>Clients back</dt><dd>%zu of %zu</dd></div>\n", back,
			r->client_count);
	else if (r->client_count)
		fprintf(out, "<div><dt>Clients</dt><dd>%zu</dd></div>\n", r->client_count);
	fputs("</dl>\n", out);
}

static void put_caption(FILE *out, const struct record *r)
{
	fputs("<figcaption><span class=\"k0\">goes on working</span>"
	      "<span class=\"k1\">stopped</span><span class=\"k2\">between the kernels</span>"
	      "<span class=\"k3\">coming back</span><span class=\"k4\">blackout</span>",
	      out);
	if (r->kernel.count > MARKUP_PARTICIPANTS)
		fprintf(out, "<em>the slowest %d of %zu participants</em>", MARKUP_PARTICIPANTS,
			r->kernel.count);
	fputs("</figcaption>\n", out);
}

static void put_timeline(FILE *out, const struct record *r, const struct timeline *t)
{
	uint64_t margin = t->stopped_ns / 25;
	uint64_t from = t->stopped_at_ns > margin ? t->stopped_at_ns - margin : 0;

	fputs("<h2>Timeline</h2>\n<figure>\n", out);
	html_svg(out, t, "whole", "Timeline of the update", 0, t->total_ns);
	put_caption(out, r);
	fputs("</figure>\n", out);
	if (!t->stopped_ns || (double)t->stopped_ns > ENLARGED_BELOW * (double)t->total_ns)
		return;
	fputs("<h2>The blackout, enlarged</h2>\n<figure>\n", out);
	html_svg(out, t, "blackout", "Timeline of the blackout", from,
		 t->stopped_at_ns + t->stopped_ns + margin);
	fputs("</figure>\n", out);
}

static void put_time(FILE *out, uint64_t ns)
{
	fputs("<td class=\"n\">", out);
	if (ns == LUO_TIME_UNKNOWN)
		fputs("\u2013", out);
	else if (ns)
		put_duration(out, ns);
	else
		fputc('0', out);
	fputs("</td>", out);
}

static void put_name(FILE *out, const char *name)
{
	fputs("<tr><th scope=\"row\">", out);
	markup_text(out, name);
	fputs("</th>", out);
}

static void put_steps(FILE *out, const struct timeline *t)
{
	fputs("<h2>Steps</h2>\n<div class=\"box\"><table class=\"steps\">\n<thead><tr>"
	      "<th scope=\"col\">Step</th><th scope=\"col\">In</th>"
	      "<th scope=\"col\" class=\"n\">Begins at</th><th scope=\"col\" class=\"n\">Takes</th>"
	      "</tr></thead>\n<tbody>\n",
	      out);
	for (size_t i = 0; i < t->count && t->rows[i].kind <= ROW_NEW; i++) {
		for (size_t j = 0; j < t->rows[i].count; j++) {
			put_name(out, t->rows[i].spans[j].name);
			fprintf(out, "<td>%s</td>",
				t->rows[i].kind == ROW_JUMP ? "between" : t->rows[i].name);
			put_time(out, t->rows[i].spans[j].start_ns);
			put_time(out, t->rows[i].spans[j].ns);
			fputs("</tr>\n", out);
		}
	}
	fputs("</tbody></table></div>\n", out);
}

static void put_parts(FILE *out, const struct record_client *c, const struct row *row)
{
	fputs("<td class=\"wide\">", out);
	if (*c->reason)
		markup_text(out, c->reason);
	if (c->part_count)
		fputs("<ul>", out);
	for (size_t i = 0; c->part_count && i < row->count; i++) {
		if (row->spans[i].kind == SPAN_LIVE)
			continue;
		fputs("<li>", out);
		markup_text(out, row->spans[i].name);
		fputc(' ', out);
		put_duration(out, row->spans[i].ns);
		fputs("</li>", out);
	}
	fputs(c->part_count ? "</ul></td></tr>\n" : "</td></tr>\n", out);
}

static void put_clients(FILE *out, const struct record *r, const struct timeline *t)
{
	const struct row *rows = t->rows + (t->count - r->client_count);

	if (!r->client_count)
		return;
	fputs("<h2>Clients</h2>\n<div class=\"box\"><table class=\"clients\">\n<thead><tr>"
	      "<th scope=\"col\">Client</th><th scope=\"col\">Came to</th>"
	      "<th scope=\"col\" class=\"n\">Blackout</th><th scope=\"col\" class=\"n\">Prepare</th>"
	      "<th scope=\"col\" class=\"n\">Freeze</th><th scope=\"col\">Parts</th></tr></thead>\n"
	      "<tbody>\n",
	      out);
	for (size_t i = 0; i < r->client_count; i++) {
		put_name(out, r->clients[i].name);
		fputs("<td>", out);
		markup_text(out, r->clients[i].phase);
		fputs("</td>", out);
		put_time(out, rows[i].stopped_ns);
		put_time(out, r->clients[i].prepare_ns);
		put_time(out, r->clients[i].freeze_ns);
		put_parts(out, &r->clients[i], &rows[i]);
	}
	fputs("</tbody></table></div>\n", out);
}

/* Steps that nobody was called for are left out. */
static void put_participants(FILE *out, const struct record *r)
{
	static const char *const titles[REPORT_CALLBACKS] = {
		[LUO_CALL_PREPARE] = "Prepare",	      [LUO_CALL_FREEZE] = "Freeze",
		[LUO_CALL_CANCEL] = "Cancel",	      [LUO_CALL_BOOT] = "Boot",
		[LUO_CALL_CAN_FINISH] = "Can finish", [LUO_CALL_FINISH] = "Finish",
	};
	bool shown[REPORT_CALLBACKS] = { 0 };

	if (!r->kernel.count)
		return;
	fputs("<h2>Participants of the kernel</h2>\n<div class=\"box\">"
	      "<table class=\"participants\">\n<thead><tr><th scope=\"col\">Participant</th>",
	      out);
	for (int i = 0; i < REPORT_CALLBACKS; i++) {
		for (size_t j = 0; j < r->kernel.count; j++)
			shown[i] |= r->kernel.entries[j].ns[i] != LUO_TIME_UNKNOWN;
		if (shown[i])
			fprintf(out, "<th scope=\"col\" class=\"n\">%s</th>", titles[i]);
	}
	fputs("<th scope=\"col\">Error</th></tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < r->kernel.count; i++) {
		const struct luo_report_entry *entry = &r->kernel.entries[i];
		const char *error = strerrorname_np(report_errno(entry->error));

		put_name(out, entry->name);
		for (int j = 0; j < REPORT_CALLBACKS; j++) {
			if (shown[j])
				put_time(out, entry->ns[j]);
		}
		fprintf(out, "<td>%s</td></tr>\n",
			!entry->error ? "\u2013" :
			error	      ? error :
					"unknown");
	}
	fputs("</tbody></table></div>\n", out);
}

static void put_log(FILE *out, const struct record *r)
{
	if (!r->line_count)
		return;
	fputs("<h2>What luod told</h2>\n<div class=\"box\"><table class=\"log\">\n<thead><tr>"
	      "<th scope=\"col\">Time</th><th scope=\"col\">Message</th></tr></thead>\n<tbody>\n",
	      out);
	for (size_t i = 0; i < r->line_count; i++) {
		const struct record_line *line = &r->lines[i];
		char text[RECORD_TIME_SIZE];
		const char *clock = strchr(record_time_text(line->at_ms / 1000, text), ' ');

		fprintf(out, "<tr%s><td>%s", line->priority < 5 ? " class=\"warn\"" : "",
			clock ? clock + 1 : text);
		if (clock)
			fprintf(out, ".%03u", (unsigned int)(line->at_ms % 1000));
		fputs("</td><td class=\"wide\">", out);
		markup_text(out, line->text);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void put_kernel_log(FILE *out, const struct record *r)
{
	struct json_object *log;
	char *text = NULL;
	char *rest;

	if (json_object_object_get_ex(r->root, "kernel_log", &log) &&
	    json_object_is_type(log, json_type_string))
		text = strdup(json_object_get_string(log));
	if (!text)
		return;
	rest = text;
	fputs("<h2>Log of the old kernel</h2>\n<div class=\"box\">"
	      "<pre tabindex=\"0\" aria-label=\"log\">", out);
	/* Lines are all that a log is made of; a control that is anything else is none. */
	for (char *line; (line = strsep(&rest, "\n"));) {
		markup_text(out, line);
		fputc('\n', out);
	}
	fputs("</pre></div>\n", out);
	free(text);
}

static void put_page(FILE *out, const struct record *r, const struct timeline *t)
{
	put_head(out, r);
	put_header(out, r);
	if (r->root || r->kernel.head.result != LUO_RESULT_NONE) {
		put_figures(out, r, t);
		put_timeline(out, r, t);
		put_steps(out, t);
		put_clients(out, r, t);
		put_participants(out, r);
		put_log(out, r);
		put_kernel_log(out, r);
	} else {
		fputs("<p>No live update since this machine was switched on.</p>\n", out);
	}
	fputs("</main>\n</body>\n</html>\n", out);
}

int html_write(const struct record *record, const char *path)
{
	struct timeline timeline;
	struct output output;
	int code;

	if (timeline_make(record, &timeline))
		return fail(CODE_FAILED, "not enough memory for the page.");
	code = output_open(&output, path);
	if (!code) {
		put_page(output.out, record, &timeline);
		code = output_close(&output);
	}
	timeline_free(&timeline);
	return code;
}
