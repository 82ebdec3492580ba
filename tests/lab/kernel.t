#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What lab/kernel says of things it cannot build, and that it leaves nothing behind
. "$(dirname "$0")/../tap.sh"

export XDG_CACHE_HOME=$work/cache

# refuses STATUS MESSAGE ARG...: lab/kernel ARG... ends so, and prints no path
refuses()
{
	local want=$1 message=$2 status
	shift 2
	"$TOP/lab/kernel" "$@" >"$work/out" 2>"$work/err"
	status=$?
	cat "$work/out" "$work/err"
	[ "$status" -eq "$want" ] && [ ! -s "$work/out" ] && grep -qF -- "$message" "$work/err"
}

from()
{
	LUO_KERNEL_SOURCE=$1 refuses 1 "$2" 7.3 stock
}

no_tree()
{
	[ ! -e "$XDG_CACHE_HOME/luo/kernel/7.3-stock/tree" ]
}

source=$work/linux-6.1
mkdir "$source"
printf 'VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n' >"$source/Makefile"
tar -C "$work" -cJf "$work/linux.tar.xz" linux-6.1
echo "no tarball" >"$work/text"

check "without operands it shows the usage" refuses 2 "usage: lab/kernel"
check "what is no series is named" refuses 1 "'next' is no series" next luo
check "what is no flavour is named" refuses 1 "no flavour 'vanilla'" 7.3 vanilla
check "what is no option is named" refuses 1 "no option '--trees'" --trees 7.3 luo
check "a source that is not there is named" from "$work/nothing" "cannot read $work/nothing"
check "a tarball of another series is refused" from "$work/linux.tar.xz" "is Linux 6.1, not 7.3"
check "and leaves no tree" no_tree
check "a directory of another series is refused" from "$source" "is Linux 6.1, not 7.3"
check "and leaves no tree either" no_tree
check "what is no tarball is refused" from "$work/text" "could not unpack $work/text"
check "the source is not changed" test "$(find "$source" -type f)" = "$source/Makefile"
done_testing
