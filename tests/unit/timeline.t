#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# 'luoctl report', against a kernel played by a directory.
. "$(dirname "$0")/luoctl.sh"

fresh
run report
expect 0 "no update yet" <<'END'
No live update since this machine was switched on.
END
run report --json
expect 0 "no update yet, JSON" <<'END'
{"number":0,"result":"none","old_release":null,"new_release":null,"failure":null,"ns":{"prepare":null,"freeze":null,"shutdown":null,"jump":null,"boot":null,"restore":null,"blackout":null},"participants":[]}
END
echo "4 0 - - - - - - sessions" >"$LUO_FAKE/entries"
run report
expect 0 "participants, and no update yet" <<'END'
No live update since this machine was switched on.
END

fresh
cat >"$LUO_FAKE/report" <<'END'
number 3
result 4
old 7.2.13-luo
new 7.3.4-luo
prepare 12345678
freeze 1200000
shutdown 210000000
jump 3100000000
blackout 3412345678
restore 1712345678
END
cat >"$LUO_FAKE/entries" <<'END'
6 0 1200 340 - 120 80 2200 sessions
4 0 10001200 40000 - - 80 2200 flb
5 0 - - - - - - watcher
15 0 10001200 40000 - 999499 80 2200 nic
END
run report
expect 0 "a completed update" <<'END'
Live update:   3
Result:        completed
Kernels:       7.2.13-luo -> 7.3.4-luo
Prepare:       12.3 ms
Blackout:      3.41 s
  Freeze:      1.20 ms
  Shutdown:    210 ms
  Jump:        3.10 s
  Boot:        101 ms
Restore:       1.71 s

prepare   |#                                                       |  12.3 ms
freeze    |#                                                       |  1.20 ms
shutdown  |##                                                      |  210 ms
jump      |  ##################################                    |  3.10 s
boot      |                                    #                   |  101 ms
restore   |                                     ###################|  1.71 s

NAME      TOTAL    PREPARE  FREEZE   BOOT     CAN_FINISH  FINISH
nic       11.0 ms  10.0 ms  40.0 us  999 us   80 ns       2.20 us
flb       10.0 ms  10.0 ms  40.0 us  -        80 ns       2.20 us
sessions  3.94 us  1.20 us  340 ns   120 ns   80 ns       2.20 us
watcher   -        -        -        -        -           -
END
run report --json
json_is /number 3
json_is /result completed
json_is /old_release 7.2.13-luo
json_is /new_release 7.3.4-luo
json_is /failure null
json_is /ns/prepare 12345678
json_is /ns/freeze 1200000
json_is /ns/shutdown 210000000
json_is /ns/jump 3100000000
json_is /ns/boot 101145678
json_is /ns/restore 1712345678
json_is /ns/blackout 3412345678
json_is /participants/0/name sessions
json_is /participants/0/kind core
json_is /participants/0/handed_over true
json_is /participants/0/error null
json_is /participants/0/ns/can_finish 80
json_is /participants/0/ns/cancel null
json_is /participants/3/name nic
json_is /participants/3/kind subsystem
json_is /participants/3/optional true
json_is /participants/3/ns/boot 999499
check "blanks at no end" sh -c '! grep " \$" "$0"/stdout' "$work"

check "as wide as the terminal" sh -c 'script -qec "stty cols 100; $0 report" /dev/null </dev/null |
	tr -d "\r" | grep "^restore  *|" | awk "length != 96 { exit 1 }"' "$luoctl"
check "a terminal too narrow" sh -c 'script -qec "stty cols 5; $0 report" /dev/null </dev/null |
	grep -q "^restore   | *#*|  1.71 s"' "$luoctl"
check "a terminal without a width" sh -c 'script -qec "stty cols 0; $0 report" /dev/null </dev/null |
	tr -d "\r" | grep "^restore  *|" | awk "length != 76 { exit 1 }"' "$luoctl"

fresh
cat >"$LUO_FAKE/report" <<'END'
number 4
result 2
old 7.3.4-luo
prepare 1500000
freeze 20000
callback 1
error 16
culprit files: session "vm1" token 3
END
cat >"$LUO_FAKE/entries" <<'END'
4 0 1000000 4000 2000 - - - sessions
4 16 400000 9000 3000 - - - files
5 524 - - - - - - odd
END
run report
expect 0 "a refused update" <<'END'
Live update:   4
Result:        refused
Kernels:       7.3.4-luo -> none
Step:          freeze
Culprit:       files: session "vm1" token 3
Error:         EBUSY (Device or resource busy)
Prepare:       1.50 ms
Blackout:      unknown
  Freeze:      20.0 us
  Shutdown:    unknown
  Jump:        unknown
  Boot:        unknown
Restore:       unknown

prepare   |####################################################### |  1.50 ms
freeze    |                                                       #|  20.0 us

NAME      TOTAL    PREPARE  FREEZE   CANCEL   ERROR
sessions  1.01 ms  1.00 ms  4.00 us  2.00 us  -
files     412 us   400 us   9.00 us  3.00 us  EBUSY
odd       -        -        -        -        524
END
run report --json
json_is /result refused
json_is /new_release null
json_is /failure/step freeze
json_is /failure/culprit 'files: session "vm1" token 3'
json_is /failure/error/number 16
json_is /failure/error/name EBUSY
json_is /failure/error/text "Device or resource busy"
json_is /ns/blackout null
json_is /ns/boot null
json_is /participants/1/error/name EBUSY
json_is /participants/2/error/name null
json_is /participants/2/error/number 524

fresh
cat >"$LUO_FAKE/report" <<'END'
number 1
result 5
new 7.3.4-luo
callback 3
error 5
culprit nic was handed over, and nothing here claims it
END
echo "19 0 - - - - - - nic" >"$LUO_FAKE/entries"
run report
expect 0 "a failed update from a kernel that keeps no times" <<'END'
Live update:   1
Result:        failed
Kernels:       unknown -> 7.3.4-luo
Step:          boot
Culprit:       nic was handed over, and nothing here claims it
Error:         EIO (Input/output error)
Prepare:       unknown
Blackout:      unknown
  Freeze:      unknown
  Shutdown:    unknown
  Jump:        unknown
  Boot:        unknown
Restore:       unknown

NAME  TOTAL
nic   -
END
run report --json
json_is /old_release null
json_is /failure/step boot

fresh
printf '%s\n' 'number 2' 'result 1' 'old 7.3.4-luo' 'prepare 0' 'error 524' >"$LUO_FAKE/report"
run report
expect 0 "one in progress, nobody to blame, an error without a name, and no time" <<'END'
Live update:   2
Result:        running
Kernels:       7.3.4-luo -> unknown
Error:         Unknown error 524
Prepare:       0 ns
Blackout:      unknown
  Freeze:      unknown
  Shutdown:    unknown
  Jump:        unknown
  Boot:        unknown
Restore:       unknown
END
run report --json
json_is /failure/step null
json_is /failure/culprit null
json_is /failure/error/name null

fresh
huge=18446744073709551614
printf '%s\n' 'number 18446744073709551615' 'result 99' "freeze $huge" "shutdown $huge" \
	'jump 1' 'blackout 5' "restore $huge" 'callback 99' 'error 2147483648' \
	'culprit c' >"$LUO_FAKE/report"
printf '%s\n' "0 2147483648 $huge $huge - - - - a" '0 0 - - - - - 1 b' >"$LUO_FAKE/entries"
run report
expect 0 "what makes no sense" <<'END'
Live update:   18446744073709551615
Result:        unknown
Kernels:       unknown -> none
Step:          unknown
Culprit:       c
Error:         Unknown error 2147483647
Prepare:       unknown
Blackout:      5 ns
  Freeze:      18446744074 s
  Shutdown:    18446744074 s
  Jump:        1 ns
  Boot:        unknown
Restore:       18446744074 s

freeze    |###################                                     |  18446744074 s
shutdown  |                   ##################                   |  18446744074 s
jump      |                                     #                  |  1 ns
restore   |                                     ###################|  18446744074 s

NAME  TOTAL    PREPARE  FREEZE   FINISH   ERROR
a     18446744074 s  18446744074 s  18446744074 s  -        2147483647
b     1 ns     -        -        1 ns     -
END
run report --json
json_is /ns/freeze $huge
json_is /ns/boot null

fresh
hostile=$(printf 'a\033[2J\\nb\302\233\377\177')
for key in old new culprit; do
	printf '%s %s\n' $key "$hostile"
done >"$LUO_FAKE/report"
echo "result 2" >>"$LUO_FAKE/report"
printf '0 0 1 - - - - - %s\n' "$hostile" >"$LUO_FAKE/entries"
run report
check "hostile text" grep -Fqx 'Kernels:       a?[2J?b??? -> a?[2J?b???' stdout
check "a hostile culprit" grep -Fqx 'Culprit:       a?[2J?b???' stdout
check "a hostile name" grep -q '^a?\[2J?b???  *1 ns' stdout
check "nothing of it reaches the terminal" sh -c '! LC_ALL=C grep -q "[^ -~]" "$0"' stdout
run report --json
check "nor does it in JSON" sh -c '! LC_ALL=C grep -q "[^ -~]" "$0"' stdout
text=$(printf 'a\033[2J\nb\302\233\357\277\275\177')
for pointer in /old_release /new_release /failure/culprit /participants/0/name; do
	"$LUO_BUILD/tests/unit/json" $pointer <stdout >text 2>&1
	check "JSON has $pointer all the same" test "$(cat text)" = "$text"
done

fresh
longest=$(printf '%047d' 1)
release=$(printf '%071d' 2)
culprit=$(printf '%0127d' 3)
printf '%s\n' "result 2" "old $release" "new $release" "culprit $culprit" >"$LUO_FAKE/report"
echo "0 0 1 - - - - - $longest" >"$LUO_FAKE/entries"
run report
check "texts of full length" test "$(grep -cx -e "Kernels:  *$release -> $release" \
	-e "Culprit:  *$culprit" -e "$longest  1 ns     1 ns" stdout)" -eq 3
run report --json
json_is /old_release "$release"
json_is /new_release "$release"
json_is /failure/culprit "$culprit"
json_is /participants/0/name "$longest"

fresh
printf '%s\n' "result 4" >"$LUO_FAKE/report"
i=0
while [ $i -lt 1000 ]; do
	echo "5 0 $((i % 500)) - - - - - driver$i"
	i=$((i + 1))
done >"$LUO_FAKE/entries"
run report
check "many participants" test "$(grep -c '^driver' stdout)" -eq 1000
sed -n 's/^driver\([0-9]*\) .*/\1/p' stdout >order
i=500
while [ $i -gt 0 ]; do
	i=$((i - 1))
	printf '%s\n' $i $((i + 500))
done >expected
check "slowest first, then in their own order" diff -u expected order
run report --json
json_is /participants/999/name driver999

echo first >"$LUO_FAKE/device"
run report
expect 3 "a kernel without reports" <<'END'
luoctl: report: this kernel's orchestrator keeps no report of live updates.
END
echo stock >"$LUO_FAKE/device"
run report --json
expect 3 "a stock kernel" <<'END'
luoctl: report: this kernel's orchestrator keeps no report of live updates.
END
rm "$LUO_FAKE/device"
run report
check "no orchestrator" test $code -eq 3

done_testing
