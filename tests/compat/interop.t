#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is preserved by the kernel's own LUO ours restores, and the other way round
. "$(dirname "$0")/compat.sh"
machine 0 7.3-stock 7.3-luo interop
machine 0 7.3-luo 7.3-stock interop
finish
