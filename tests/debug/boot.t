#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Everything that can fail while a kernel takes a handover over fails, one after the
# other, each in a machine of its own: a few of them here, with LUO_SOAK all.
LUO_FLAVOUR=luo-debug
. "$(dirname "$0")/../vm/vm.sh"
numbers=(4 9)
[ "${LUO_SOAK:-}" ] && mapfile -t numbers < <(seq 100)
out=$(mktemp)
for n in "${numbers[@]}"; do
	machine 0 7.3-luo 7.3-luo boot -- "$n" >"$out"
	cat "$out"
	grep -q 'fault [0-9]* is not reached' "$out" && break
done
rm -f "$out"
finish
