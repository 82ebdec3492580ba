// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.h"

#include <string.h>

#include "json.h"

/* Where the command line of the next kernel is not given, it is taken to be this one's. */
static int take_command_line(struct check *check)
{
	struct options options = *check->options;

	if (!(options.given & OPT_COMMAND_LINE))
		options.given |= OPT_REUSE;
	return choose_command_line(&options, check->line, sizeof(check->line));
}

static int begin(struct check *check, const struct options *options, const char *kernel)
{
	int code;

	*check = (struct check){
		.options = options,
		.kernel = kernel,
		.format = LUO_MEMFD_UNKNOWN,
	};
	code = take_command_line(check);
	if (code)
		return code;
	luo_probe(&check->here);
	image_read_running(&check->running);
	return CODE_DONE;
}

static void check_next(struct check *check)
{
	check_image(check);
	if (check->has_image) {
		check_formats(check);
		check_subsystems(check);
	}
	check_command_line(check);
	check_loading(check);
	check_memory(check);
	check_initrd(check);
}

static void end(struct check *check)
{
	findings_free(&check->findings);
	image_free(&check->image);
	image_free(&check->running);
}

static int code_of(enum verdict worst)
{
	static const int codes[] = {
		[VERDICT_OK] = CODE_DONE,
		[VERDICT_WARNING] = CODE_WARNED,
		[VERDICT_REFUSAL] = CODE_REFUSED,
	};

	return codes[worst];
}

static int judge(const struct check *check)
{
	enum verdict worst = findings_worst(&check->findings);

	findings_print(stderr, &check->findings, VERDICT_WARNING);
	if (worst < VERDICT_REFUSAL)
		return CODE_DONE;
	if (!(check->options->given & OPT_FORCE))
		return fail(CODE_REFUSED, "refused for what is said above. Nothing was loaded; "
					  "--force does it all the same.");
	message("--force overrides what is refused above.");
	return CODE_DONE;
}

int check_before(const struct options *options, const char *kernel, unsigned int *format)
{
	struct check check;
	int code = begin(&check, options, kernel);

	if (!code && check.here.orchestrator != LUO_ORCHESTRATOR_NONE) {
		count_preserved(&check);
		check_next(&check);
		code = judge(&check);
	}
	*format = check.format;
	end(&check);
	return code;
}

static const char *type_name(uint32_t type)
{
	static const char *const names[] = { "", "kho", "luo", "file", "shared", "subsystem" };

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : "";
}

static struct json_object *notes_json(const struct image *image)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < image->note_count; i++) {
		const struct image_note *note = &image->notes[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "type", type_name(note->type));
		json_add_text(o, "name", note->text);
		json_add_text(o, "version", note->version);
		json_object_array_add(array, o);
	}
	return array;
}

static void print_json(const struct check *check)
{
	struct json_object *root = json_object_new_object();
	bool chosen = check->format != LUO_MEMFD_UNKNOWN;

	json_object_object_add(
		root, "verdict",
		json_object_new_string(verdict_name(findings_worst(&check->findings))));
	json_add_text(root, "kernel", check->kernel);
	json_add_text(root, "release", check->image.release);
	json_add_text(root, "packing", check->has_image ? check->image.packing : "");
	json_add_text(root, "memfd_format", chosen ? luo_memfd_format_name(check->format) : "");
	json_object_object_add(root, "notes", notes_json(&check->image));
	json_object_object_add(root, "findings", findings_json(&check->findings));
	json_print(root);
}

static int run_check(const struct options *options, int count, char **operands)
{
	struct check check;
	int code = begin(&check, options, operands[0]);

	if (code)
		return code;
	check_orchestrator(&check);
	check_luod(&check);
	check_preserved(&check);
	check_next(&check);
	if (options->given & OPT_JSON) {
		print_json(&check);
	} else {
		printf("%-7s  %-12s  %s\n", "VERDICT", "SUBJECT", "REASON");
		findings_print(stdout, &check.findings, VERDICT_OK);
	}
	code = code_of(findings_worst(&check.findings));
	end(&check);
	return code;
}

const struct verb verb_check = {
	.name = "check",
	.operands = "KERNEL",
	.summary = "Tell beforehand whether a live update to a kernel will work",
	.details =
		"Changes nothing. Compares what this kernel hands over with what KERNEL, a bzImage\n"
		"or a vmlinux, says that it restores, and looks at what else has to be in order.\n"
		"Without --command-line, the next kernel is taken to get this one's. Exits with 0\n"
		"where all is ok, 7 with a warning, 4 with a refusal.",
	.options = OPT_INITRD | OPT_COMMAND_LINE | OPT_REUSE | OPT_JSON | OPT_SOCKET | OPT_WAIT,
	.min_operands = 1,
	.max_operands = 1,
	.run = run_check,
};
