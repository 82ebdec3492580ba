// SPDX-License-Identifier: GPL-2.0-or-later
#include "list.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_dir.h"

static void list_one(const char *name)
{
	struct guest guest;
	const char *phase;

	guest_init(&guest);
	strcpy(guest.name, name);
	if (!run_dir_load(&guest)) {
		phase = guest_phase_name(guest.phase);
		if (kill(guest.pid, 0) && errno == ESRCH)
			phase = "ended";
		printf("%-24s %-9s %8d %-6s %7ju MiB\n", name, phase, guest.pid,
		       run_dir_is_taken(&guest) ? "yes" : "no",
		       (uintmax_t)guest.memory_size >> 20);
	}
	guest_drop_machine(&guest);
	free(guest.inventory);
}

int list_guests(void)
{
	struct dirent **entries;
	int count = scandir(RUN_DIR, &entries, NULL, alphasort);

	if (count < 0 && errno != ENOENT)
		return guest_fail(1, RUN_DIR ": %s", strerror(errno));
	printf("%-24s %-9s %8s %-6s %11s\n", "NAME", "PHASE", "PROCESS", "AGENT", "MEMORY");
	for (int i = 0; i < count; i++) {
		if (guest_name_is_valid(entries[i]->d_name))
			list_one(entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return 0;
}
