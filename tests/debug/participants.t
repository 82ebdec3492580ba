#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the state machine and its participants do, on the kernel that finds faults
LUO_FLAVOUR=luo-debug
. "$(dirname "$0")/../vm/vm.sh"
tests=(subsystem)
[ "${LUO_SOAK:-}" ] && tests+=(record states)
for test in "${tests[@]}"; do
	machine 0 7.3-luo 7.3-luo "$test" --append lab.leaks
done
finish
