// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "cmdline.h"
#include "events_luod.h"
#include "luoctl.h"
#include "sys.h"

static const struct {
	int error;
	const char *why;
} load_errors[] = {
	{ ENOEXEC, "not a kernel image that this kernel can load" },
	{ EPERM, "not permitted: it takes root, and kernel.kexec_load_disabled must be 0" },
	{ EBUSY, "another load is in progress; try again" },
	{ EKEYREJECTED, "its signature is not one that this kernel accepts" },
	{ ENOKEY, "it is signed with a key that this kernel does not know" },
	{ EBADMSG, "its signature is malformed" },
	{ ENODATA, "it is not signed, and this kernel demands a signature" },
	{ ENOPKG, "its signature uses an algorithm that this kernel lacks" },
	{ ENOMEM, "there is not enough memory to load it" },
	{ EADDRNOTAVAIL, "there is no room in memory where it could be loaded" },
	{ ENOSYS, "this kernel cannot load another one (CONFIG_KEXEC_FILE)" },
	{ EFBIG, "the file is too big" },
};

static int load_failed(const struct options *options, const char *kernel, int error)
{
	const char *why = strerror(-error);

	for (size_t i = 0; i < sizeof(load_errors) / sizeof(load_errors[0]); i++) {
		if (load_errors[i].error == -error)
			why = load_errors[i].why;
	}
	/* Which of the two files cannot be read is the one thing errno leaves open. */
	if (options->initrd && access(options->initrd, R_OK))
		return fail(CODE_FAILED, "%s: %s. Nothing was loaded.", options->initrd,
			    strerror(errno));
	return fail(CODE_FAILED, "%s: %s. Nothing was loaded.", kernel, why);
}

int choose_command_line(const struct options *options, char *line, size_t size)
{
	bool given = options->given & OPT_COMMAND_LINE;
	int ret;

	if (given == !!(options->given & OPT_REUSE))
		return fail(CODE_USAGE,
			    "give the next kernel's command line by either --command-line or "
			    "--reuse-command-line.");
	if (given) {
		if (strlen(options->command_line) > LUO_COMMAND_LINE_MAX)
			return fail(CODE_USAGE,
				    "a command line has at most %d characters, not %zu.",
				    LUO_COMMAND_LINE_MAX, strlen(options->command_line));
		strcpy(line, options->command_line);
		return CODE_DONE;
	}

	ret = luo_sys_read_text("/proc/cmdline", line, size);
	if (ret)
		return fail(CODE_FAILED, "/proc/cmdline: %s", strerror(-ret));
	cmdline_strip_loader(line);
	if (strlen(line) > LUO_COMMAND_LINE_MAX)
		return fail(CODE_FAILED, "this kernel's command line is longer than %d characters.",
			    LUO_COMMAND_LINE_MAX);
	return CODE_DONE;
}

/* What is preserved from now on, the kernel that is loaded can restore. */
static int set_format(unsigned int format)
{
	int ret;

	if (format == LUO_MEMFD_UNKNOWN)
		return CODE_DONE;
	ret = luo_set_memfd_format((enum luo_memfd_format)format);
	/* A kernel that has no choice has the stock format. */
	if (!ret || (ret == -EOPNOTSUPP && format == LUO_MEMFD_STOCK))
		return CODE_DONE;
	luo_kexec_unload();
	return fail(CODE_FAILED, "the format of memory files cannot be set to '%s': %s. The kernel "
				 "was unloaded again.",
		    luo_memfd_format_name(format), strerror(-ret));
}

int load_kernel(const struct options *options, const char *kernel)
{
	char line[CMDLINE_SIZE];
	unsigned int format;
	int code;
	int ret;

	code = choose_command_line(options, line, sizeof(line));
	if (!code)
		code = check_before(options, kernel, &format);
	if (code)
		return code;

	ret = luo_kexec_load(kernel, options->initrd, line);
	if (ret)
		return load_failed(options, kernel, ret);
	return set_format(format);
}

static int run_load(const struct options *options, int count, char **operands)
{
	int code = luod_may_load(options);

	return code ? code : load_kernel(options, operands[0]);
}

const struct verb verb_load = {
	.name = "load",
	.operands = "KERNEL",
	.summary = "Load the next kernel into memory",
	.details =
		"Needs --command-line or --reuse-command-line. Where live update is on, what 'luoctl\n"
		"check' refuses takes --force, and may be lost at the jump then. Memory files go by\n"
		"extents from then on if KERNEL restores those, else in the stock kernel's format.",
	.options = OPT_INITRD | OPT_COMMAND_LINE | OPT_REUSE | OPT_FORCE,
	.min_operands = 1,
	.max_operands = 1,
	.run = run_load,
};
