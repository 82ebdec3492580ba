#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the pages for readers refer to is there, and each of them can be found.
. "$(dirname "$0")/luoctl.sh"

cd "$top" || bail_out "no $top"

# links PAGE: what it refers to in this tree, a line each
links() {
	grep -o '](\([^)]*\))' "$1" | sed 's/^](//; s/)$//' | grep -v '^[a-z]*:'
}

# anchors PAGE: of its headings, as they are linked to
anchors() {
	sed -n 's/^#\{1,\} //p' "$1" | tr '[:upper:]' '[:lower:]' | tr -d "'\`(),.:" | tr ' ' '-'
}

dead_links() { # PAGE
	links "$1" | while IFS='#' read -r path anchor; do
		target=$1
		[ -z "$path" ] || target=$(dirname "$1")/$path
		[ -e "$target" ] || echo "$1: no $path"
		case $target in
		*.md) [ -z "$anchor" ] || anchors "$target" | grep -qx -e "$anchor" ||
			echo "$1: no $path#$anchor" ;;
		esac
	done
}

for page in *.md docs/*.md lab/README.md; do
	check "what $page refers to is there" test -z "$(dead_links "$page" | tee /dev/stderr)"
done
check "the index refers to something" test "$(links docs/README.md | wc -l)" -ge 15

ls docs/*.md | sed 's|^docs/||; /^README.md$/d' | sort >"$work/expected"
links docs/README.md | grep -x '[a-z]*\.md' | sort >"$work/got"
check "the index has each page beside it" diff -u "$work/expected" "$work/got"
for page in man/*.scd; do
	name=$(basename "$page" .scd)
	case $name in
	luo_*) check "$name is in libluo(3)" grep -qF "*$(basename "$name" .3)*(3)" man/libluo.3.scd ;;
	*) check "the index has $name" grep -qF "$page)" docs/README.md ;;
	esac
done
check "the README leads to the index" sh -c 'grep -qF "(docs/README.md)" README.md'

# Settings and variables are those of the source.
grep -o 'strcmp(key, "[a-z_]*")' daemon/config.c | cut -d '"' -f 2 | sort -u >"$work/expected"
tr -d '\\' <man/luod.conf.5.scd | sed -n '/^# SECTION LUOD/,/^# EXAMPLES/p' |
	grep '^\*' | grep -o '[a-z_]*=' | tr -d '=' | sort -u >"$work/got"
check "luod.conf(5) has each setting, and no other" diff -u "$work/expected" "$work/got"
grep -o '"LUO_[A-Z_]*=' daemon/hooks.c | tr -d '"=' | sort -u >"$work/expected"
grep -o '^\*LUO_.*' man/luod-hooks.7.scd | grep -o 'LUO_[A-Z_]*' | sort -u >"$work/got"
check "luod-hooks(7) has each variable, and no other" diff -u "$work/expected" "$work/got"
done_testing
