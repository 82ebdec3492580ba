#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/vm.sh"
# The next kernel's pool has no huge pages, fewer, as many, more than the old one's.
machine 0 7.2-luo 7.3-luo huge -- 2048 14 0
machine 0 7.3-luo 7.3-luo huge -- 2048 14 6
machine 0 7.3-luo 7.2-luo huge -- 2048 14 14
machine 0 7.3-luo 7.3-luo huge -- 2048 14 20
# Some of what the files have was in surplus.
machine 0 7.3-luo 7.3-luo huge -- 2048 10 0 5
finish
