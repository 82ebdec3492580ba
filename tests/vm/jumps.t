#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/vm.sh"
jumps=4
[ "${LUO_SOAK:-}" ] && jumps=50 VM_TIMEOUT=1200
machine 0 7.2-luo 7.3-luo jumps -- "$jumps"
# Each is taken back before it is handed over again, as what it was.
for format in stock extent; do
	machine 0 7.2-luo 7.3-luo jumps -- 3 "$format"
done
finish
