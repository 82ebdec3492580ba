# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Runs programs on lab hosts that have a Debian with systemd. Sourced by *.t.

# shellcheck source-path=SCRIPTDIR source=../guests/guests.sh
. "$(dirname "${BASH_SOURCE[0]}")/../guests/guests.sh"
HOST=$TOP/tests/host

[ "$(id -u)" = 0 ] || {
	echo "1..0 # skip a disk with a Debian is made by root"
	exit 0
}
DISKS=$(mktemp -d)
trap 'rm -rf "$DISKS"' EXIT

# holder: prints the path of a service with a file in memory, which runs on any Debian
holder()
{
	local bin=$BUILD/host/holder
	mkdir -p "${bin%/*}"
	gcc -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -I "$TOP/lib" \
		-I "$TOP/linux/include/uapi" -o "$bin.$$" "$HOST/holder.c" "$PROGRAMS/lib/libluo.a" &&
		mv "$bin.$$" "$bin" || return
	echo "$bin"
}

# host_machine NAME KERNEL SUITE SCRIPT [LAB-IMAGE-OPTION...]: one lab host, on a disk of
# its own. SCRIPT runs at each boot until it exits.
host_machine()
{
	local series="$1: " kernel=$2 suite=$3 script=$4 disk=$DISKS/$1 out status
	shift 4
	"$TOP/lab/image" --copy "$script:/lab/start" --start /lab/start "$@" "$suite" "$disk" \
		2>"$disk.err" || {
		sed 's/^/# /' "$disk.err"
		bail "there is no disk for $series"
	}
	out=$(mktemp)
	"$TOP/lab/host" --kernel "$kernel" --disk "$disk" --memory 3G --cpus 1 \
		--timeout "${VM_TIMEOUT:-300}" >"$out" 2>"$out.err" </dev/null
	status=$?
	number <"$out"
	if [ $status -eq 0 ]; then
		result ok "${series}the machine ends well"
	else
		result 'not ok' "${series}the machine ends well"
		tail -n 30 "$out.err" | sed 's/^/# /' >&2
	fi
	rm -f "$out" "$out.err" "$disk"
}
