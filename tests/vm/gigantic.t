#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/vm.sh"
pool=(--memory 8G --append "hugepagesz=1G hugepages=3")
# The next kernel's pool has no such pages of its own, or some.
machine 0 7.3-luo 7.3-luo gigantic "${pool[@]}" -- 1048576 0
# 7.2 would size its scratch by what boot takes, huge pages included.
machine 0 7.2-luo 7.3-luo gigantic "${pool[@]}" --append kho_scratch=64M,256M,256M -- 1048576 1
finish
