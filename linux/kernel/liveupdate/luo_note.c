// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: LUO restore notes
 *
 * What this kernel can be handed is listed in ELF notes of its vmlinux, for programs
 * that look at it before they jump to it. A note is made where a handler is defined, by
 * LIVEUPDATE_FILE_HANDLER() and the like, so that the list is that of the source; here
 * are the notes of the orchestrator's own formats. Who registers a handler that has no
 * note is warned of: it works, and nobody can know beforehand.
 *
 * Notes of modules are in the modules, not in vmlinux.
 */
#define pr_fmt(fmt) "liveupdate: " fmt

#include <linux/elf.h>
#include <linux/elfnote.h>
#include <linux/kallsyms.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/kho/abi/luo.h>
#include <linux/kho/abi/luo_state.h>
#include <linux/liveupdate.h>
#include <linux/printk.h>
#include <linux/string.h>
#include "luo_internal.h"

ELFNOTE32(LIVEUPDATE_NOTE_OWNER, LIVEUPDATE_NOTE_KHO, KHO_FDT_COMPATIBLE);
ELFNOTE32(LIVEUPDATE_NOTE_OWNER, LIVEUPDATE_NOTE_LUO, LUO_ABI_COMPATIBLE);
ELFNOTE32(LIVEUPDATE_NOTE_OWNER, LIVEUPDATE_NOTE_LUO, LUO_STATE_COMPATIBLE);

static bool luo_note_is(const struct elf32_note *note, u32 type, const char *text)
{
	const char *name = (const char *)(note + 1);

	return note->n_type == type && note->n_namesz == sizeof(LIVEUPDATE_NOTE_OWNER) &&
		!memcmp(name, LIVEUPDATE_NOTE_OWNER, sizeof(LIVEUPDATE_NOTE_OWNER)) &&
		!strcmp(name + ALIGN(note->n_namesz, 4), text);
}

static bool luo_note_find(u32 type, const char *text)
{
	const char *at = __start_notes;

	while (at + sizeof(struct elf32_note) <= __stop_notes) {
		const struct elf32_note *note = (const void *)at;

		if (luo_note_is(note, type, text))
			return true;
		at += sizeof(*note) + ALIGN(note->n_namesz, 4) + ALIGN(note->n_descsz, 4);
	}
	return false;
}

/**
 * luo_note_expect - warn of what can be restored and is not listed
 * @type: LIVEUPDATE_NOTE_*
 * @text: the format, or the subsystem's name
 * @owner: what is registered; of that of modules nothing is expected
 */
void luo_note_expect(u32 type, const char *text, const void *owner)
{
	if (is_kernel((unsigned long)owner) && !luo_note_find(type, text))
		pr_warn("'%s' has no restore note: nobody can know that this kernel restores it\n",
			text);
}
