#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What systemd says of the units, where it is installed.
command -v systemd-analyze >/dev/null || {
	echo "1..0 # SKIP systemd-analyze is not installed"
	exit
}
. "$(dirname "$0")/luoctl.sh"

# The programs need not be installed.
mkdir units
for unit in "$LUO_BUILD"/systemd/*.service; do
	sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$unit" >"units/$(basename "$unit")"
done
check "there are units" test "$(ls units | wc -l)" -eq 3
check "no word is left to be replaced" sh -c '! grep -l "@[a-z]*@" "$0"/*.service' "$LUO_BUILD/systemd"
for unit in luod.service luo-qemu@vm-7.service luo-qemu-resume.service; do
	SYSTEMD_UNIT_PATH=$work/units: systemd-analyze verify --man=no "$unit" >verify 2>&1
	code=$?
	# Of others' units nothing is said here.
	grep -e luo verify >complaints
	check "systemd finds nothing in $unit" sh -c 'cat verify; test "$0" -eq 0 && test ! -s complaints' $code
done

# Later versions of systemd may find more to count, but nothing is to be lost.
systemd-analyze security --offline=true --no-pager units/luod.service >security 2>&1
figure=$(sed -n 's/.*Overall exposure level for luod.service: \([0-9.]*\).*/\1/p' security)
most=$(sed -n 's/.*counts an exposure of \([0-9]*\.[0-9]*\).*/\1/p' "$top/man/luod.8.scd")
check "luod is not more exposed than its manual page says" \
	awk -v is="$figure" -v most="$most" 'BEGIN { print is, most; exit !(is > 0 && is <= most) }'

done_testing
