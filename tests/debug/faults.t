#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
LUO_FLAVOUR=luo-debug
. "$(dirname "$0")/../vm/vm.sh"
machine 0 7.3-luo 7.3-luo faults
finish
