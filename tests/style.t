#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What checkers say of the sources, and that linux/apply does no harm
. "$(dirname "$0")/tap.sh"

cd "$TOP" || bail_out "no $TOP"
SERIES=(7.2 7.3)
# Not preprocessed by C's rules: what sparse 0.6.4 does not know
CHECKER="sparse -D__typeof_unqual__=__typeof__ '-D__builtin_strlen(s)=(sizeof(s)-1)'"
# Only in a kernel that finds faults
DEBUG=kernel/liveupdate/luo_debug.c
# Commas in QEMU's options; a variable that is never empty in what rm removes; those
# that not everyone uses who sources their file
TAKEN=SC2054,SC2115,SC2034
# Have no place for a comment, or are read as they are
UNMARKED='\.(md|scd|patch|orig)$|/\.gitignore$|/unused-files$|/Documentation/ABI/|/tests/unit/expect/|/tests/fuzz/corpus/'

# silent COMMAND...: succeeds, and says nothing
silent()
{
	"$@" >"$work/silent" 2>&1
	local status=$?
	cat "$work/silent"
	[ "$status" -eq 0 ] && [ ! -s "$work/silent" ]
}

sources()
{
	find . \( -path ./.git -o -path './build*' -o -path ./LICENSES \) -prune -o -type f -print
}

# Those that are run; shellcheck follows them to those that are sourced.
scripts()
{
	local file first
	sources | sort | while read -r file; do
		read -r first <"$file" || continue
		[[ $first != '#!/bin/'*sh ]] || echo "$file"
	done
}

licences()
{
	local missing
	missing=$(sources | grep -vE "$UNMARKED" | xargs -d '\n' -n 1 sh -c \
		'head -n 3 "$0" | grep -q "SPDX-License-Identifier: " || echo "$0"')
	echo "$missing"
	[ ! "$missing" ]
}

# kernel_files FLAVOUR: of the drop-in, those that are part of such a kernel
kernel_files()
{
	if [ "$1" = luo-debug ]; then
		echo "$DEBUG"
	else
		(cd linux && find . -name '*.c' ! -path './tools/*' -printf '%P\n' | grep -vx "$DEBUG" | sort)
	fi
}

# dry_run FLAVOUR TREE FILE: what a build with all warnings, and with sparse, would do. It
# does none of it: a build would leave objects that the next one has to make again.
dry_run()
{
	local objects
	objects=$(kernel_files "$1" | sed 's/c$/o/')
	# shellcheck disable=SC2086 # one word an object
	make -C "$2" -n V=1 ARCH=x86_64 LOCALVERSION="-$1" W=1 C=2 CHECK="$CHECKER" $objects >"$3" 2>&1
}

# commands KIND FILE < dry_run: those of KIND (CC, CHECK) for FILE, to be run from
# the tree, without what they would write.
commands()
{
	grep -E "^set -e; echo '# $1 (\[M\])? +${2%c}[co]'" |
		sed -E "s/.*kill -s PIPE \\$\\$' PIPE; //; s/ ; .*//; s/;.*//" |
		sed -E 's| -o [^ ]+\.o | -o /dev/null |; s|-Wp,-MMD,[^ ]+||'
}

# in_tree TREE KIND FILE: runs that command, of which there must be one
in_tree()
{
	local command
	command=$(commands "$2" "$3" <"$work/dry-run")
	[ "$command" ] || { echo "a build would not run $2 for $3"; return 1; }
	(cd "$1" && silent sh -c "$command")
}

# checkers SERIES FLAVOUR: on every file of the drop-in
checkers()
{
	local tree file
	tree=$(lab/kernel --tree "$1" "$2" 2>"$work/kernel") ||
		bail_out "no tree of Linux $1: $(tail -n 1 "$work/kernel")"
	dry_run "$2" "$tree" "$work/dry-run" || bail_out "make -n: $(tail -n 1 "$work/dry-run")"
	while read -r file; do
		check "$1: $file compiles with W=1 without a warning" in_tree "$tree" CC "$file"
		check "$1: sparse finds nothing in $file" in_tree "$tree" CHECK "$file"
	done < <(kernel_files "$2")
	[ "$1 $2" = "7.3 luo" ] || return 0
	while read -r file; do
		check "checkpatch finds nothing in $file" silent \
			perl "$tree/scripts/checkpatch.pl" --strict --no-tree -f --terse "$file"
	done < <(find linux -name '*.[ch]' | sort)
}

# stock_files SERIES DIR: those of the kernel's source that linux/apply looks at
stock_files()
{
	local source=${LUO_KERNEL_SOURCE:-${XDG_CACHE_HOME:-$HOME/.cache}/luo/source/$1/linux.tar.xz}
	local names=(Makefile Kbuild kernel/liveupdate include/linux/kho
		Documentation/core-api/liveupdate.rst Documentation/userspace-api/liveupdate.rst
		Documentation/mm/memfd_preservation.rst mm/memfd_luo.c
		tools/testing/selftests/liveupdate
		include/linux/liveupdate.h include/uapi/linux/liveupdate.h)
	mapfile -t -O "${#names[@]}" names < <(sed -n 's,^+++ b/,,p' linux/hook.patch |
		grep -v -e ^kernel/liveupdate/ -e ^tools/testing/selftests/liveupdate/)
	mkdir -p "$2"
	if [ -d "$source" ]; then
		(cd "$source" && tar -cf - "${names[@]}") | tar -C "$2" -xf -
	else
		tar -C "$2" -xf "$source" --strip-components=1 --anchored --wildcards \
			--no-wildcards-match-slash "${names[@]/#/*/}"
	fi
}

# snapshot DIR: names, modes and times of modification of what a build sees; contents
snapshot()
{
	(cd "$1" && find . -name .luo-stock -prune -o -type f -printf '%P %m %T@\n' | sort)
	contents "$1"
}

contents()
{
	(cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
}

refused()
{
	cp -a "$1" "$work/other"
	sed -i 's/^VERSION = .*/VERSION = 6/; s/^PATCHLEVEL = .*/PATCHLEVEL = 1/' "$work/other/Makefile"
	snapshot "$work/other" >"$work/before"
	! linux/apply "$work/other" 2>"$work/message" || return
	cat "$work/message"
	grep -q '6\.1' "$work/message" && snapshot "$work/other" | diff "$work/before" -
}

apply()
{
	local tree=$work/stock-$1
	stock_files "$1" "$tree" || bail_out "no source of Linux $1"
	contents "$tree" >"$work/stock"
	check "$1: linux/apply puts the drop-in in" linux/apply "$tree"
	check "$1: all of it" sh -c 'cd linux && find . -mindepth 2 -type f -print0 |
		xargs -0 -I {} cmp {} "$0/{}"' "$tree"
	check "$1: and what builds it" grep -q luo "$tree/kernel/liveupdate/Makefile"
	snapshot "$tree" >"$work/first"
	check "$1: a second time" linux/apply "$tree"
	snapshot "$tree" >"$work/second"
	check "$1: which touches nothing" diff "$work/first" "$work/second"
	echo >>"$tree/kernel/liveupdate/luo_core.c"
	check "$1: after somebody's change" linux/apply "$tree"
	check "$1: which is undone" cmp linux/kernel/liveupdate/luo_core.c \
		"$tree/kernel/liveupdate/luo_core.c"
	check "$1: linux/apply --reverse takes the drop-in out" linux/apply --reverse "$tree"
	contents "$tree" >"$work/reversed"
	check "$1: and leaves the kernel's own files" diff "$work/stock" "$work/reversed"
	check "$1: a second time" linux/apply --reverse "$tree"
}

mapfile -t SCRIPTS < <(scripts)
check "there are scripts to be checked" test "${#SCRIPTS[@]}" -gt 10
for script in "${SCRIPTS[@]}"; do
	check "shellcheck finds nothing in $script" \
		shellcheck -x -a -P SCRIPTDIR -S warning -e "$TAKEN" "$script"
done
check "every file names its licence" licences
for series in "${SERIES[@]}"; do
	apply "$series"
	checkers "$series" luo
done
checkers 7.3 luo-debug
check "linux/apply refuses another series and changes nothing" refused "$work/stock-7.3"
check "linux/apply refuses what is no kernel" sh -c '! linux/apply lab'
done_testing
