#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests live through one update after the other, back and forth between the kernels;
# with LUO_SOAK ten, and eight guests beside two
. "$(dirname "$0")/guests.sh"

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
if [ "${LUO_SOAK:-}" ]; then
	VM_TIMEOUT=1200 guests_machine 7.2-luo 7.3-luo "$HERE/many-inside" "vm1 vm2 10" --output "$out"
	rm -rf "$out"
	mkdir "$out"
	VM_TIMEOUT=1200 guests_machine 7.2-luo 7.3-luo "$HERE/many-inside" \
		"vm1 vm2 vm3 vm4 vm5 vm6 vm7 vm8 2" --output "$out" --memory 6G
else
	guests_machine 7.2-luo 7.3-luo "$HERE/many-inside" "vm1 vm2 3" --output "$out"
fi
finish
