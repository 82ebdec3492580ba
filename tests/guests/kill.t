#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# luod, an agent and QEMU are killed at each step of an update, and no guest is lost.
# A part of the steps; with LUO_SOAK all.
. "$(dirname "$0")/guests.sh"

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
[ ! "${LUO_SOAK:-}" ] || touch "$out/long"
VM_TIMEOUT=${VM_TIMEOUT:-1500} guests_machine 7.3-luo 7.2-luo "$HERE/kill-inside" "vm1 vm2" --output "$out"
finish
