#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# luod's manual pages tell of the options and settings that it has.
. "$(dirname "$0")/luoctl.sh"

luod=$LUO_BUILD/daemon/luod

"$luod" --help >help
check "help" test $? -eq 0
sed -n 's/^  -\(.\), --\([a-z]*\).*/\1 \2/p' help | sort >options
check "help has options" test "$(wc -l <options)" -ge 5
sed -n '/^# OPTIONS/,/^# SIGNALS/s/^\*-\(.\)\*, \*--\([a-z]*\)\*.*/\1 \2/p' \
	"$top/man/luod.8.scd" | sort >manual-options
check "luod(8) explains each option" diff -u options manual-options
"$luod" --version >version
check "version" grep -q '^luod [0-9]' version
for argument in --frobnicate extra -c; do
	"$luod" $argument >out 2>&1
	check "luod $argument" test $? -eq 2
done

grep -o 'strcmp(key, "[a-z_]*")' "$top/daemon/config.c" | cut -d '"' -f 2 | sort -u >settings
check "there are settings" test "$(wc -l <settings)" -ge 10
grep -o '^\*.*=\*' "$top/man/luod.conf.5.scd" | grep -o '[a-z_]*=' | tr -d = | sort -u \
	>manual-settings
check "luod.conf(5) explains each setting" diff -u settings manual-settings

# The examples are read, up to where the lock is taken.
sed -n '/^```/,/^```/p' "$top/man/luod.conf.5.scd" | grep -v '^```' | sed 's/^group=kvm/group=/' >conf
echo "frobnicate=1" >>conf
"$luod" -c conf 2>out
check "its examples are right" grep -q "conf, line $(wc -l <conf): there is no such setting" out

done_testing
