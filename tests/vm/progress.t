#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/vm.sh"
machine 0 7.2-luo 7.3-luo progress
finish
