#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A jump, and what luod gives back to whom in the next kernel.
. "$(dirname "$0")/luod.sh"

nobody=65534
group=$(getent group daemon | cut -d : -f 3)
record=state/last-update.json

# member FILE NAME VALUE: a record has it
member() {
	grep -q "\"$2\":$3[,}]" "$1" && return
	cat "$1"
	return 1
}

within_seconds() { # COMMAND...
	for _ in $(seq 200); do
		"$@" && return
		sleep 0.05
	done
	return 1
}

is_gone() { # PROCESS
	! kill -0 "$1"
}

# jump CONFIGURATION: into a kernel to which a and c, of root, and b come over
jump() {
	fresh_machine
	printf '[luod]\ngroup=daemon\n' >luod.conf.kept
	printf '%b' "$1" >>luod.conf.kept
	printf '[client left]\nprepare_timeout=0.2\non_timeout=continue\n' >>luod.conf.kept
	start_luod <luod.conf.kept
	{
		subscribe a c left
		cat <<END
b connect $nobody $group
b > {"cmd":"SUBSCRIBE","name":"b"}
b < {"reply":"SUBSCRIBE",*"ok":true,*
END
		update '"kernel":"/proc/self/exe","command_line":"x"'
		preserving a b c left
		echo 'a preserve 7 what a has'
		echo 'b preserve 8 what b has'
		echo 'left preserve 9 what is not to come over'
		says READY a b c
		# It has not even closed its session when the others jump.
		echo 'left < {"cmd":"CANCEL","reason":"it was not ready in time","culprit":"left",*'
		freezing a b c
		says FROZEN c b a
		printf '%s ended\n' a b c left op
	} >script
	play "luod jumps when all are frozen"
	check "and does not come back" ends_well
	check "who was left behind has nothing in the next kernel" \
		test ! -e "$LUO_FAKE/incoming/left/9" -a -e "$LUO_FAKE/incoming/a/7"
}

takes() { # NAME TOKEN: claims its session, and is restored
	cat <<END
$1 > {"cmd":"CLAIM","name":"$1"}
$1 < {"reply":"CLAIM","ok":true,"name":"$1","update_id":"*","fds":1}
$1 session
END
	[ -z "$2" ] || echo "$1 has $2 what $1 has"
	cat <<END
$1 finish
$1 drop
$1 > {"cmd":"RESTORED","id":3,"name":"$1","blackout_ns":1234,"parts":{"device_ns":5}}
$1 < {"reply":"RESTORED","id":3,"ok":true}
END
}

jump 'resume_command=echo again >>resumed\n'
start_luod <luod.conf.kept
{
	cat <<END
early connect
early > {"cmd":"WATCH"}
early < {"reply":"WATCH","ok":true}
early < {"event":"PHASE","phase":"restoring","state":"updated","update_id":"*","began_ms":[1-9]*}
op connect
op > {"cmd":"STATUS"}
op < {"reply":"STATUS","ok":true,"state":"updated","states":"kernel","phase":"restoring",*
op > {"cmd":"LIST"}
op < {"reply":"LIST","ok":true,"sessions":?{"name":"a","phase":"waiting"},{"name":"c","phase":"waiting"},{"name":"b","phase":"waiting"}?,"more":0}
op > {"cmd":"UPDATE","dry_run":true}
op < {"reply":"UPDATE","ok":false,*"EBUSY","text":"the update before this one is not finished"}}
op > {"cmd":"FINISH"}
op < {"reply":"FINISH","ok":false,*"EBUSY","text":"3 clients are not back, and would be lost"}}
op > {"cmd":"CLAIM","name":"d"}
op < {"reply":"CLAIM","ok":false,*"ENOENT"*
op > {"cmd":"CLAIM","name":"luod"}
op < {"reply":"CLAIM","ok":false,*"ENOENT"*
b connect $nobody $group
b > {"cmd":"LIST"}
b < {"reply":"LIST","ok":true,"sessions":?{"name":"b","phase":"waiting"}?,"more":0}
b > {"cmd":"CLAIM","name":"a"}
b < {"reply":"CLAIM","ok":false,*"EPERM","text":"a is another user's"}}
b > {"cmd":"FAILED","name":"a"}
b < {"reply":"FAILED","ok":false,*"EPERM"*
b > {"cmd":"RESTORED","name":"a"}
b < {"reply":"RESTORED","ok":false,*"EPERM"*
b > {"cmd":"SUBSCRIBE","name":"a"}
b < {"reply":"SUBSCRIBE","ok":false,*"EPERM"*
other connect 1 $group
other > {"cmd":"CLAIM","name":"b"}
other < {"reply":"CLAIM","ok":false,*"EPERM"*
other > {"cmd":"LIST"}
other < {"reply":"LIST","ok":true,"sessions":??,"more":0}
op > {"cmd":"RESTORED","name":"a"}
op < {"reply":"RESTORED","ok":false,*"EINVAL","text":"it was not claimed"}}
op > {"cmd":"WATCH"}
op << {"event":"CLIENT","name":"b","phase":"waiting"}
a connect
a > {"cmd":"CLAIM","name":"a"}
a < {"reply":"CLAIM","ok":true,"name":"a",*
op < {"event":"CLIENT","name":"a","phase":"claimed"}
op > {"cmd":"CLAIM","name":"a"}
op < {"reply":"CLAIM","ok":false,*"EBUSY","text":"a was claimed by process *"}}
op > {"cmd":"RESTORED","name":"a"}
op < {"reply":"RESTORED","ok":false,*"EBUSY"*
a close
op < {"event":"CLIENT","name":"a","phase":"waiting"}
a connect
END
	takes a 7
	cat <<'END'
a > {"cmd":"CLAIM","name":"a"}
a < {"reply":"CLAIM","ok":false,*"ENOENT"*
a > {"cmd":"SUBSCRIBE","name":"a"}
a < {"reply":"SUBSCRIBE","ok":true,"version":1,"state":"updated"}
END
} >script
play "a session is given to its user only, to one at a time, and again if that dies"
has_run() { # TIMES
	test "$(wc -l <resumed)" -eq "$1"
}
check "the resume command runs, and again as one that had claimed is gone" \
	within_seconds has_run 2

kill -KILL "$LUOD"
wait "$LUOD" 2>/dev/null
start_luod <luod.conf.kept
{
	cat <<END
op connect
op > {"cmd":"LIST"}
op < {"reply":"LIST","ok":true,"sessions":?{"name":"a","phase":"restored"},{"name":"c","phase":"waiting"},{"name":"b","phase":"waiting"}?,"more":0}
b connect $nobody $group
c connect
END
	takes b 8
	cat <<'END'
op > {"cmd":"WATCH"}
c > {"cmd":"FAILED","name":"c","reason":"no room"}
c < {"reply":"FAILED","ok":true}
op << {"event":"CLIENT","name":"c","phase":"failed"}
END
	takes c ""
	echo 'op << {*"ok":true,"dry_run":false,"culprit":"","reason":"","event":"RESULT"}'
	echo 'op << {"event":"PHASE","phase":"idle","state":"normal","update_id":""}'
	subscribe c
} >script
k=$(keeper)
play "a luod after one that has died goes on, and finishes when all are back"
check "the keeper is gone" within_seconds is_gone "$k"
check "the resume command does not begin anew" has_run 2
check "the kernel has finished" grep -qx finish "$LUO_FAKE/log"
check "the record tells what a client has told" member $record blackout_ns 1234
check "and who was left" member $record left '\["left"\]'
check "and no more is to be given back" test ! -e run/update.json
stop_luod

# A service that is no client, and has a session of its own.
not_finished() {
	! grep -qx finish "$LUO_FAKE/log"
}
with_another() { # CONFIGURATION: all clients are back, and a session is not taken back yet
	jump "$1"
	mkdir -p "$LUO_FAKE/incoming/service" "$LUO_FAKE/incoming/empty"
	echo settings >"$LUO_FAKE/incoming/service/1"
	start_luod <luod.conf.kept
	{
		echo 'op connect'
		printf '%s connect\n' a c
		echo "b connect $nobody $group"
		takes a 7
		takes b 8
		takes c ""
	} >script
	play "all clients are back, and somebody else is not"
}
with_another ''
sleep 1.2
check "luod waits for the session of one that is no client" not_finished
check "and says so once" test "$(grep -c 'waiting for the owner of session service' luod.log)" = 1
rm -r "$LUO_FAKE/incoming/service"
check "and finishes once that is finished" within_seconds grep -qx finish "$LUO_FAKE/log"
stop_luod

with_another 'restore_timeout=2\non_missing=finish\n'
check "or once the time is over, where that is configured" \
	within_seconds grep -qx finish "$LUO_FAKE/log"
check "which then is given up" test -e "$LUO_FAKE/incoming/service/1"
stop_luod

with_another 'restore_timeout=0.5\non_missing=halt\n'
sleep 1
check "for which nothing is halted" sh -c '! grep -qx halt "$0"' "$LUO_FAKE/log"
{
	echo 'op connect'
	echo 'op > {"cmd":"FINISH","id":5}'
	echo 'op < {"reply":"FINISH","id":5,"ok":true}'
} >script
play "an operator can give it up"
check "and then it is finished" grep -qx finish "$LUO_FAKE/log"
stop_luod

jump 'restore_timeout=3\non_missing=finish\n'
start_luod <luod.conf.kept
{
	echo 'w connect'
	echo 'w > {"cmd":"WATCH"}'
	echo 'a connect'
	takes a 7
	echo 'w << {*"ok":false,"dry_run":false,"culprit":"","reason":"2 of 3 clients are lost","event":"RESULT"}'
} >script
k=$(keeper)
play "who is not back in time is given up, where that is configured"
check "and its session is finished" grep -qx 'session finish b' "$LUO_FAKE/log"
check "and no zombie is left of the keeper" within_seconds is_gone "$k"
check "of which there is no more to be said" test -z "$(grep 'the keeper has ended' luod.log)"
stop_luod

jump 'restore_timeout=0.1\non_missing=halt\n'
start_luod <luod.conf.kept
check "or the machine is halted" within_seconds grep -qx halt "$LUO_FAKE/log"
cat <<'END' >script
op connect
a connect
a > {"cmd":"CLAIM","name":"a"}
a << {"reply":"CLAIM","ok":true,*
a session
op > {"cmd":"FINISH","discard":true}
op < {"reply":"FINISH","ok":false,*"EBUSY","text":"1 clients are about to come back"}}
op > {"cmd":"FINISH","discard":true,"force":true,"id":6}
op < {"reply":"FINISH","id":6,"ok":true}
op > {"cmd":"FINISH"}
op < {"reply":"FINISH","ok":false,*"EINVAL"*
END
play "an operator gives up who is not back"
stop_luod

jump ''
echo 12 >"$LUO_FAKE/fail-take-a"
start_luod <luod.conf.kept
cat <<'END' >script
a connect
a > {"cmd":"CLAIM","name":"a"}
a < {"reply":"CLAIM","ok":false,*"EIO","text":"the kernel did not give it back: Cannot allocate memory"}}
END
play "what the kernel cannot give back is said to whom it belongs"
k=$(keeper)
kill -KILL "$k"
check "a keeper that dies is not left as a zombie" within_seconds is_gone "$k"
check "and luod says what that means" within_seconds grep -q 'the keeper has ended: ' luod.log
cat <<'END' >script
c connect
c > {"cmd":"CLAIM","name":"c"}
c < {"reply":"CLAIM","ok":false,*"EIO","text":"its session is lost: *"}}
END
play "and so is that the keeper has died"
stop_luod

# clients PREFIX COUNT: names, which are as long as may be
clients() {
	seq -f "$1%0$((63 - ${#1})).0f" "$2"
}
fresh_machine
start_luod <luod.conf.kept
names=$(clients x 200)
{
	# shellcheck disable=SC2086 # many names
	subscribe $names
	update '"kernel":"/proc/self/exe","command_line":"x"'
	# shellcheck disable=SC2086
	preserving $names
	# shellcheck disable=SC2086
	says READY $names
	# shellcheck disable=SC2086
	freezing $names
	# shellcheck disable=SC2086
	says FROZEN $names
	echo 'op ended'
} >script
play "200 clients with long names go through a jump"
check "and luod does not come back" ends_well
start_luod <luod.conf.kept
last=$(clients x 155 | tail -n 1)
cat <<END >script
op connect
op > {"cmd":"LIST"}
op < {"reply":"LIST","ok":true,"sessions":?{"name":"$(clients x 1)",*{"name":"$last","phase":"waiting"}?,"more":45}
op > {"cmd":"LIST","after":"$last"}
op < {"reply":"LIST","ok":true,"sessions":?{"name":"$(clients x 156 | tail -n 1)",*{"name":"$(clients x 200 | tail -n 1)","phase":"waiting"}?,"more":0}
op > {"cmd":"LIST","after":"nobody"}
op < {"reply":"LIST","ok":true,"sessions":??,"more":0}
op > {"cmd":"CLIENTS"}
op < {"reply":"CLIENTS","ok":true,"clients":?{"name":"$(clients x 1)",*,"more":128}
op > {"cmd":"FINISH","discard":true}
op < {"reply":"FINISH","ok":true}
END
play "a list of them comes in messages of the length that is allowed"
stop_luod

# After a jump that was none of luod's, systemd has the device for what is its own.
fresh_machine
mkdir "$LUO_FAKE/incoming/systemd"
echo 4 >"$LUO_FAKE/state"
flock "$LUO_FAKE/device" sh -c ': >held; while [ -e held ]; do sleep 0.01; done' &
holder=$!
while [ ! -e held ]; do
	sleep 0.01
done
began=$(date +%s)
start_luod <luod.conf.kept
check "where nothing of luod's came over, it does not ask for the device" \
	test $(($(date +%s) - began)) -lt 5
rm held
wait $holder
rm -rf "$LUO_FAKE/incoming/systemd"
stop_luod
done_testing
