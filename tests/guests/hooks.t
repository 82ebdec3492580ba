#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hooks are run on both sides of a jump, and a dry run tells by one update how long the next
# stands still
. "$(dirname "$0")/guests.sh"

guests_machine 7.2-luo 7.3-luo "$HERE/hooks-inside" ""
finish
