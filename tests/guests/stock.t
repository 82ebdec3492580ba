#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests live through updates of a kernel that has the stock orchestrator
. "$(dirname "$0")/guests.sh"

guests_machine 7.3-stock 7.3-stock "$HERE/stock-inside" "vm1 vm2"
finish
