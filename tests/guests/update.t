#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two guests live through updates that are called off, and through one that is not
. "$(dirname "$0")/guests.sh"

guests_machine 7.2-luo 7.3-luo "$HERE/update-inside" "vm1 vm2"
finish
