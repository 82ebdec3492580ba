#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The selftest that the drop-in adds to the kernel's own, as each tree builds it
. "$(dirname "$0")/compat.sh"

NAME=luo_events
TESTS=$(grep -c '^TEST_F(' "$TOP/linux/tools/testing/selftests/liveupdate/$NAME.c")

# selftest SERIES: compiles it with the tree's harness, without a C library where the
# tree's others are. Prints where.
selftest()
{
	local tree bin=$BUILD/compat/$1/$NAME flags=(-isystem)
	tree=$(tree "$1" luo) || { echo "$tree"; exit 1; }
	[ ! -d "$tree/tools/testing/selftests/liveupdate/lib" ] ||
		flags=(-nostdinc -nostdlib -I "$tree/tools/include/nolibc" -I)
	mkdir -p "${bin%/*}"
	"${CC:-gcc}" -static -O2 -Wall -Werror -Wno-unused-function -D_GNU_SOURCE= \
		-I "$TOP/linux/include/uapi" -I "$tree/tools/testing/selftests" \
		"${flags[@]}" "$tree/usr/include" -o "$bin.$$" \
		"$TOP/linux/tools/testing/selftests/liveupdate/$NAME.c" && mv "$bin.$$" "$bin" ||
		{ echo "Bail out! $NAME does not compile with Linux $1"; exit 1; }
	echo "$bin"
}

for series in 7.2 7.3; do
	bin=$(selftest "$series") || { echo "$bin"; exit 1; }
	machine 0 "$series-luo" "$series-luo" events -- "$bin" "$TESTS"
done
finish
