#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/vm.sh"
machine 0 7.3-luo 7.3-luo off --append liveupdate=off
machine 0 7.3-luo 7.3-luo off --append kho=off
machine 0 7.3-luo 7.3-luo off -- jump
finish
