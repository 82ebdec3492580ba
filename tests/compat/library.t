#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# libluo on real kernels: what they can do is told, and waiting for a state works
. "$(dirname "$0")/compat.sh"

# program NAME: with the library's sources, as machines have no other
program()
{
	local bin=$BUILD/compat/$1
	mkdir -p "$BUILD/compat"
	"${CC:-gcc}" -std=gnu11 -O2 -Wall -Wextra -Wno-unused-parameter -Werror -I "$VM" -I "$TOP/lib" \
		-I "$TOP/linux/include/uapi" -o "$bin.$$" "$COMPAT/$1.c" "$VM/vm.c" \
		"$TOP"/lib/*.c && mv "$bin.$$" "$bin" || return 1
	echo "$bin"
}

for kernel in 7.2-luo 7.3-luo 7.3-stock; do
	machine 0 "$kernel" "$kernel" library
done
finish
