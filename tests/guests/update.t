#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two guests live through updates that are called off, and through one that is not, whose
# record is shown by a browser. Pictures of it are left in $LUO_BUILD/report-pages.
. "$(dirname "$0")/guests.sh"
# shellcheck source-path=SCRIPTDIR source=../browser.sh
. "$TOP/tests/browser.sh"

# check NAME COMMAND...
check()
{
	local name=$1
	shift
	if "$@" >"$out/said" 2>&1; then
		result ok "$name"
	else
		result 'not ok' "$name"
		sed 's/^/# /' "$out/said" | head -n 40
	fi
}

# row NAME: one of the drawing has it
row()
{
	grep -E "<text [^>]*text-anchor=\"end\"[^>]*>$1</text>" "$out/dom"
}

silent()
{
	! grep CONSOLE "$out/browser.log"
}

look_at_page()
{
	local name page=$pages/update.html look scheme
	check "the record makes a page" "$PROGRAMS/ctl/luoctl" report "$out/record" --html "$page"
	[ "$browser" ] || return
	browse "$out" --dump-dom "file://$page" >"$out/dom"
	check "a browser has nothing to say about it" silent
	for name in "old kernel" jump "new kernel" sessions qemu:vm1 qemu:vm2; do
		check "it has a row for $name" row "$name"
	done
	check "the kernels are named" grep -q '7\.2\.[0-9]*-luo.*7\.3\.[0-9]*-luo' <(tr '\n' ' ' <"$out/dom")
	check "the blackout is marked" grep -qE '>blackout [0-9.]+ m?s</text>' "$out/dom"
	check "it has the log of the old kernel" grep -q 'liveupdate: .*prepared' "$out/dom"
	check "it has what luod told" grep -q 'qemu:vm1: is back' "$out/dom"
	for look in light-1200 dark-1200 light-390 dark-390; do
		scheme=1
		[ "${look%-*}" = light ] || scheme=0
		rm -f "$pages/update-$look.png"
		browse "$out" --blink-settings=preferredColorScheme=$scheme --window-size="${look#*-},1900" \
			--screenshot="$pages/update-$look.png" "file://$page" >"$out/said"
		check "a picture, $look" test -s "$pages/update-$look.png"
	done
}

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
pages=$BUILD/report-pages
mkdir -p "$pages"
guests_machine 7.2-luo 7.3-luo "$HERE/update-inside" "vm1 vm2" --output "$out"
look_at_page
finish
