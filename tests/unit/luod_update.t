#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An update that luod does, and watching one; luod is played by a script.
. "$(dirname "$0")/luoctl.sh"

kernel=$work/vmlinuz
make_kernel "$kernel"
hostile='a\u001b[2J\u009b\u007fé'
is_idle='{"reply":"STATUS","id":1,"ok":true,"state":"normal","phase":"idle","pid":812,"clients":2}'
whole='{"kernel":"'$kernel'","command_line":"root=/dev/vda liveupdate=on","memfd_format":"stock","cmd":"UPDATE","id":3}'

# The beginning of every update: two clients, which are asked to preserve.
begin() { # UPDATE
	cat <<END
accept
< {"cmd":"STATUS","id":1}
> $is_idle
< {"cmd":"WATCH","id":2}
> {"reply":"WATCH","id":2,"ok":true}
> {"event":"PHASE","phase":"idle","state":"normal","update_id":""}
> {"event":"CLIENT","name":"vm-7","phase":"subscribed"}
> {"event":"CLIENT","name":"db@1","phase":"subscribed"}
< $1
> {"event":"PHASE","phase":"loading","state":"normal","update_id":"ab"}
> {"event":"PHASE","phase":"preserving","state":"normal","update_id":"ab"}
> {"event":"CLIENT","name":"vm-7","phase":"preserving"}
> {"event":"CLIENT","name":"db@1","phase":"preserving"}
END
}

# What follows where both are there.
frozen() {
	cat <<END
> {"event":"CLIENT","name":"db@1","phase":"ready"}
> {"event":"CLIENT","name":"vm-7","phase":"ready"}
> {"event":"PHASE","phase":"preparing","state":"normal","update_id":"ab"}
> {"event":"PHASE","phase":"freezing","state":"prepared","update_id":"ab"}
> {"event":"CLIENT","name":"vm-7","phase":"freezing"}
> {"event":"CLIENT","name":"db@1","phase":"freezing"}
> {"event":"CLIENT","name":"vm-7","phase":"frozen"}
> {"event":"CLIENT","name":"db@1","phase":"frozen"}
> {"event":"PHASE","phase":"jumping","state":"prepared","update_id":"ab"}
> {"event":"PHASE","phase":"jumping","state":"frozen","update_id":"ab"}
END
}

cancelled() {
	cat <<END
> {"event":"PHASE","phase":"cancelling","state":"normal","update_id":"ab"}
> {"event":"CLIENT","name":"db@1","phase":"cancelling"}
> {"event":"CLIENT","name":"vm-7","phase":"cancelling"}
> {"event":"CLIENT","name":"db@1","phase":"subscribed"}
> {"event":"CLIENT","name":"vm-7","phase":"subscribed"}
END
}

ends() { # MEMBERS: how the update ends
	cat <<END
> {"event":"RESULT","update_id":"ab","ok":false,"culprit":"","reason":""}
> {"reply":"UPDATE","id":3,"update_id":"ab",$1}
> {"event":"PHASE","phase":"idle","state":"normal","update_id":""}
END
}

fresh
{
	begin "${whole%%,\"cmd\"*},\"cmd\":\"UPDATE\",\"id\":3}" |
		sed "s|^< {\"kernel\"|< {\"dry_run\":true,\"kernel\"|"
	frozen
	cancelled
	ends '"ok":true,"culprit":""'
} >update
with_luod update vmlinuz -r --dry-run <update
expect 0 "dry run" <<'END'
[TIME] loading: 2 clients
[TIME] preserving: 0 of 2 clients ready
[TIME] preserving: 2 of 2 clients ready
[TIME] preparing: 2 of 2 clients ready
[TIME] freezing: 0 of 2 clients frozen
[TIME] freezing: 2 of 2 clients frozen
[TIME] jumping: 2 of 2 clients frozen
[TIME] cancelling: 0 of 2 clients back
[TIME] cancelling: 2 of 2 clients back
[TIME] dry run complete; nothing was changed
luoctl: update: luod has no record of the dry run: what it has measured is not known.
END
check "nothing was asked of the kernel" test ! -e "$LUO_FAKE/log"
check "progress is not on standard output" test ! -s stdout

ln -sf "$kernel" link
make_initrd initrd init
{
	begin '{"kernel":"'"$kernel"'","initrd":"'"$work"'/initrd","command_line":"quiet liveupdate=1","memfd_format":"stock","cmd":"UPDATE","id":3}'
	frozen
	echo close
} >update
with_luod update ./link --initrd initrd -c "quiet liveupdate=1" <update
check "paths are absolute, and what is seen last before the jump is true" \
	grep -q 'luoctl: update: luod (process [0-9]*) has ended the connection. Whether the update goes on is not known: see .luoctl status.' stderr
check "and no more is said" sh -c 'test "$(tail -n 1 stderr | cut -c 1-7)" = luoctl:'
check "that it ended is a failure" test $code -eq 1

# Errors.
{
	begin "$whole"
	cancelled
	ends '"ok":false,"culprit":"'"$hostile"'","error":{"number":13,"name":"EACCES","text":"disk '"$hostile"' is busy."}'
} >update
with_luod update vmlinuz -r <update
expect 4 "a client vetoes" <<'END'
[TIME] loading: 2 clients
[TIME] preserving: 0 of 2 clients ready
[TIME] cancelling: 0 of 2 clients back
[TIME] cancelling: 2 of 2 clients back
luoctl: update: refused by a?[2J??é: disk a?[2J??é is busy. Everything was cancelled; the system runs on as before.
END
refused() { # MEMBERS
	{
		begin "$whole"
		ends "\"ok\":false,$1"
	} >update
	with_luod update vmlinuz -r <update
	grep luoctl: out >last
	mv last out
}
refused '"culprit":"vm-7","error":{"number":62,"name":"ETIME","text":"it was not ready in time"}'
expect 4 "a client is late" <<'END'
luoctl: update: vm-7: it was not ready in time. Everything was cancelled; the system runs on as before.
END
refused '"culprit":"vm-7","error":{"number":104,"name":"ECONNRESET","text":"its connection has ended"}'
expect 4 "a client dies" <<'END'
luoctl: update: vm-7: its connection has ended. Everything was cancelled; the system runs on as before.
END
refused '"culprit":"vfio 0000:00:01.0","error":{"number":11,"name":"EAGAIN","text":"the kernel cannot freeze: Resource temporarily unavailable"}'
expect 4 "a participant refuses" <<'END'
luoctl: update: vfio 0000:00:01.0: the kernel cannot freeze: Resource temporarily unavailable. Everything was cancelled; the system runs on as before.
END
refused '"culprit":"","error":{"number":125,"name":"ECANCELED","text":"called off"}'
expect 1 "somebody cancels" <<'END'
luoctl: update: called off. Everything was cancelled; the system runs on as before.
END
refused '"culprit":"","error":{"number":8,"name":"ENOEXEC","text":"'"$kernel"': not a kernel image that this kernel can load"}'
check "the kernel cannot be loaded" test $code -eq 1

at_once() { # MEMBERS: UPDATE is refused before it began
	{
		begin "$whole" | sed '/loading/,$d'
		echo "> {\"reply\":\"UPDATE\",\"id\":3,\"ok\":false,$1}"
	} >update
	with_luod update vmlinuz -r <update
}
at_once '"error":{"number":16,"name":"EBUSY","text":"/dev/liveupdate is in use by another program"}'
expect 5 "the device is busy" <<'END'
luoctl: update: /dev/liveupdate is in use by another program. Nothing was changed.
END
at_once '"error":{"number":1,"name":"EPERM","text":"only root may do that"}'
expect 1 "not root" <<'END'
luoctl: update: only root may do that. Try again as root. Nothing was changed.
END
echo 1 >"$LUO_FAKE/root/sys/kernel/kexec_loaded"
at_once '"error":{"number":16,"name":"EBUSY","text":"no"}'
check "a kernel that stays loaded is not mentioned" sh -c '! grep -q loaded stderr'
echo 0 >"$LUO_FAKE/root/sys/kernel/kexec_loaded"

for phase in preserving cancelling; do
	with_luod update vmlinuz -r <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"normal","phase":"$phase"}
ended
END
	expect 6 "another update is $phase" <<END
luoctl: update: another live update is under way, luod is $phase: 'luoctl cancel' calls it off.
END
done
with_luod update vmlinuz -r <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"updated","phase":"restoring"}
ended
END
expect 6 "the update before is not finished" <<'END'
luoctl: update: the live update before this one is not finished: 'luoctl clients' shows who is not back, 'luoctl finish' ends it.
END

# What is wrong before luod is asked for anything.
not_asked() { # ARGUMENT...
	with_luod update "$@" <<END
accept
< {"cmd":"STATUS","id":1}
> $is_idle
ended
END
}
not_asked
expect 1 "no kernel, and none is loaded" <<'END'
luoctl: update: no kernel is loaded: name one, or use 'luoctl load' first.
END
not_asked /nonexistent -r
expect 4 "a missing kernel" <<'END'
refusal  kernel        /nonexistent: No such file or directory
luoctl: update: refused for what is said above. Nothing was loaded; --force does it all the same.
END
not_asked vmlinuz -r -i /nonexistent
expect 4 "a missing initrd" <<'END'
refusal  initrd        /nonexistent: No such file or directory
luoctl: update: refused for what is said above. Nothing was loaded; --force does it all the same.
END
not_asked vmlinuz -c quiet
expect 4 "live update off on the command line" <<'END'
refusal  command line  it lacks 'liveupdate=on': all that is preserved would be lost
luoctl: update: refused for what is said above. Nothing was loaded; --force does it all the same.
END
not_asked vmlinuz
expect 2 "no command line" <<'END'
luoctl: update: give the next kernel's command line by either --command-line or --reuse-command-line.
END
run update --initrd x
check "options of a kernel, without one" test $code -eq 2

echo 1 >"$LUO_FAKE/root/sys/kernel/kexec_loaded"
{
	begin '{"cmd":"UPDATE","id":3}'
	ends '"ok":false,"culprit":"vm-7","error":{"number":13,"text":"no"}'
} >update
with_luod update <update
check "the kernel that is loaded" test $code -eq 4
{
	begin '{"kernel":"'"$kernel"'","command_line":"quiet","memfd_format":"stock","cmd":"UPDATE","id":3}'
	echo wait 300
	ends '"ok":false,"culprit":"vm-7","error":{"number":13,"text":"no"}'
} >update
(
	sleep 0.2
	echo 0 >"$LUO_FAKE/root/sys/kernel/kexec_loaded"
) &
with_luod update vmlinuz -c quiet --force <update
check "a kernel that was loaded before is gone" \
	grep -q 'refused by vm-7: no. .*as before. The kernel loaded before is gone.$' stderr

# Interrupts.
fresh
{
	begin "$whole"
	cat <<'END'
interrupt
< {"reason":"the command that asked for it was interrupted","cmd":"CANCEL_UPDATE","id":4}
END
	cancelled
	ends '"ok":false,"culprit":"","error":{"number":125,"text":"the command that asked for it was interrupted"}'
} >update
with_luod update vmlinuz -r <update
expect 1 "interrupted" <<'END'
[TIME] loading: 2 clients
[TIME] preserving: 0 of 2 clients ready
[TIME] cancelling: 0 of 2 clients back
[TIME] cancelling: 2 of 2 clients back
luoctl: update: interrupted. Everything was cancelled; the system runs on as before.
END
{
	begin "$whole"
	cat <<'END'
interrupt
< *"cmd":"CANCEL_UPDATE","id":4}
> {"reply":"CANCEL_UPDATE","id":4,"ok":false,"error":{"number":16,"text":"it is too late"}}
wait 300
interrupt
ended
END
} >update
with_luod update vmlinuz -r <update
grep -v TIME out | grep luoctl: >last
mv last out
expect 1 "interrupted too late, and again" <<'END'
luoctl: update: it is too late to call the update off.
luoctl: update: not waited for any longer; luod has been told to call the update off. See 'luoctl status'.
END

# A luod that is not itself.
{
	begin "$whole"
	cat <<'END'
< {"cmd":"STATUS","id":4}
> {"reply":"STATUS","id":4,"ok":true}
< {"cmd":"STATUS","id":5}
ended
END
} >update
with_luod update vmlinuz -r --wait 1 <update
grep luoctl: out >last
mv last out
expect 1 "luod does not answer any more" <<'END'
luoctl: update: luod (process PID) does not answer. Whether the update goes on is not known: see 'luoctl status'.
END
{
	begin "$whole"
	cat <<'END'
> {"event":"PHASE","phase":"jumping","state":"frozen"}
wait 5000
END
	ends '"ok":false,"culprit":"","error":{"number":5,"text":"the jump did not happen"}'
} >update
with_luod update vmlinuz -r --wait 1 <update
check "but it may take its time to jump" grep -q 'update: the jump did not happen' stderr
{
	begin "$whole"
	echo "> garbage"
} >update
with_luod update vmlinuz -r <update
check "garbage in the middle" grep -q 'sends what makes no sense. Whether the update goes on' stderr
{
	begin "$whole"
	cat <<END
> {"event":7}
> {"event":"PHASE"}
> {"event":"PHASE","phase":7,"state":[]}
> {"event":"CLIENT","name":7,"phase":"ready"}
> {"event":"CLIENT","name":"vm-7","phase":{}}
> {"event":"CLIENT","name":"","phase":""}
> {"event":"PROGRESS","name":"vm-7","done":"x","total":-3}
> {"event":"PROGRESS","name":"vm-7","done":9e99,"total":9223372036854775807}
> {"event":"PROGRESS","name":"vm-7","done":99,"total":7}
> {"event":"$hostile","name":"$hostile"}
> {"reply":"UPDATE","id":"3","ok":true}
> {"reply":7,"id":3,"ok":true}
> {"cmd":"START_PRESERVATION"}
> {"event":"CLIENT","name":"$hostile","phase":"$hostile"}
many 5000 {"event":"CLIENT","name":"other","phase":"preserving"}
END
	ends '"ok":false,"culprit":"vm-7","error":{"number":13,"text":"no"}'
} >update
with_luod update vmlinuz -r <update
check "events that make no sense are passed over" test $code -eq 4
check "and are no terminal command" sh -c "! LC_ALL=C grep -q '$(printf '[\033\177]')' out"

# Watching.
watched='{"event":"CLIENT","name":"vm-7","phase":"subscribed"}'
with_luod watch <<END
accept
< {"cmd":"WATCH","id":1}
> {"reply":"WATCH","id":1,"ok":true}
> {"event":"PHASE","phase":"idle","state":"normal","update_id":""}
> $watched
> {"event":"CLIENT","name":"gone","phase":"subscribed"}
> {"event":"CLIENT","name":"gone","phase":"gone"}
> {"event":"PHASE","phase":"preserving","state":"normal","update_id":"ab"}
> {"event":"CLIENT","name":"vm-7","phase":"preserving"}
> {"event":"PROGRESS","name":"vm-7","done":3,"total":8}
> {"event":"CLIENT","name":"$hostile","phase":"left"}
> {"event":"RESULT","update_id":"ab","ok":false,"culprit":"$hostile","reason":"disk\u001bbusy"}
> {"event":"PHASE","phase":"idle","state":"normal","update_id":""}
wait 300
interrupt
ended
END
expect 0 "watch" <<'END'
[TIME] normal, idle
[TIME] normal, idle: 1 client
[TIME] normal, preserving: 0 of 1 client ready
[TIME] normal, preserving: 0 of 1 client ready, 1 left out, vm-7 37%
[TIME] update ab failed: a?[2J??é: disk?busy
[TIME] normal, idle: 1 client, 1 left out
END
with_luod watch <<END
accept
< {"cmd":"WATCH","id":1}
> {"reply":"WATCH","id":1,"ok":true}
> {"event":"PHASE","phase":"restoring","state":"updated","update_id":"ab"}
> {"event":"CLIENT","name":"vm-7","phase":"waiting"}
> {"event":"CLIENT","name":"vm-8","phase":"waiting"}
> {"event":"CLIENT","name":"vm-9","phase":"failed"}
> {"event":"CLIENT","name":"vm-7","phase":"restored"}
> {"event":"CLIENT","name":"vm-7","phase":"subscribed"}
> {"event":"CLIENT","name":"vm-8","phase":"claimed"}
> {"event":"PHASE","phase":"finishing","state":"updated","update_id":"ab"}
> {"event":"RESULT","update_id":"ab","ok":true,"culprit":"","reason":""}
> {"event":"PHASE","phase":"idle","state":"normal","update_id":""}
wait 300
interrupt
ended
END
expect 0 "watch clients come back" <<'END'
[TIME] updated, restoring
[TIME] updated, restoring: 1 of 3 clients back, 1 failed
[TIME] updated, finishing: 1 of 3 clients back, 1 failed
[TIME] update ab is complete
[TIME] normal, idle: 3 clients
END
with_luod watch <<END
accept
< {"cmd":"WATCH","id":1}
> {"reply":"WATCH","id":1,"ok":true}
> {"event":"PHASE","phase":"loading","state":"normal","update_id":"ab"}
> {"event":"HOOK","hook":"pre-prepare","name":"10-backup","phase":"running"}
wait 1200
> {"event":"HOOK","hook":"pre-prepare","name":"10-backup","phase":"done"}
> {"event":"PHASE","phase":"preparing","state":"normal","update_id":"ab"}
> {"event":"CLIENT","name":"vm-7","phase":"ready"}
> {"event":"HOOK","hook":"pre-freeze","name":"$hostile","phase":"running"}
> {"event":"HOOK","hook":"cancelled","name":"told","phase":"running"}
> {"event":"HOOK","hook":7,"name":"vm-7","phase":"running"}
> {"event":"HOOK","hook":"pre-freeze","name":"vm-7"}
wait 1200
> {"event":"PHASE","phase":"cancelling","state":"normal","update_id":"ab"}
> {"event":"HOOK","hook":"cancelled","name":"told","phase":"done"}
wait 1200
interrupt
ended
END
expect 0 "watch hooks: those that are waited for" <<'END'
[TIME] normal, loading
[TIME] normal, loading, hook 10-backup
[TIME] normal, loading
[TIME] normal, preparing
[TIME] normal, preparing: 1 of 1 client ready
[TIME] normal, preparing: 1 of 1 client ready, hook a?[2J??é
[TIME] normal, cancelling: 0 of 1 client back
END
with_luod watch --json <<END
accept
< {"cmd":"WATCH","id":1}
> {"reply":"WATCH","id":1,"ok":true}
> {"event":"PHASE","phase":"idle"}
> {"event":"CLIENT","name":"$hostile","other":[1,{"more":null}]}
> {"event":"NEW"}
wait 200
interrupt
ended
END
expect 0 "watch, JSON: the events as they come" <<'END'
{"event":"PHASE","phase":"idle"}
{"event":"CLIENT","name":"a\u001b[2J\u009b\u007fé","other":[1,{"more":null}]}
{"event":"NEW"}
END
with_luod watch <<END
accept
< {"cmd":"WATCH","id":1}
> {"reply":"WATCH","id":1,"ok":true}
> {"event":"PHASE","phase":"idle","state":"normal"}
close
END
expect 1 "watch, and luod ends" <<'END'
[TIME] normal, idle
luoctl: watch: luod (process PID) has ended the connection.
END
with_luod watch --wait 1 <<END
accept
< {"cmd":"WATCH","id":1}
> {"reply":"WATCH","id":1,"ok":true}
> {"event":"PHASE","phase":"idle","state":"normal"}
< {"cmd":"STATUS","id":2}
> {"reply":"STATUS","id":2,"ok":true}
< {"cmd":"STATUS","id":3}
ended
END
expect 1 "watch, and luod does not answer any more" <<'END'
[TIME] normal, idle
luoctl: watch: luod (process PID) does not answer.
END

# Without luod.
fresh
sysfs=$LUO_FAKE/root/sys/kernel/liveupdate
echo normal >"$sysfs/state"
watch_kernel() { # ARGUMENT...
	"$luoctl" watch "$@" >stdout 2>stderr &
	watch=$!
	sleep 0.3
	echo 1073741824 >"$sysfs/preserved_bytes"
	echo 3221225472 >"$sysfs/preserving_bytes"
	# In place, as sysfs has it: never empty.
	echo prepared 1<>"$sysfs/state"
	sleep 0.3
	rm "$sysfs/preserving_bytes"
	echo updated 1<>"$sysfs/state"
	sleep 0.3
	kill -INT $watch
	wait $watch
	code=$?
	cat stdout stderr >out
	echo normal >"$sysfs/state"
}
watch_kernel
expect 0 "watch the kernel" <<'END'
[TIME] normal
[TIME] prepared, 1.0 of 4.0 GiB
[TIME] updated
END
watch_kernel --json
expect 0 "watch the kernel, JSON" <<'END'
{"event":"STATE","state":"normal"}
{"event":"STATE","state":"prepared"}
{"event":"STATE","state":"updated"}
END
rm "$sysfs/state"
echo stock >"$LUO_FAKE/device"
run watch
expect 3 "watch a kernel without states" <<'END'
luoctl: watch: this kernel's orchestrator has no states to watch, and luod does not run.
END
rm "$LUO_FAKE/device"
run watch
check "watch a kernel without live update" test $code -eq 3

# On a terminal.
fresh
if command -v script >/dev/null; then
	{
		begin "$whole"
		echo '> {"event":"PROGRESS","name":"vm-7","done":3,"total":8}'
		echo wait 300
		frozen
		cancelled
		ends '"ok":false,"culprit":"vm-7","error":{"number":13,"text":"no"}'
	} >script
	"$LUO_BUILD/tests/unit/fake_luod" luod.sock <script &
	while [ ! -S luod.sock ]; do sleep 0.01; done
	script -qec "stty cols 60; $luoctl update vmlinuz -r" /dev/null >terminal </dev/null
	code=$?
	rm -f luod.sock
	# As a terminal shows it: what stands behind the last return of a line.
	tr -d '\r' <terminal | sed 's/.*\x1b\[K//' >out
	expect 4 "one line on a terminal, which stays when the phase changes" <<'END'
[TIME] loading: 2 clients
[TIME] preserving: 2 of 2 clients ready
[TIME] preparing: 2 of 2 clients ready
[TIME] freezing: 2 of 2 clients frozen
[TIME] jumping: 2 of 2 clients frozen
[TIME] cancelling: 2 of 2 clients back
luoctl: update: refused by vm-7: no. Everything was cancelled; the system runs on as before.
END
	check "and is written over" grep -q 'ready, vm-7 37%' terminal
	check "no line is longer than the terminal" sh -c \
		"! sed 's/\x1b\[K//g' terminal | tr '\r' '\n' | grep '^\[' | grep -q '.\{60\}'"
fi

done_testing
