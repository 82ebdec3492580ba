# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Damages to a handover, each in a machine of its own. Sourced by corrupt-*.t. Only
# the kernel that does the damage has to be luo-debug; LUO_SOAK has the one that
# suffers from it looked after as well.

# shellcheck source-path=SCRIPTDIR source=../vm/vm.sh
. "$(dirname "${BASH_SOURCE[0]}")/../vm/vm.sh"
next=7.3-luo
[ "${LUO_SOAK:-}" ] && next=7.3-luo-debug
WARN=liveupdate.on_restore_failure=warn

# corrupt KIND CULPRIT: the machine runs on, and says that in these words
corrupt()
{
	machine 0 7.3-luo-debug "$next" corrupt -- "$1" "$2" "$WARN"
}

# panics KIND LINE: the machine stops, and its last words are these
panics()
{
	local console
	console=$(mktemp)
	machine 126 7.3-luo-debug "$next" corrupt --console "$console" -- "$1" ""
	if grep -q "Kernel panic - not syncing: liveupdate: restore failed: $2" "$console"; then
		result ok "$1: the panic says $2"
	else
		result 'not ok' "$1: the panic says $2"
		grep 'Kernel panic' "$console" | sed 's/^/# /'
	fi
	rm -f "$console"
}
