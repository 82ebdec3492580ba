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
for unit in "$LUO_BUILD"/systemd/*.service "$LUO_BUILD"/systemd/*.timer; do
	sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$unit" >"units/$(basename "$unit")"
done
check "there are units" test "$(ls units | wc -l)" -eq 5
check "no word is left to be replaced" sh -c '! grep -l "@[a-z]*@" "$0"/*.service "$0"/*.timer' "$LUO_BUILD/systemd"
for unit in luod.service luo-metrics.service luo-metrics.timer luo-qemu@vm-7.service \
	luo-qemu-resume.service; do
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

# A timer starts the service of its name, and the command of that one is understood.
unit=$LUO_BUILD/systemd/luo-metrics.service
file=$(sed -n 's/^ExecStart=.* metrics --output //p' "$unit")
check "figures go where the service may write, if that is there" sh -c \
	'grep -qx "ReadWritePaths=-$0" "$1" && grep -qx "ConditionPathIsDirectory=$0" "$1"' \
	"$(dirname "$file")" "$unit"
check "that is where the manual page says" grep -qF "$(dirname "$file")/_" "$top/man/luoctl.1.scd"
fresh
umask "$(sed -n 's/^UMask=//p' "$unit")"
# shellcheck disable=SC2046 # words, as systemd makes them
run $(sed -n 's/^ExecStart=[^ ]* //p' "$unit" | sed "s|$file|luo.prom|")
check "luoctl takes the service's command" test "$code" -eq 0
check "and others may read what it writes" test "$(stat -c %a luo.prom)" = "$(printf '%o' $((0666 & ~0022)))"

done_testing
