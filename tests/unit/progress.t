#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How far an update is, on terminals of all kinds.
. "$(dirname "$0")/luoctl.sh"

command -v script >/dev/null || {
	echo "1..0 # SKIP there is no script(1)"
	exit 0
}
make_kernel vmlinuz
whole='{"kernel":"'$work/vmlinuz'","command_line":"root=/dev/vda liveupdate=on","memfd_format":"stock","cmd":"UPDATE","id":3}'
cat >update <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"normal","phase":"idle","pid":812,"clients":2}
< {"cmd":"WATCH","id":2}
> {"reply":"WATCH","id":2,"ok":true}
> {"event":"PHASE","phase":"idle","state":"normal","update_id":""}
> {"event":"CLIENT","name":"vm-7","phase":"subscribed"}
> {"event":"CLIENT","name":"db@1","phase":"subscribed"}
< $whole
> {"event":"PHASE","phase":"loading","state":"normal","update_id":"ab"}
> {"event":"PHASE","phase":"preserving","state":"normal","update_id":"ab"}
> {"event":"CLIENT","name":"vm-7","phase":"preserving"}
> {"event":"CLIENT","name":"db@1","phase":"ready"}
> {"event":"PROGRESS","name":"vm-7","done":3,"total":8}
wait 400
> {"event":"CLIENT","name":"vm-7","phase":"ready"}
> {"event":"PHASE","phase":"preparing","state":"normal","update_id":"ab"}
> {"event":"PHASE","phase":"freezing","state":"prepared","update_id":"ab"}
> {"event":"PHASE","phase":"cancelling","state":"normal","update_id":"ab"}
> {"event":"CLIENT","name":"db@1","phase":"subscribed"}
> {"event":"CLIENT","name":"vm-7","phase":"subscribed"}
> {"reply":"UPDATE","id":3,"update_id":"ab","ok":false,"culprit":"vm-7","error":{"number":13,"text":"no"}}
> {"event":"PHASE","phase":"idle","state":"normal","update_id":""}
END

# on COLUMNS [NAME=VALUE...]: runs an update on such a terminal. What it was sent is in
# 'sent', what is to be seen in the end in 'out', and all that was in 'frames'.
on() {
	columns=$1
	shift
	rm -f luod.sock
	"$LUO_BUILD/tests/unit/fake_luod" luod.sock <update 2>/dev/null &
	while [ ! -S luod.sock ]; do
		sleep 0.01
	done
	env -u NO_COLOR "$@" script -qec "stty cols $columns; $luoctl update vmlinuz -r" /dev/null \
		>sent </dev/null
	code=$?
	wait $!
	"$here/screen.pl" frames <sent >out
}

seen() { # NAME PATTERN
	check "$1" grep -qE "$2" frames
}

final() { # NAME
	expect 4 "$1" <<'END'
[TIME] loading: 2 clients
[TIME] preserving: 2 of 2 clients ready
[TIME] preparing: 2 of 2 clients ready
[TIME] freezing: 0 of 2 clients frozen
[TIME] cancelling: 2 of 2 clients back
luoctl: update: refused by vm-7: no. Everything was cancelled; the system runs on as before.
END
}

fresh
on 100 TERM=xterm
final "what stays on a terminal"
seen "the line" '^\[ *0\.[0-9]*\] preserving: 1 of 2 clients ready, vm-7 37%$'
seen "and below it where that is, and how much of it is done" \
	'^ {11}loading > \[preserving\] > preparing > freezing > jumping  ############------------$'
seen "another phase" '^ {11}loading > preserving > \[preparing\] > freezing > jumping  #{24}$'
seen "the way back" '^ {11}\[cancelling\]  ------------------------$'
check "in colours" grep -q "$(printf '\033\\[32mloading\033\\[0m > \033\\[1m\\[preserving\\]')" sent

on 100 TERM=xterm NO_COLOR=1
final "without colours"
seen "the same" '^ {11}loading > \[preserving\] > preparing > freezing > jumping  #'
check "and none" sh -c "! grep -q '$(printf '\033\\[[0-9]*m')' sent"
on 100 TERM=xterm NO_COLOR=
check "an empty NO_COLOR is none" grep -q "$(printf '\033\\[32m')" sent

on 68 TERM=xterm
final "on a narrow one"
seen "without a bar" '^ {11}loading > \[preserving\] > preparing > freezing > jumping$'
on 44 TERM=xterm
seen "on one that is narrower, the phase alone" '^ {11}\[preserving\]  #{9}-{9}$'
for width in 100 68 67 44 24 20; do
	on $width TERM=xterm
	check "never wider than $width columns" awk -v width=$width \
		'/^\[|^ {11}/ && length >= width { exit 1 }' frames
done

on 100 TERM=dumb
final_dumb=$(tr -d '\r' <sent | sed 's/^\[ *[0-9.]*\]/[TIME]/')
check "a dumb terminal gets lines" test "$(echo "$final_dumb" | grep -c '^\[TIME\]')" -ge 5
check "and nothing else" sh -c "! grep -q '$(printf '\033')' sent"

# Watching clients come back in the new kernel: times go on.
fresh
cat >restoring <<'END'
accept
< {"cmd":"WATCH","id":1}
> {"reply":"WATCH","id":1,"ok":true}
> {"event":"PHASE","phase":"restoring","state":"updated","update_id":"ab","began_ms":61500}
> {"event":"CLIENT","name":"vm-7","phase":"waiting"}
> {"event":"CLIENT","name":"vm-8","phase":"waiting"}
> {"event":"CLIENT","name":"vm-7","phase":"restored"}
wait 400
> {"event":"CLIENT","name":"vm-8","phase":"restored"}
> {"event":"PHASE","phase":"finishing","state":"updated","update_id":"ab"}
> {"event":"RESULT","update_id":"ab","ok":true,"culprit":"","reason":""}
> {"event":"PHASE","phase":"idle","state":"normal","update_id":""}
wait 200
> {"event":"PHASE","phase":"loading","state":"normal","update_id":"cd"}
wait 300
> {"event":"PHASE","phase":"preserving","state":"normal","update_id":"cd"}
wait 200
close
END
watch_on() { # COLUMNS [NAME=VALUE...]
	columns=$1
	shift
	rm -f luod.sock
	"$LUO_BUILD/tests/unit/fake_luod" luod.sock <restoring 2>/dev/null &
	while [ ! -S luod.sock ]; do
		sleep 0.01
	done
	env -u NO_COLOR "$@" script -qec "stty cols $columns; $luoctl watch" /dev/null \
		>sent </dev/null
	wait $!
	"$here/screen.pl" frames <sent >out
}
watch_on 100 TERM=xterm
seen "how long ago the update began, before the jump" \
	'^\[ +6[12]\.[0-9]{3}\] updated, restoring: 1 of 2 clients back$'
seen "the way after the jump" '^ {11}\[restoring\] > finishing  ############------------$'
seen "and its end" '^ {11}restoring > \[finishing\]  #{24}$'
check "what stays goes on counting, and begins anew with the next update" awk '
	/^\[/ { at[++n] = substr($2, 1, length($2) - 1) + 0; if ($1 != "[") at[n] = substr($1, 2) + 0 }
	{ print }
	END { exit !(n == 6 && at[1] >= 61.5 && at[2] >= 61.9 && at[2] < 70 && at[4] >= at[3] &&
		at[5] < 5 && at[6] < 5) }' out
check "in colours" grep -q "$(printf '\033\\[1m\\[restoring\\]')" sent
watch_on 100 TERM=xterm NO_COLOR=1
seen "without colours the same" '^ {11}\[restoring\] > finishing  ####'
check "and none" sh -c "! grep -q '$(printf '\033\\[[0-9]*m')' sent"
for width in 60 34 20; do
	watch_on $width TERM=xterm
	check "never wider than $width columns after the jump" awk -v width=$width \
		'/^\[.*, (restoring|finishing)|^ {11}/ && length >= width { print; exit 1 }' frames
done
for ms in -5 '"x"' 9e99 99999999999999; do
	sed -i "s/\"began_ms\":[^}]*/\"began_ms\":$ms/" restoring
	watch_on 100 TERM=xterm
	check "a time that makes no sense is none ($ms)" grep -qE '^\[ +[01]\.[0-9]*\] updated, restoring' out
done

# The bytes that the kernel tells of.
fresh
echo 3221225472 >"$LUO_FAKE/root/sys/kernel/liveupdate/preserved_bytes"
echo 1073741824 >"$LUO_FAKE/root/sys/kernel/liveupdate/preserving_bytes"
on 110 TERM=xterm
seen "bytes" '^\[.*\] preserving: 1 of 2 clients ready, vm-7 37%, 3\.0 of 4\.0 GiB$'
seen "make the bar" '\[preserving\] > preparing > freezing > jumping  #{18}-{6}$'

# Watching the kernel.
echo prepared >"$LUO_FAKE/root/sys/kernel/liveupdate/state"
env -u NO_COLOR TERM=xterm script -qec "stty cols 80; timeout -s INT 1 $luoctl watch" /dev/null \
	>sent </dev/null
"$here/screen.pl" frames <sent >out
seen "the kernel's states" '^ {11}normal > \[prepared\] > frozen > updated  #{18}-{6}$'
check "and what stays of it" test "$(sed 's/^\[.*\]/[TIME]/' out)" = "[TIME] prepared, 3.0 of 4.0 GiB"

done_testing
