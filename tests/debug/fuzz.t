#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The fuzzer of tests/vm, on the kernel that finds faults
LUO_FLAVOUR=luo-debug
LUO_SECONDS=${LUO_SECONDS:-30}
export LUO_FLAVOUR LUO_SECONDS
exec "$(dirname "$0")/../vm/fuzz.t"
