#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/vm.sh"
machine 126 7.3-luo 7.3-luo policy
machine 0 7.3-luo 7.3-luo policy -- liveupdate.on_restore_failure=warn
finish
