#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/vm.sh"
areas=(--memory 1536M --append "kho_scratch=64M,384M,64M brd.rd_size=1048576")
machine 0 7.3-luo 7.3-luo scratch "${areas[@]}"
machine 0 7.2-luo 7.3-luo scratch "${areas[@]}"
machine 0 7.3-luo 7.3-luo scratch "${areas[@]}" --append liveupdate=off -- off
finish
