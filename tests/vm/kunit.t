#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The KUnit tests of the kernel half, on each kernel
. "$(dirname "$0")/vm.sh"
program()
{
	echo "$VM/kunit"
}
for kernel in 7.2-luo 7.3-luo; do
	machine 0 "$kernel" "$kernel" kunit --append kunit.autorun=1 \
		--append 'kunit.filter_glob=liveupdate*'
done
finish
