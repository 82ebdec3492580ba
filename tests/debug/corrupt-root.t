#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The roots of a handover, damaged
. "$(dirname "$0")/corrupt.sh"
corrupt truncated "root 'LUO-state': -EINVAL"
corrupt checksum "root 'LUO-state': -EBADMSG"
corrupt root-version "root 'LUO': -EPROTONOSUPPORT"
corrupt clock ""
if [ "${LUO_SOAK:-}" ]; then
	corrupt sessions "18446744073709551615 sessions were handed over, 1 arrived"
	corrupt version "root 'LUO-state': -EPROTONOSUPPORT"
	corrupt length "root 'LUO-state': -EINVAL"
	corrupt number "root 'LUO-state': -EINVAL"
	corrupt flbs-address "table of shared objects at"
	panics checksum "root 'LUO-state': -EBADMSG"
fi
finish
