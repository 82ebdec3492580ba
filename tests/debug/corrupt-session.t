#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The table of sessions in a handover, damaged
. "$(dirname "$0")/corrupt.sh"
kinds=(loop name)
[ "${LUO_SOAK:-}" ] && kinds+=(count next files address unaligned)
for kind in "${kinds[@]}"; do
	corrupt "session-$kind" "sessions at 0x"
done
corrupt file-count "sessions at 0x"
panics session-address "sessions at 0x.*: -EINVAL"
finish
