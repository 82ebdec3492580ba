#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may do what with luod, how many, and how it starts and ends.
. "$(dirname "$0")/luod.sh"

nobody=65534
group=$(getent group daemon | cut -d : -f 3)

fresh_machine
start_luod </dev/null
cat <<END >script
a barred $nobody $nobody
a barred $nobody $group
a barred $nobody 0
! chmod 666 $socket
a connect $nobody $nobody
a < {"reply":"CONNECT","ok":false,*"EACCES","text":"only root and the group of luod.conf may connect"}}
a ended
END
play "only root may connect where no group is set, whatever became of the socket's mode"
stop_luod

start_luod <<'END'
[luod]
group=daemon
END
check "the socket is the group's" test "$(stat -c '%a %u %g' "$socket")" = "660 0 $group"
{
	cat <<END
a barred $nobody $nobody
u connect $nobody $group
v connect $nobody $nobody $group
v > {"cmd":"STATUS"}
v < {"reply":"STATUS","ok":true,*
! chmod 666 $socket
a connect $nobody $nobody
a < {"reply":"CONNECT","ok":false,*"EACCES"*
a ended
u > {"cmd":"SUBSCRIBE","name":"u"}
u < {"reply":"SUBSCRIBE","ok":true,*
v > {"cmd":"UPDATE","dry_run":true}
v < {"reply":"UPDATE","ok":false,*"EPERM"*
v > {"cmd":"FINISH","discard":true}
v < {"reply":"FINISH","ok":false,*"EPERM"*
v > {"cmd":"CANCEL_UPDATE"}
v < {"reply":"CANCEL_UPDATE","ok":false,*"EPERM"*
v > {"cmd":"CLIENTS"}
v < {"reply":"CLIENTS","ok":true,"clients":?{"name":"u","pid":*,"uid":$nobody,*
v > {"cmd":"WATCH"}
v << {"event":"CLIENT","name":"u","phase":"subscribed"}
END
	update
	preserving u
	cat <<'END'
v << {"event":"CLIENT","name":"u","phase":"preserving"}
v > {"cmd":"CANCEL_UPDATE"}
v < {"reply":"CANCEL_UPDATE","ok":false,*"EPERM"*
v > {"cmd":"VETO","name":"u"}
v < {"reply":"VETO","ok":false,*"EINVAL"*
END
	says READY u
	freezing u
	says FROZEN u
	cancelled "this was a dry run" "" u
	result_is true
} >script
play "who is in the group may take part and watch, and only root may do updates"

{
	for i in $(seq 128); do
		echo "u$i connect $nobody $group"
	done
	cat <<END
u128 > {"cmd":"STATUS"}
u128 < {"reply":"STATUS",*
x connect $nobody $group
x < {"reply":"CONNECT","ok":false,*"EMFILE"*
x ended
r connect
r > {"cmd":"STATUS"}
r < {"reply":"STATUS",*
y connect 1 $group
y > {"cmd":"STATUS"}
y < {"reply":"STATUS",*
u3 close
r > {"cmd":"STATUS"}
r < {"reply":"STATUS",*
z connect $nobody $group
z > {"cmd":"STATUS"}
z < {"reply":"STATUS",*
END
} >script
play "one user who is not root takes no more than 128 connections"
stop_luod

start_luod <<'END'
[luod]
max_clients=3
END
{
	subscribe a b
	cat <<'END'
op connect
op > {"cmd":"STATUS"}
op < {"reply":"STATUS",*
c connect
c < {"reply":"CONNECT","ok":false,*"EMFILE","text":"there are too many connections"}}
c ended
op > {"cmd":"UPDATE","id":9,"dry_run":true}
END
	preserving a b
	says READY a
	echo 'd connect'
	echo 'd ended'
	says READY b
	freezing a b
	says FROZEN a b
	cancelled "this was a dry run" "" a b
	result_is true
	cat <<'END'
a close
b > {"cmd":"STATUS"}
b < {"reply":"STATUS",*"clients":1*
END
	subscribe e
} >script
play "more than max_clients are refused, and those that are there go on"

timeout 10 "$luod" -c luod.conf >second 2>&1
check "a second luod is refused" test $? -eq 1
check "and says why" grep -q 'another luod runs already (it has run/lock)' second
timeout 10 "$luod" -c luod.conf -s other.sock >second 2>&1
check "and at another socket as well" test $? -eq 1 -a ! -e other.sock
{
	subscribe a
	update
	preserving a
	echo '! ! $LUO_BUILD/tests/unit/luod-fake -c luod.conf'
	says READY a
	freezing a
	says FROZEN a
	cancelled "this was a dry run" "" a
	result_is true
} >script
export LUO_BUILD
play "the first one's socket is as it was, and its update goes on"

# ends_in PHASE: SIGTERM after what is in the file 'meanwhile', and all are as before
ends_in() {
	{
		subscribe a b
		update
		preserving a b
		cat meanwhile
		cancelled "luod was told to end" "" b a
		result_is false "" ESHUTDOWN "luod was told to end"
		printf '%s ended\n' a b op
	} >script
	play "SIGTERM cancels an update that is $1"
	check "and luod ends with status 0" ends_well
	check "the socket is gone" test ! -e "$socket"
	check "the kernel is as before" test "$(cat "$LUO_FAKE/state" 2>/dev/null || echo 1)" = 1
	start_luod <luod.conf.kept
}
printf '[luod]\ncancel_timeout=3\n' >luod.conf.kept
stop_luod
start_luod <luod.conf.kept
{
	says READY a
	echo '! kill -TERM $LUOD'
} >meanwhile
ends_in preserving
{
	echo '! : >$LUO_FAKE/hold-prepare'
	says READY a b
	echo 'op << {"event":"PHASE","phase":"preparing",*'
	echo '! kill -TERM $LUOD; sleep 0.1'
	echo 'a silent 50'
	echo '! rm $LUO_FAKE/hold-prepare'
} >meanwhile
ends_in preparing
{
	says READY a b
	freezing a b
	says FROZEN b
	echo '! kill -TERM $LUOD'
} >meanwhile
ends_in freezing
{
	subscribe a
	update
	preserving a
	cat <<'END'
! kill -TERM $LUOD
a < {"cmd":"CANCEL","reason":"luod was told to end",*
w connect
w > {"cmd":"UPDATE","dry_run":true}
w < {"reply":"UPDATE","ok":false,*"EBUSY"*
a ended
END
	result_is false "" ESHUTDOWN "luod was told to end"
} >script
play "and a client that does not answer does not keep luod from its end"
check "with status 0" ends_well

start_luod <luod.conf.kept
{
	subscribe a
	update '"dry_run":true,"kernel":"/proc/self/exe","command_line":"x"'
	preserving a
	says READY a
	freezing a
	cat <<'END'
! kill -KILL $LUOD
a ended
END
} >script
play "luod dies while clients freeze"
wait "$LUOD" 2>/dev/null
: >"$LUO_FAKE/log"
start_luod <luod.conf.kept
check "the next one cancels in the kernel" grep -qx cancel "$LUO_FAKE/log"
check "and unloads what was loaded" grep -q '^load .*flags=1 ' "$LUO_FAKE/log"
{
	subscribe a
	update
	preserving a
	says READY a
	freezing a
	says FROZEN a
	cancelled "this was a dry run" "" a
	result_is true
} >script
play "and does an update"
stop_luod

rm "$LUO_FAKE/device"
timeout 10 "$luod" -c luod.conf >out 2>&1
check "without a device there is no luod" test $? -eq 1
check "which says what to do" grep -q 'booted with liveupdate=on?' out
echo stock >"$LUO_FAKE/device"
: >"$LUO_FAKE/log"
start_luod </dev/null
{
	subscribe a
	update
	preserving a
	echo 'a preserve 7 what a has'
	says READY a
	freezing a
	echo 'op << {"event":"PHASE","phase":"freezing","state":"prepared",*'
	says FROZEN a
	echo 'op << {"event":"PHASE","phase":"jumping","state":"frozen",*'
	cancelled "this was a dry run" "" a
	result_is true
	echo 'op > {"cmd":"STATUS"}'
	echo 'op << {"reply":"STATUS","ok":true,"state":"normal","states":"luod",*,"orchestrator":"stock",*'
} >script
play "on a kernel without states luod has them"
# The kernel that is played notices only now that the session before has ended.
fds=$(count_fds)
play "as often as it is asked to"
check "and asks it for none" test ! -s "$LUO_FAKE/log"
stop_luod
done_testing
