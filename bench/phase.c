// SPDX-License-Identifier: GPL-2.0-or-later
/* See phase.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include "phase.h"
#include "vm.h"

#define RET	0xc3

void phase_prepare(void)
{
	void *page = mmap((void *)PHASE_PAGE, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE, -1, 0);

	need(page == MAP_FAILED ? -errno : 0, "map the page of phases");
	memset(page, RET, 4096);
	need(mprotect(page, 4096, PROT_READ | PROT_EXEC) ? -errno : 0, "make it executable");
}

void phase_mark(enum phase phase, bool ends)
{
	((void (*)(void))PHASE_ADDRESS(phase, ends))();
}
