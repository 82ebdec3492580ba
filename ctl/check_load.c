// SPDX-License-Identifier: GPL-2.0-or-later
/* The part of a check that is about the image, and about loading and starting it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "sys.h"

#define MIB (UINT64_C(1) << 20)
/* Of memory: what the kernel keeps of each page, 64 bytes of 4096. */
#define PAGE_DATA_PART 64
/* For all else that a kernel allocates before it knows what is preserved. */
#define EARLY_ROOM (16 * MIB)

void check_image(struct check *check)
{
	const char *why;
	int ret = image_read(check->kernel, &check->image, &why);

	check->has_image = !ret;
	if (ret)
		found(&check->findings, VERDICT_REFUSAL, "kernel", "%s: %s", check->kernel, why);
	else if (!*check->image.release)
		found(&check->findings, VERDICT_WARNING, "kernel",
		      "it does not say its release; %s runs here", check->here.release);
	else
		found(&check->findings, VERDICT_OK, "kernel", "Linux %s, packing: %s; %s%s runs here",
		      check->image.release, check->image.packing,
		      strcmp(check->image.release, check->here.release) ? "" : "the same release, ",
		      check->here.release);
}

void check_command_line(struct check *check)
{
	int kho = cmdline_flag(check->line, "kho");
	char line[CMDLINE_SIZE] = "";
	int here;
	const char *whose =
		check->options->given & OPT_COMMAND_LINE ? "" : ", which is this kernel's";

	luo_sys_read_text("/proc/cmdline", line, sizeof(line));
	here = cmdline_flag(line, "kho");
	if (cmdline_flag(check->line, "liveupdate") != 1)
		found(&check->findings, VERDICT_REFUSAL, "command line",
		      "it lacks 'liveupdate=on'%s: all that is preserved would be lost", whose);
	else if (!kho)
		found(&check->findings, VERDICT_REFUSAL, "command line",
		      "it has 'kho=off'%s: all that is preserved would be lost", whose);
	else if (kho < 0 && here == 1)
		found(&check->findings, VERDICT_WARNING, "command line",
		      "it lacks the 'kho=on' that this kernel's has: whether the next kernel has "
		      "Kexec Handover on without it is not known");
	else if (kho < 0)
		found(&check->findings, VERDICT_OK, "command line",
		      "live update is on%s; Kexec Handover is as the kernel's default is, which is "
		      "on here", whose);
	else
		found(&check->findings, VERDICT_OK, "command line",
		      "live update and Kexec Handover are on%s", whose);
}

/* "none [integrity] confidentiality": the one that is on, or "" */
static void read_lockdown(char *mode, size_t size)
{
	char text[128];
	char *begin;

	*mode = '\0';
	if (luo_sys_read_text("/sys/kernel/security/lockdown", text, sizeof(text)))
		return;
	begin = strchr(text, '[');
	if (begin && strchr(begin, ']')) {
		*strchr(begin, ']') = '\0';
		snprintf(mode, size, "%s", begin + 1);
	}
}

static bool reads_as(const char *path, const char *expected)
{
	char text[16];

	return !luo_sys_read_text(path, text, sizeof(text)) && !strcmp(text, expected);
}

void check_loading(struct check *check)
{
	char lockdown[32];
	bool locked;

	read_lockdown(lockdown, sizeof(lockdown));
	locked = *lockdown && strcmp(lockdown, "none");
	if (reads_as("/proc/sys/kernel/kexec_load_disabled", "1"))
		found(&check->findings, VERDICT_REFUSAL, "loading",
		      "kernel.kexec_load_disabled is 1 until the next boot: nothing can be loaded");
	else if (reads_as("/proc/sys/kernel/kexec_load_limit_reboot", "0"))
		found(&check->findings, VERDICT_REFUSAL, "loading",
		      "kernel.kexec_load_limit_reboot is 0 until the next boot: nothing more can be "
		      "loaded");
	else if (!(check->here.can & LUO_CAN_LOAD))
		found(&check->findings, VERDICT_REFUSAL, "loading",
		      "this kernel cannot load another one (CONFIG_KEXEC_FILE)");
	else if (locked && check->has_image && !check->image.is_signed)
		found(&check->findings, VERDICT_REFUSAL, "loading",
		      "this kernel is locked down (%s), and the image is not signed", lockdown);
	else if (locked)
		found(&check->findings, VERDICT_WARNING, "loading",
		      "this kernel is locked down (%s): whether it accepts the signature shows "
		      "when the image is loaded", lockdown);
	else if (geteuid())
		found(&check->findings, VERDICT_WARNING, "loading", "it takes root");
	else
		found(&check->findings, VERDICT_OK, "loading", "nothing is in the way, and the image "
		      "is %ssigned", check->image.is_signed ? "" : "not ");
}

/* In bytes, 0 where it is not known. */
static uint64_t memory_figure(const char *key)
{
	char text[8192];
	const char *line;

	if (luo_sys_read_text("/proc/meminfo", text, sizeof(text)))
		return 0;
	line = strstr(text, key);
	return line ? strtoull(line + strlen(key), NULL, 10) * 1024 : 0;
}

/* How much was set aside for kernels to start in; 0 where it is not known. */
static uint64_t scratch_size(uint64_t *largest)
{
	char text[4096];
	uint64_t sum = 0;
	char *p = text;

	*largest = 0;
	if (luo_sys_read_text("/sys/kernel/debug/kho/out/scratch_len", text, sizeof(text)))
		return 0;
	while (*p) {
		char *end;
		uint64_t size = strtoull(p, &end, 0);

		if (end == p)
			break;
		sum += size;
		*largest = size > *largest ? size : *largest;
		p = end;
	}
	return sum;
}

static void check_scratch(struct check *check, uint64_t initrd)
{
	uint64_t largest, total = scratch_size(&largest);
	uint64_t start = check->image.start_size;
	uint64_t early = memory_figure("MemTotal:") / PAGE_DATA_PART + EARLY_ROOM;

	if (!total || !start) {
		found(&check->findings, VERDICT_OK, "scratch",
		      "how large it is, or has to be, cannot be seen here");
		return;
	}
	if (start > largest || initrd > largest || start + initrd > total)
		found(&check->findings, VERDICT_REFUSAL, "scratch",
		      "it has %" PRIu64 " MiB, the largest piece %" PRIu64 ": no room for the "
		      "kernel's %" PRIu64 " and the initial ramdisk's %" PRIu64
		      "; give this kernel more with kho_scratch=",
		      total / MIB, largest / MIB, start / MIB, initrd / MIB);
	else if (start + initrd + early > total)
		found(&check->findings, VERDICT_WARNING, "scratch",
		      "of its %" PRIu64 " MiB the kernel and the initial ramdisk take %" PRIu64
		      ": the rest may be too little for what a kernel needs early, about %" PRIu64,
		      total / MIB, (start + initrd) / MIB, early / MIB);
	else
		found(&check->findings, VERDICT_OK, "scratch",
		      "%" PRIu64 " MiB, of which the kernel and the initial ramdisk take %" PRIu64,
		      total / MIB, (start + initrd) / MIB);
}

void check_memory(struct check *check)
{
	const char *path = check->options->initrd;
	uint64_t available = memory_figure("MemAvailable:");
	struct stat st = { 0 };
	enum verdict verdict;
	uint64_t need;

	/* What is wrong with the file, is said of the file. */
	if (path && stat(path, &st))
		st.st_size = 0;
	/* The files, and where they are to be when the next kernel starts. */
	need = 2 * (check->image.file_size + (uint64_t)st.st_size);
	verdict = need / 2 > available ? VERDICT_REFUSAL :
		  need > available     ? VERDICT_WARNING :
					 VERDICT_OK;
	if (available)
		found(&check->findings, verdict, "memory",
		      "%" PRIu64 " MiB are available, and loading takes up to %" PRIu64,
		      available / MIB, (need + MIB - 1) / MIB);
	if (check->has_image)
		check_scratch(check, (uint64_t)st.st_size);
}
