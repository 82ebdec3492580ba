#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# LUO_SEED repeats a run, as far as the scheduler does. LUO_SECONDS is how long it takes.
. "$(dirname "$0")/vm.sh"
seconds=${LUO_SECONDS:-60}
VM_TIMEOUT=600
[ "${LUO_SOAK:-}" ] && seconds=600 VM_TIMEOUT=1800
[ "$VM/fuzz_calls.h" -nt "$BUILD/vm/fuzz" ] && rm -f "$BUILD/vm/fuzz"
machine 0 7.3-luo 7.3-luo fuzz -- "$seconds" "${LUO_SEED:-$RANDOM}"
finish
