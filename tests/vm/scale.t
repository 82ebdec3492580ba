#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/vm.sh"
# By the clock that counts instructions, so that nothing else can slow it down.
machine 0 7.2-luo 7.3-luo scale --icount
finish
