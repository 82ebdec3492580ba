// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "luoctl.h"
#include "output.h"
#include "sys.h"
#include "utf8.h"

void metrics_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_label(FILE *out, const char *text)
{
	while (*text) {
		size_t length = utf8_length(text);

		if (*text == '\\' || *text == '"')
			fprintf(out, "\\%c", *text);
		else if (*text == '\n')
			fputs("\\n", out);
		else if (!length || utf8_is_control(text, length))
			fputs("\ufffd", out);
		else
			fwrite(text, 1, length, out);
		text += length ? length : 1;
	}
}

void metrics_value(FILE *out, const char *name, const char *label, const char *text, double value)
{
	fputs(name, out);
	if (label) {
		fprintf(out, "{%s=\"", label);
		put_label(out, text);
		fputs("\"}", out);
	}
	fprintf(out, " %.17g\n", value);
}

void metrics_single(FILE *out, const char *name, const char *type, const char *help, double value)
{
	metrics_head(out, name, type, help);
	metrics_value(out, name, NULL, NULL, value);
}

static void put_state(FILE *out, const char *state)
{
	metrics_head(out, "luo_state", "gauge", "Where the machine stands in a live update.");
	for (unsigned int i = LUO_STATE_NORMAL; i <= LUO_STATE_UPDATED; i++)
		metrics_value(out, "luo_state", "state", luo_state_name(i),
			      !strcmp(luo_state_name(i), state));
}

static void put_bytes(FILE *out, const char *file, const char *name, const char *help)
{
	char path[128];
	char text[32];

	snprintf(path, sizeof(path), LUO_SYSFS "/%s", file);
	if (!luo_sys_read_text(path, text, sizeof(text)))
		metrics_single(out, name, "gauge", help, strtod(text, NULL));
}

static void put_participants(FILE *out)
{
	struct luo_participant_info *list;
	struct luo *luo;
	size_t count;

	if (luo_open(&luo, NULL, 0))
		return;
	if (!luo_list_participants(luo, &list, &count)) {
		metrics_single(out, "luo_participants", "gauge",
			       "Participants of the kernel in live updates.", (double)count);
		free(list);
	}
	luo_close(luo);
}

/* Who cannot be asked is as good as gone. NULL where luod does not run. */
static struct json_object *ask_status(const struct options *options)
{
	struct json_object *status = NULL;
	struct luod_link luod;
	const char *text;

	if (luod_connect(&luod, luod_socket(options), luod_patience_ms(options)) ||
	    luod_ask(&luod, "STATUS", NULL, &status, luod_patience_ms(options)) ||
	    luod_reply_error(status, &text)) {
		json_object_put(status);
		status = NULL;
	}
	luod_disconnect(&luod);
	return status;
}

static void put_present(FILE *out, const struct options *options)
{
	struct json_object *luod = ask_status(options);
	struct luo_status status;

	metrics_single(out, "luo_available", "gauge", "Whether live update is on in this kernel.",
		       live_update_is_on());
	if (!luo_get_status(NULL, &status)) {
		put_state(out, luo_state_name(status.state));
		metrics_single(
			out, "luo_kernel_updates_total", "counter",
			"Live updates that led to this kernel since the machine was switched on.",
			(double)status.number);
	} else if (luod_text(luod, "state")) {
		put_state(out, luod_text(luod, "state"));
	}
	put_bytes(out, "preserved_bytes", "luo_preserved_bytes",
		  "Memory of files that is preserved for the next kernel.");
	put_bytes(out, "preserving_bytes", "luo_preserving_bytes",
		  "Memory of files that is yet to be preserved.");
	put_participants(out);
	metrics_single(out, "luo_luod_up", "gauge", "Whether luod runs, and answers.",
		       luod != NULL);
	if (luod)
		metrics_single(out, "luo_clients", "gauge", "Clients that are connected to luod.",
			       (double)luod_number(luod, "clients", 0));
	json_object_put(luod);
}

static int run_metrics(const struct options *options, int count, char **operands)
{
	struct output output;
	int code = output_open(&output, options->output ? options->output : "-");
	int history;

	if (code)
		return code;
	put_present(output.out, options);
	history = metrics_history(output.out);
	code = output_close(&output);
	return code ? code : history;
}

const struct verb verb_metrics = {
	.name = "metrics",
	.summary = "Print figures for Prometheus",
	.details =
		"For node_exporter's textfile collector: with --output the file is replaced when\n"
		"all is there. What is counted over updates is counted over those on record.",
	.options = OPT_OUTPUT | OPT_SOCKET | OPT_WAIT,
	.run = run_metrics,
};
