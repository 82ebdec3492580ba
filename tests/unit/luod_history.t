#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What luod has on record: updates that were cancelled, dry runs, and those that were done.
# The kernel is played by a directory, on both sides of the jump.
. "$(dirname "$0")/luoctl.sh"

[ "$(id -u)" = 0 ] || {
	echo "1..0 # skip an update takes root"
	exit 0
}
luod=$LUO_BUILD/tests/unit/luod-fake
client=$here/luod_client.pl

# Ends what was started, by its process id.
finish_all() {
	for process in $luod_pid $clients; do
		kill "$process" 2>/dev/null
	done
	# It has a session of its own, and may be gone.
	[ "$(cat "/proc/$keeper/comm" 2>/dev/null)" != luod-keeper ] || kill "$keeper"
	rm -rf "$work"
}
luod_pid=
clients=
keeper=none
trap finish_all EXIT

wait_for() { # FILE: for ten seconds
	tries=0
	while [ ! -e "$1" ] && [ $tries -lt 1000 ]; do
		sleep 0.01
		tries=$((tries + 1))
	done
}

start_luod() { # [OPTION]
	rm -f luod.sock
	"$luod" -c luod.conf -s luod.sock "$@" 2>>luod-log &
	luod_pid=$!
	wait_for luod.sock
}

stop_luod() {
	kill $luod_pid
	wait $luod_pid
}

subscribe() { # NAME ANSWER...
	rm -f "client-$1"
	perl "$client" luod.sock "$@" >"client-$1" 2>&1 &
	clients="$clients $!"
	tries=0
	while ! grep -qs '"ok":true' "client-$1" && [ $tries -lt 1000 ]; do
		sleep 0.01
		tries=$((tries + 1))
	done
}

update() { # ARGUMENT...
	run update vmlinuz -r "$@"
}

# The record with that number goes where json_is looks.
record() { # NUMBER
	cat state/history/"$(printf %08d "$1")"-*.json >stdout
	echo >>stdout
}

fresh
: >"$LUO_FAKE/live"
echo 1 >"$LUO_FAKE/root/sys/kernel/kexec_loaded"
mkdir state
echo normal >"$LUO_FAKE/root/sys/kernel/liveupdate/state"
echo 0 >"$LUO_FAKE/root/sys/kernel/liveupdate/number"
printf '%s\n' 'number 1' 'result 3' 'prepare 1000' 'freeze 200' >"$LUO_FAKE/report"
printf '%s\n' '4 0 900 150 - - - - sessions' >"$LUO_FAKE/entries"
make_kernel vmlinuz
printf '[luod]\nresume_command=echo again >>commanded\n' >luod.conf
start_luod
subscribe vm-1 READY FROZEN READY READY FROZEN READY FROZEN
subscribe vm-2 READY FROZEN VETO READY FROZEN

update --dry-run
check "a dry run" test $code -eq 0
record 1
json_is /version 1
json_is /number 1
json_is /result dry_run
json_is /dry_run true
json_is /culprit ""
json_is /error ""
json_is /new_release null
json_is /old_release "$(uname -r)"
json_is /kernel/prepare_ns 1000
json_is /participants/0/name sessions
json_is /participants/0/freeze_ns 150
json_is /clients/0/name vm-1
json_is /clients/0/phase frozen
json_is /clients/1/name vm-2
check "it has the times of clients" grep -qE \
	'"phase":"frozen","prepare_ns":[1-9][0-9]*,"freeze_ns":[1-9]' stdout
for phase in loading preserving preparing freezing jumping cancelling; do
	check "it has the time of $phase" grep -qE "\"${phase}_ns\":[1-9]" stdout
done
check "it has what luod told" grep -q '"text":"update [0-9a-f]*: a dry run"' stdout
check "it has its time" test "$(sed 's/.*"started_s":\([0-9]*\).*/\1/' stdout)" -gt 1700000000
check "the last update is another matter" test ! -e state/last-update.json

update
check "a veto" test $code -eq 4
record 2
json_is /number 2
json_is /result cancelled
json_is /dry_run false
json_is /culprit vm-2
json_is /reason "the disk is <busy>"
json_is /error EACCES
json_is /kernel null
json_is /clients/1/phase preserving
check "a phase that was not reached has no time" sh -c '! grep -q freezing_ns stdout'

# Nothing can be written: an update goes on as if it could, and its record waits.
mv state/history kept
: >state/history
update --dry-run
check "a history that cannot be written does no harm" test $code -eq 0
check "and is said" grep -q 'history: Not a directory; the record of this update is in run/h' luod-log
check "the record waits" sh -c 'grep -q dry_run run/history/*.json'
rm state/history
mv kept state/history

kill "${clients##* }"
while "$luoctl" clients | grep -q '^vm-2 '; do
	sleep 0.01
done
subscribe vm-2 READY FROZEN
update
wait_for "$LUO_FAKE/log"
check "the jump" grep -q reboot "$LUO_FAKE/log"
wait $luod_pid
check "before that, what had waited is on record" sh -c 'grep -q dry_run state/history/00000003-*'
check "as any other" sh -c '! grep -q is_last state/history/*'
check "and waits no longer" test -z "$(ls run/history)"

# The next kernel.
rm -rf run
mkdir "$LUO_FAKE/root/sys/kernel/liveupdate/last_update"
{
	seq -f '[%.0f] line...' 10000 15000
	printf '[99999] line\001... the jump\n'
} >"$LUO_FAKE/root/sys/kernel/liveupdate/last_update/log"
echo updated >"$LUO_FAKE/root/sys/kernel/liveupdate/state"
printf '%s\n' 'number 1' 'result 4' 'prepare 1000' 'freeze 200' 'shutdown 300' 'jump 4000' \
	'blackout 5000' 'restore 99000000000' >"$LUO_FAKE/report"
start_luod --early
early=$luod_pid
keeper=$(sed 's/.*"keeper":\([0-9]*\).*/\1/' run/update.json)
parts='{"stop_ns":1,"x y":2,"resume_ns":3,"deep":{"a":1},"minus_ns":-1,"text_ns":"1"}'
perl "$client" luod.sock vm-1 --back ',"blackout_ns":7000,"parts":'"$parts" >/dev/null
check "one is back, and not the other" test ! -e state/last-update.json
"$luod" -c luod.conf -s luod.sock --early 2>second-log
check "an early luod takes nobody's place" test $? -eq 1
check "and has not run the command" test ! -e commanded
start_luod
wait $early
check "another luod takes its place" test $? -eq 0
check "and says so" grep -q "takes the place of the early luod, process $early" luod-log
wait_for commanded
check "the command is run by the luod that stays" test "$(cat commanded)" = again
"$luod" -c luod.conf -s luod.sock 2>second-log
check "nobody takes the place of that one" grep -q 'another luod runs already' second-log
perl "$client" luod.sock vm-2 --back '' >/dev/null
wait_for state/last-update.json
record 4
json_is /number 4
json_is /result "done"
json_is /reason ""
json_is /kernel/result completed
json_is /kernel/blackout_ns 5000
json_is /clients/0/phase restored
json_is /clients/0/blackout_ns 7000
json_is /clients/1/blackout_ns -1
check "parts that are no times are left out" grep -q \
	'"parts":{"stop_ns":1,"resume_ns":3}' stdout
check "it has when clients were back" test "$(grep -o '"back_ns":9[0-9]*' stdout | wc -l)" -eq 2
check "it has the times before the jump" test "$(grep -oE \
	'"prepare_ns":[0-9]+,"freeze_ns":[0-9]+,"(blackout|back)_ns"' stdout | wc -l)" -eq 2
check "it has the phases before the jump" grep -q '"freezing_ns":[1-9]' stdout
check "and after it" grep -q '"restoring_ns":[1-9]' stdout
check "it has what luod told before the jump" grep -q '"text":"update [0-9a-f]*: begins"' stdout
check "and after it" grep -q '"text":"vm-2: is back"' stdout
check "it has the end of the old kernel's log, in whole lines" \
	grep -q '"kernel_log":"\[ *[0-9]*\] line\.\.\.[^"]*\[99999\] line?... the jump\\n"' stdout
check "and no more" sh -c 'test $(wc -c <stdout) -lt 40000'
check "the last update is this one" cmp state/last-update.json state/history/00000004-*
check "the records are for root" test "$(stat -c %a state/history)" = 700
stop_luod

# luod ends in an update: the one after it undoes what was begun, and says so.
: >"$LUO_FAKE/log"
start_luod
subscribe slow
"$luoctl" update vmlinuz -r >/dev/null 2>&1 &
wait_for run/loaded
kill -KILL $luod_pid
wait $luod_pid 2>/dev/null
wait $!
start_luod
record 5
json_is /result cancelled
json_is /update_id unknown
json_is /reason "luod has ended in it"
stop_luod

# What came over makes no sense: this is on record once.
rm -rf "$LUO_FAKE"/incoming/* "$LUO_FAKE"/taken/* run
mkdir -p "$LUO_FAKE/incoming/luod"
for session in incoming taken; do
	echo 4 >"$LUO_FAKE/state"
	echo updated >"$LUO_FAKE/root/sys/kernel/liveupdate/state"
	echo garbage >"$LUO_FAKE/$session/luod/0"
	start_luod --early
	stop_luod
	[ "$session" != incoming ] ||
		check "an early luod writes nothing" test ! -e state/history/00000006-* -a -d run/history
	start_luod
	stop_luod
	[ -e "$LUO_FAKE/taken/luod" ] || mv "$LUO_FAKE/incoming/luod" "$LUO_FAKE/taken/"
	mkdir -p "$LUO_FAKE/incoming/luod"
	echo garbage >"$LUO_FAKE/incoming/luod/0"
	rm -rf "$LUO_FAKE/taken/luod"
	mkdir "$LUO_FAKE/taken/luod"
done
record 6
json_is /result failed
json_is /reason "what the luod before the jump has left cannot be read"
json_is /kernel/result completed
check "once" test ! -e state/history/00000007-*

done_testing
