#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# luod itself, with sanitizers, among a thousand who say to it what nobody should: for some
# seconds, or LUO_SOAK=1, for ten minutes.
. "$(dirname "$0")/../unit/luod.sh"

rounds=3
seconds=5
[ -z "$LUO_SOAK" ] || {
	rounds=30
	seconds=20
}
seed=${LUO_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
# What was freed is soon used again, so that memory that grows is luod's own.
ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=8

group=$(getent group daemon | cut -d : -f 3)
fresh_machine
# An update that is not a dry run gets as far as to the jump.
echo 5 >"$LUO_FAKE/fail-reboot"
start_luod <<'END'
[luod]
group=daemon
prepare_timeout=0.3
freeze_timeout=0.3
cancel_timeout=0.3

[client honest]
prepare_timeout=20
freeze_timeout=20

[client fuzz-1?]

[client *]
on_timeout=continue
on_veto=continue
on_death=continue
END
echo "# seed $seed"
"$LUO_BUILD/tests/unit/luod-fuzz" "$socket" "$LUOD" "$group" "$seed" $rounds $seconds >fuzz.out 2>&1
status=$?
sed 's/^/# /' fuzz.out
check "who is honest is answered in time, whoever else is there" test $status -eq 0
check "luod lives" kill -0 "$LUOD"
stop_luod
done_testing
