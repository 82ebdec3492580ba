#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sessions and the files in them, on the kernel that finds faults
LUO_FLAVOUR=luo-debug
. "$(dirname "$0")/../vm/vm.sh"
tests=(sessions memory)
[ "${LUO_SOAK:-}" ] && tests+=(implicit)
for test in "${tests[@]}"; do
	machine 0 7.3-luo 7.3-luo "$test" --append lab.leaks
done
finish
