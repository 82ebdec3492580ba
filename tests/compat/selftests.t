#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own selftests, unmodified, on our kernels
. "$(dirname "$0")/compat.sh"

old=$(selftests 7.2) || { echo "$old"; exit 1; }
new=$(selftests 7.3) || { echo "$new"; exit 1; }
jump=$(program jump) || { echo "$jump"; exit 1; }

machine 0 7.2-luo 7.2-luo selftests -- "$jump" "$old" "$old"
machine 0 7.3-luo 7.3-luo selftests -- "$jump" "$new" "$new"
machine 0 7.2-luo 7.3-luo selftests -- "$jump" "$old" "$new"
finish
