#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What 'meson install' puts in place is complete.
. "$(dirname "$0")/installed.sh"

for file in bin/luoctl include/libluo.h lib/libluo.so lib/libluo.so.1 lib/libluo.a \
	lib/pkgconfig/libluo.pc; do
	check "installs $file" test -e "$usr/$file"
done
for unit in luod.service luo-qemu@.service luo-qemu-resume.service; do
	find "$work/root" -name "$unit" >found
	check "installs $unit" test -s found
	program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$(cat found)")
	check "and what it starts" test -x "$work/root$program"
done
check "only one header" test "$(ls "$usr/include")" = libluo.h

if command -v scdoc >/dev/null; then
	for page in "$top"/man/*.scd; do
		page=$(basename "$page" .scd)
		check "installs $page" test -s "$usr/share/man/man${page##*.}/$page"
	done
fi

done_testing
