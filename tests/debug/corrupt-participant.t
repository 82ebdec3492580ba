#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The table of participants in a handover, damaged, and participants that fail
. "$(dirname "$0")/corrupt.sh"
corrupt participant-checksum "table of participants at 0x"
kinds=(loop)
[ "${LUO_SOAK:-}" ] && kinds+=(name count address)
for kind in "${kinds[@]}"; do
	corrupt "participant-$kind" "table of participants at 0x"
done
corrupt boot "sample: -EPERM"
next=7.3-luo-debug
corrupt fault "token 0x5 of format 'memfd-v2': -EREMOTEIO"
panics boot "sample: -EPERM"
finish
