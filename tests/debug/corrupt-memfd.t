#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of memfds by extents, damaged: each of many files in a way of its own
. "$(dirname "$0")/corrupt.sh"
FIRST="token 0x6 of format 'luo-memfd-extent-v1': -EBADMSG"
corrupt memfd "$FIRST"
corrupt left-memfd "memfd at 0x"
corrupt left-overlap "memfd at 0x"
panics memfd "$FIRST"
[ "${LUO_SOAK:-}" ] && panics left-memfd "memfd at 0x[0-9a-f]* cannot be discarded: -EBADMSG"
finish
