# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Builds a fuzzer from the kernel half's own files. Sourced by fuzz.t.

FUZZ=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
KERNEL=${FUZZ%/tests/fuzz}/linux
LUO=$KERNEL/kernel/liveupdate

# What each target is made of, from the kernel half and from here
declare -A PARTS=(
	[handover]="luo_handover.c handover.c memory.c"
	[restore]="luo_handover.c luo_session.c luo_file.c kho_block.c restore.c memory.c kernel.c"
	[log]="luo_handover.c log.c memory.c"
	[memfd]="luo_handover.c memfd.c memory.c"
	[extent]="luo_handover.c memfd_extent_read.c memfd_extent_table.c extent.c memory.c kernel.c"
	[seeds]="luo_handover.c memfd_extent_table.c seeds.c seeds_extent.c memory.c kernel.c"
)

# included FILE...: the names in angle brackets
included()
{
	sed -n 's/^#include <\(.*\)>.*/\1/p' "$@" | sort -u
}

# headers DIR TREE: the kernel's own that are used as they are, and one that leads to the
# shim for every other.
headers()
{
	local name
	mkdir -p "$1/linux/kho/abi"
	cp "$2/include/linux/kho_block.h" "$1/linux/" &&
		cp "$2"/include/linux/kho/abi/{block,kexec_handover}.h "$1/linux/kho/abi/" &&
		cp "$2/kernel/liveupdate/kho_block.c" "$1/" || return
	included "$1"/kho_block.c "$1"/linux/kho_block.h "$1"/linux/kho/abi/*.h \
		"$KERNEL"/mm/memfd_{luo_table.c,extent_{read,table}.c,luo.h} \
		"$KERNEL"/include/linux/kho/abi/memfd*.h \
		"$LUO"/luo_{handover,session,file,log}.c "$LUO/luo_internal.h" \
		"$KERNEL"/include/{linux,uapi/linux,trace/events}/liveupdate.h \
		"$KERNEL"/include/linux/kho/abi/luo*.h |
	while read -r name; do
		# The C library's errno.h needs the real one, which serves us, too.
		[ "$name" = linux/errno.h ] || [ -e "$KERNEL/include/$name" ] || [ -e "$1/$name" ] ||
			{ mkdir -p "$1/$(dirname "$name")" && echo '#include "kernel.h"' >"$1/$name"; }
	done
}

# build TARGET OUT TREE [FILE]: FILE in place of the part, or what a part includes, of
# that name
build()
{
	local target=$1 out=$2 instead=${4:-} dir=$2.include part file sources=() kind=fuzzer
	rm -rf "$dir"
	headers "$dir" "$3" || return
	[ ! "$instead" ] || cp "$instead" "$dir/"
	for part in ${PARTS[$target]}; do
		for file in "$dir/$part" "$FUZZ/$part" "$LUO/$part" "$KERNEL/mm/$part"; do
			[ ! -e "$file" ] || break
		done
		sources+=("$file")
	done
	[ "$target" != seeds ] || kind=address
	clang -std=gnu11 -g -O1 -Wall -Wno-unused-function -Wno-address-of-packed-member -Werror \
		-fsanitize=$kind,address,undefined -fno-sanitize-recover=all -include kernel.h \
		-I "$FUZZ/shim" -I "$FUZZ" -I "$dir" -I "$LUO" -I "$KERNEL/mm" -I "$KERNEL/include" \
		-o "$out" "${sources[@]}"
}
