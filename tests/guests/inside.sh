# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For scripts that run in lab hosts: guests, and what they are to do. Sourced.

PROGRAMS=$1
GUEST_INITRD=$2
GUESTS=("${@:3}")
# shellcheck source-path=SCRIPTDIR source=../../lab/inside.sh
. "$LAB/inside.sh"
# Why something failed is told to who reads the log
exec 2>&1

# check NAME COMMAND...
check()
{
	local name=$1
	if "${@:2}"; then
		echo "ok - $name"
	else
		echo "not ok - $name"
	fi
}

# Each number is said once, nothing is wrong, and there was one boot.
console_is_whole()
{
	tr -d '\r' <"$LAB_OUT/$1.console" | awk '
		{ sub(/^.*guest /, "guest ") }
		/^guest .* boot / { boots++ }
		/ ERROR / { print "# " $0; bad = 1 }
		/ count .* errors / { if (count && $4 != count + 1) { print "# " count " then " $4; bad = 1 } count = $4 }
		END { if (boots != 1) { print "# " boots " boots"; bad = 1 } exit bad }'
}

guests_are_whole()
{
	local guest
	for guest in "${GUESTS[@]}"; do
		console_is_whole "$guest" || return
	done
}

# They go on, and find nothing wrong.
guests_go_on()
{
	wait_for_progress 5 60 || { show_guests; return 1; }
	guests_are_whole
}

show_guests()
{
	local guest
	for guest in "${GUESTS[@]}"; do
		echo "# $guest: $(tail -n 1 "$LAB_OUT/$guest.console")"
	done
	luoctl clients 2>&1 | sed 's/^/# /'
	cat /run/luo-qemu/*/log 2>/dev/null | sed 's/^/# /'
}

# Nothing is left of an update.
nothing_is_left()
{
	wait_until 30 kernel_is "${STATE:-normal}" || { luoctl status; return 1; }
	wait_until 10 no_sessions || { luoctl sessions; return 1; }
}

no_sessions()
{
	[ "$(luoctl sessions --json)" = "[]" ]
}

all_subscribed()
{
	[ "$(luoctl clients --json | grep -o '"phase":"subscribed"' | wc -l)" = "$1" ]
}

# With all guests known to luod, and counting
start_all()
{
	local guest
	for guest in "${GUESTS[@]}"; do
		start_guest "$guest"
	done
	check "guests start" wait_for_counts 10 $((120 + 60 * ${#GUESTS[@]}))
	check "luod knows them" wait_until 20 all_subscribed "${#GUESTS[@]}"
}
