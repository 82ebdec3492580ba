#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest goes through updates, with a real QEMU.
. "$(dirname "$0")/qemu.sh"

new_case
start_guest
check "subscribes" starts
check "the guest runs" runs
check "its directory is the agent's" test "$(stat -c %a run/vm)" = 700
check "preserves while it runs" preserves
check "runs on" runs
check "freezes" freezes
check "stands still" stands
check "is frozen" phase_is frozen
check "is cancelled" cancels
check "goes on" runs
check "as before" is_one_life
check "once more: preserves" preserves
check "freezes" freezes
check "jumps" jump
run_agent resume vm
check "claims" claims
check "is restored" restored
check "goes on" runs
check "where it was" is_one_life
check "and takes part in the next update" preserves
check "freezes" freezes
check "cancels" cancels
check "goes on" runs
check "where it was, after both" is_one_life
kill -TERM $agent
check "ends when it is told" agent_ends 0
check "leaves nothing" test ! -e run/vm/state.json
cat agent-errors | sed 's/^/# /'
done_testing
