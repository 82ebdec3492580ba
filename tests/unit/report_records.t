#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# 'luoctl report' of what luod has on record.
. "$(dirname "$0")/luoctl.sh"

export TZ=UTC
done=$here/expect/record-done.json
cancelled=$here/expect/record-cancelled.json
first=state/history/00000041-20261123T075655Z-5c2f0a1bd3e94c7794a1f0e8b7d6c5a4.json
second=state/history/00000042-20261123T080655Z-9744ab69f7024770b1d5420df446d574.json

fresh
mkdir -p state/history root
cp "$cancelled" "$first"
cp "$done" "$second"
: >state/history/notes

run report
expect 0 "the last one" <<'END'
Update:        42, 9744ab69f7024770b1d5420df446d574
Begun:         2026-11-23 08:06:55
Result:        done
Kernels:       7.2.13-luo -> 7.3.4-luo
Left out:      db@1
Phases:        loading 11.2 ms, preserving 32.9 ms, preparing 4.25 ms, freezing 30.7 ms, restoring 268 ms, finishing 3.95 ms
Prepare:       1.16 ms
Blackout:      268 ms
  Freeze:      52.6 us
  Shutdown:    326 us
  Jump:        268 ms
  Boot:        63.4 us
Restore:       531 ms

prepare   |#                                                       |  1.16 ms
freeze    |#                                                       |  52.6 us
shutdown  |#                                                       |  326 us
jump      |###################                                     |  268 ms
boot      |                   #                                    |  63.4 us
restore   |                   #####################################|  531 ms

NAME      TOTAL    PREPARE  FREEZE   BOOT     CAN_FINISH  FINISH
files     1.02 ms  801 us   12.8 us  20.9 us  95 ns       182 us
vfio-pci  360 us   352 us   6.10 us  -        80 ns       2.20 us
sessions  77.1 us  1.02 us  31.4 us  41.2 us  140 ns      3.31 us

CLIENT     PHASE       BLACKOUT  PREPARE   FREEZE    PARTS
qemu:vm-1  restored    822 ms    31.8 ms   26.9 ms   stop 1.32 ms, save 24.3 ms, start_qemu 241 ms, restore 21.3 ms, resume 1.53 ms
qemu:vm-2  restored    826 ms    32.6 ms   30.5 ms   stop 2.20 ms, save 27.8 ms, start_qemu 249 ms, restore 23.9 ms, resume 1.82 ms
END
cp out last
for which in 42 00000042 9744 9744ab69f7024770b1d5420df446d574 "./$second"; do
	run report "$which"
	check "by '$which'" cmp last out
done
run report 41
check "an earlier one" grep -q '^Result: *cancelled$' stdout
check "and why" grep -Fqx 'Reason:        the disk is <busy> & will be' stdout
check "who was frozen stood still" grep -q '^qemu:vm-1  frozen      44.2 ms ' stdout
run report --json
check "the record as it is" diff -u "$done" stdout
run report --list
expect 0 "the list" <<'END'
NUMBER  BEGUN                KERNELS                       RESULT     BLACKOUT  CLIENTS  CULPRIT
42      2026-11-23 08:06:55  7.2.13-luo -> 7.3.4-luo       done       826 ms    2
41      2026-11-23 07:56:55  7.2.13-luo                    cancelled  -         2        qemu:vm-2
END
run report --list --json
json_is /0/number 42
json_is /0/blackout_ns 826104882
json_is /0/clients 2
json_is /0/culprit null
json_is /1/result cancelled
json_is /1/new_release null
json_is /1/reason "the disk is <busy> & will be"

# Which one is meant.
cp "$cancelled" "state/history/00000040-19700101T000000Z-5c2faaaa.json"
run report 5c2f
expect 2 "a beginning that two have" <<'END'
luoctl: report: '5c2f' is the beginning of more than one update's id: more of it is needed.
END
rm state/history/00000040*
for which in 43 0 9744b 5c2 x 99999999999999999999; do
	run report $which
	check "there is no '$which'" test $code -eq 1
done
expect 1 "and it says where to look" <<'END'
luoctl: report: there is no record of an update '99999999999999999999': 'luoctl report --list' shows those that there are.
END
run report --json --trace
check "one form at a time" test $code -eq 2
run report --list 42
check "a list is of all" test $code -eq 2

# The kernel tells as well: who is right.
boot=713ab6a8-f54a-4fea-9b43-2352584247a3
mkdir -p "$LUO_FAKE/root/proc/sys/kernel/random"
echo $boot >"$LUO_FAKE/root/proc/sys/kernel/random/boot_id"
printf '%s\n' 'number 3' 'result 4' 'prepare 1159204' >"$LUO_FAKE/report"
run report
check "the kernel tells of the same update" grep -q '^Update:  *42' stdout
printf '%s\n' 'number 3' 'result 3' 'prepare 777' >"$LUO_FAKE/report"
run report
check "of one after it, without luod" grep -q '^Live update:  *3' stdout
run report 42
check "which keeps none from being asked for" grep -q '^Update:  *42' stdout
printf '%s\n' 'number 4' 'result 1' >"$LUO_FAKE/report"
run report
check "of one in progress" grep -q '^Result:  *running' stdout
printf '%s\n' 'number 1' 'result 4' 'prepare 1159204' >"$LUO_FAKE/report"
echo "${boot%?}4" >"$LUO_FAKE/root/proc/sys/kernel/random/boot_id"
run report
check "of one that led to another boot" grep -q '^Live update:  *1' stdout
: >"$LUO_FAKE/report"
run report
check "of none since the machine was switched on" grep -q '^Update:  *42' stdout
: >"$LUO_FAKE/busy"
run report
check "not now, as the device is in use" grep -q '^Update:  *42' stdout
rm "$LUO_FAKE/busy"
echo stock >"$LUO_FAKE/device"
run report
check "never, as it keeps no record" grep -q '^Update:  *42' stdout

# A luod that kept no history.
rm -r state/history
cp "$here/expect/record-old.json" state/last-update.json
run report
check "what an earlier luod wrote" test $code -eq 0
check "has its client" grep -q '^qemu:bench  restored  .*stop 1.32 ms, save 24.3 ms' stdout
check "and the kernel's times" grep -q '^Blackout:  *268 ms' stdout
run report --list
expect 0 "and is not in the list" <<'END'
No live update is on record.
END

done_testing
