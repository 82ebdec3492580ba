# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What clients of the stock interface are, and how lab hosts run them. Sourced by *.t.

COMPAT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../vm/vm.sh
. "$COMPAT/../vm/vm.sh"

SELFTESTS=(liveupdate luo_kexec_simple luo_multi_session luo_stress_files luo_stress_sessions)

# program NAME: as vm.sh's, for what is here: a script, or to be compiled
program()
{
	local bin=$BUILD/compat/$1
	if [ -x "$COMPAT/$1" ]; then
		echo "$COMPAT/$1"
		return
	fi
	mkdir -p "$BUILD/compat"
	"${CC:-gcc}" -std=gnu11 -O2 -Wall -Wextra -Werror -I "$VM" -I "$TOP/linux/include/uapi" \
		-o "$bin.$$" "$COMPAT/$1.c" "$VM/vm.c" && mv "$bin.$$" "$bin" ||
		{ echo "Bail out! $1 does not compile"; exit 1; }
	echo "$bin"
}

# tree SERIES FLAVOUR: the path of its sources
tree()
{
	"$TOP/lab/kernel" --tree "$1" "$2" 2>/dev/null ||
		{ echo "Bail out! no tree; see: lab/kernel --tree $1 $2"; exit 1; }
}

# stock_source SERIES: sets TREE, which has the kernel's own selftests, and HEADERS,
# which has its own interface; linux/apply changes the one and keeps the other.
stock_source()
{
	local tree stock
	if [ "$1" = 7.3 ]; then
		tree=$(tree 7.3 stock) || { echo "$tree"; exit 1; }
		stock=$tree
	else
		tree=$(tree "$1" luo) || { echo "$tree"; exit 1; }
		stock=$tree/.luo-stock
		[ ! "$(find "$stock/tools" -name '*.[ch]' 2>/dev/null)" ] ||
			{ echo "Bail out! the drop-in replaces selftests"; exit 1; }
	fi
	TREE=$tree
	HEADERS=$BUILD/compat/$1/include
	mkdir -p "$HEADERS/linux"
	cp "$stock/include/uapi/linux/liveupdate.h" "$HEADERS/linux/"
}

# selftests SERIES: compiles the kernel's own, as its own scripts do: without a C
# library since they are made for that, with the C library before. Prints where.
selftests()
{
	local dir=$BUILD/compat/$1 from flags sources name
	stock_source "$1"
	from=$TREE/tools/testing/selftests/liveupdate
	if [ -d "$from/lib" ]; then
		flags=(-nostdinc -nostdlib -I "$HEADERS" -I "$TREE/usr/include"
			-I "$TREE/tools/include/nolibc" -I "$from/lib/include")
		sources=("$from/lib/lu_utils.c")
	else
		flags=(-D_GNU_SOURCE= -I "$HEADERS" -isystem "$TREE/usr/include")
		sources=("$from/luo_test_utils.c")
	fi
	for name in "${SELFTESTS[@]}"; do
		"${CC:-gcc}" -static -O2 "${flags[@]}" -o "$dir/$name" "$from/$name.c" "${sources[@]}" ||
			{ echo "Bail out! the selftest $name of Linux $1 does not compile"; exit 1; }
	done
	echo "$dir"
}
