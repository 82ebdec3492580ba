#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# LUO_SEED repeats what a seed led to; with LUO_SOAK there are many, and more jumps.
. "$(dirname "$0")/vm.sh"

# layout FORMAT SEED FILES JUMPS
layout()
{
	machine 0 7.2-luo 7.3-luo layout --append brd.rd_size=65536 -- "$@"
}

layout mixed "${LUO_SEED:-1}" 60 2
if [ "${LUO_SOAK:-}" ]; then
	VM_TIMEOUT=1200
	for _ in {1..5}; do
		for format in stock extent mixed; do
			layout "$format" "$RANDOM" 100 6
		done
	done
fi
finish
