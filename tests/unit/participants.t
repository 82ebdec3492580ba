#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# 'luoctl participants', against a kernel played by a directory.
. "$(dirname "$0")/luoctl.sh"

# JSON of one participant: its members in the order of the manual page.
member() { # POINTER NAME WHAT...
	pointer=$1
	shift
	for key in name kind handed_over present optional prepared frozen; do
		json_is "$pointer/$key" "$1"
		shift
	done
}

fresh
run participants
expect 0 "nobody" <<'END'
NAME  KIND       FLAGS
END
run participants --json
expect 0 "nobody, JSON" <<'END'
[]
END

cat >"$LUO_FAKE/participants" <<'END'
6 sessions
52 flb
29 nic
1 watcher
3 gone
0 odd
END
run participants
expect 0 "kinds and flags" <<'END'
NAME      KIND       FLAGS
sessions  core       handed-over, present
flb       core       present, prepared, frozen
nic       subsystem  present, optional, prepared
watcher   subsystem  -
gone      subsystem  handed-over
odd       core       -
END
run participants --json
check "how many, JSON" test "$(grep -o '"name"' stdout | wc -l)" -eq 6
member /2 nic subsystem false true true true false
member /4 gone subsystem true false false false false

hostile=$(printf 'a\033]0;title\007\\nb\302\233\377\177')
printf '5 %s\n' "$hostile" >"$LUO_FAKE/participants"
run participants
expect 0 "a name is no terminal command" <<'END'
NAME               KIND       FLAGS
a?]0;title??b???   subsystem  present
END
run participants --json
expect 0 "nor is it in JSON" <<'END'
[{"name":"a\u001b]0;title\u0007\nb\u009b\ufffd\u007f","kind":"subsystem","handed_over":false,"present":true,"optional":false,"prepared":false,"frozen":false}]
END

longest=$(printf '%047d' 0)
echo "4 $longest" >"$LUO_FAKE/participants"
run participants
check "a name of full length" grep -q "^$longest  core       present\$" stdout

i=0
while [ $i -lt 1000 ]; do
	echo "5 driver$i"
	i=$((i + 1))
done >"$LUO_FAKE/participants"
run participants
check "many" test "$(grep -c '^driver[0-9]*  *subsystem  present$' stdout)" -eq 1000
run participants --json
json_is /999/name driver999

echo first >"$LUO_FAKE/device"
run participants
expect 3 "a kernel that cannot list them" <<'END'
luoctl: participants: this kernel's orchestrator cannot list its participants.
END
echo stock >"$LUO_FAKE/device"
run participants --json
expect 3 "a stock kernel" <<'END'
luoctl: participants: this kernel's orchestrator cannot list its participants.
END
rm "$LUO_FAKE/device"
run participants
check "no orchestrator" test $code -eq 3

done_testing
