#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Everything fails once, with files of each kind; with LUO_SOAK also all that comes after it.
LUO_FLAVOUR=luo-debug
. "$(dirname "$0")/../vm/vm.sh"
machine 0 7.3-luo 7.3-luo faults ${LUO_SOAK:+-- all}
finish
