#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What 'meson install' puts in place is complete, and a program can be built
# against it. The library's header, version script, symbols and manual agree.
. "$(dirname "$0")/luoctl.sh"

plain=$LUO_BUILD/plain
{
	[ -f "$plain/build.ninja" ] ||
		meson setup "$plain" "$top" --prefix=/usr --libdir=lib -Dwerror=true -Dtests=disabled
	DESTDIR=$work/root meson install -C "$plain"
} >install.log 2>&1 || {
	sed 's/^/# /' install.log | tail -n 20
	bail_out "cannot install"
}

usr=$work/root/usr
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

cat >program.c <<'END'
#include <errno.h>
#include <libluo.h>

int main(void)
{
	struct luo *luo;

	return luo_open(&luo, "/nonexistent", 0) == -ENOENT ? 0 : 1;
}
END
cp program.c program.cc
export PKG_CONFIG_SYSROOT_DIR="$work/root" PKG_CONFIG_PATH="$usr/lib/pkgconfig"
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
flags=$(pkg-config --cflags --libs libluo)
# shellcheck disable=SC2086
check "a C program builds" ${CC:-cc} -std=c11 -Wall -Wextra -Werror -pedantic program.c -o c $flags
check "it runs" env LD_LIBRARY_PATH="$usr/lib" ./c
if command -v "${CXX:-c++}" >/dev/null; then
	# shellcheck disable=SC2086
	check "a C++ program builds" "${CXX:-c++}" -Wall -Wextra -Werror program.cc -o cc $flags
	check "it runs too" env LD_LIBRARY_PATH="$usr/lib" ./cc
fi

sed -n 's/^\t\(luo_[a-z_]*\);/\1/p' "$top/lib/libluo.map" | sort >map
nm -D --defined-only "$usr/lib/libluo.so" | sed -n 's/.* T \(.*\)@@.*/\1/p' | sort >symbols
grep -o 'luo_[a-z_]*(' "$usr/include/libluo.h" | tr -d '(' | sort -u >header
sed -n 's/^\*.*[ *]\(luo_[a-z_]*\)(.*;\*.*/\1/p' "$top"/man/*.3.scd | sort >manual
check "symbols are those of the version script" diff -u map symbols
check "the header declares them" diff -u map header
check "the manual has them" diff -u map manual

done_testing
