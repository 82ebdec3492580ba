#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/vm.sh"
areas=(--memory 3G --append "kho_scratch=128M,768M,128M brd.rd_size=2097152")
machine 0 7.3-luo 7.3-luo scratch "${areas[@]}"
machine 0 7.2-luo 7.3-luo scratch "${areas[@]}"
machine 0 7.3-luo 7.3-luo scratch "${areas[@]}" --append liveupdate=off -- off
finish
