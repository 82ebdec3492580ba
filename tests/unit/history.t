#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/setup.sh"
exec "$LUO_BUILD/tests/unit/history_test"
