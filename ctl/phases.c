// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

/* What is left of the blackout, once the new kernel's orchestrator runs. */
static uint64_t boot_ns(const struct luo_report *head)
{
	const uint64_t parts[] = { head->freeze_ns, head->shutdown_ns, head->jump_ns };
	uint64_t rest = head->blackout_ns;

	if (rest == LUO_TIME_UNKNOWN)
		return rest;
	/* An unknown part is more than any rest. */
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i] > rest)
			return LUO_TIME_UNKNOWN;
		rest -= parts[i];
	}
	return rest;
}

void report_phases(const struct luo_report *head, struct phase phases[PHASE_COUNT])
{
	phases[PHASE_PREPARE] = (struct phase){ "prepare", head->prepare_ns };
	phases[PHASE_FREEZE] = (struct phase){ "freeze", head->freeze_ns };
	phases[PHASE_SHUTDOWN] = (struct phase){ "shutdown", head->shutdown_ns };
	phases[PHASE_JUMP] = (struct phase){ "jump", head->jump_ns };
	phases[PHASE_BOOT] = (struct phase){ "boot", boot_ns(head) };
	phases[PHASE_RESTORE] = (struct phase){ "restore", head->restore_ns };
}
