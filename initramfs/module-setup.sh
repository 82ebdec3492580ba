#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dracut: after a jump, the root file system's init is the one that has what came over go on
# first.

check()
{
	return 0
}

depends()
{
	return 0
}

install()
{
	# shellcheck disable=SC2154 # dracut's
	inst_hook pre-pivot 90 "$moddir/luo.sh"
}
