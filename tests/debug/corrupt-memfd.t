#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of memfds by extents, damaged: each of many files in a way of its own
. "$(dirname "$0")/corrupt.sh"
FIRST="token 0x6 of format 'luo-memfd-extent-v1': -EBADMSG"
corrupt memfd "$FIRST"
panics memfd "$FIRST"
finish
