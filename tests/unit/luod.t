#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What clients and strangers hear of luod, up to the jump.
. "$(dirname "$0")/luod.sh"

fresh_machine
start_luod <<'END'
[luod]
cancel_timeout=3

[client hasty-*]
prepare_timeout=1
freeze_timeout=1

[client late-*]
prepare_timeout=1
freeze_timeout=1
on_timeout=continue

[client lax-*]
on_veto=continue
on_death=continue
END

{
	subscribe a b
	watch
	update
	preserving a b
	cat <<'END'
w < {"event":"CLIENT","name":"a","phase":"subscribed"}
w < {"event":"CLIENT","name":"b","phase":"subscribed"}
w < {"event":"PHASE","phase":"loading","state":"normal","update_id":"????????????????????????????????"}
w < {"event":"PHASE","phase":"preserving","state":"normal",*
w < {"event":"CLIENT","name":"a","phase":"preserving"}
w < {"event":"CLIENT","name":"b","phase":"preserving"}
a preserve 7 what a has
b > {"cmd":"PROGRESS","done":3,"total":8}
w < {"event":"PROGRESS","name":"b","done":3,"total":8}
w > {"cmd":"CLIENTS"}
w < {"reply":"CLIENTS","ok":true,"clients":?{"name":"a",*,"phase":"preserving","since_ms":*},{"name":"b",*,"phase":"preserving","since_ms":*,"done":3,"total":8}?,"more":0}
END
	says READY b
	echo 'w < {"event":"CLIENT","name":"b","phase":"ready"}'
	echo 'b silent 50'
	says READY a
	freezing a b
	cat <<'END'
w < {"event":"CLIENT","name":"a","phase":"ready"}
w < {"event":"PHASE","phase":"preparing","state":"normal",*
w < {"event":"PHASE","phase":"freezing","state":"prepared",*
w < {"event":"CLIENT","name":"a","phase":"freezing"}
w < {"event":"CLIENT","name":"b","phase":"freezing"}
END
	says FROZEN a
	echo 'w < {"event":"CLIENT","name":"a","phase":"frozen"}'
	says FROZEN b
	cancelled "this was a dry run" "" b a
	result_is true
	cat <<'END'
w < {"event":"CLIENT","name":"b","phase":"frozen"}
w < {"event":"PHASE","phase":"jumping","state":"prepared",*
w < {"event":"PHASE","phase":"jumping","state":"frozen",*
w < {"event":"PHASE","phase":"cancelling","state":"normal",*
w < {"event":"CLIENT","name":"b","phase":"cancelling"}
w < {"event":"CLIENT","name":"a","phase":"cancelling"}
w < {"event":"CLIENT","name":"b","phase":"subscribed"}
w < {"event":"CLIENT","name":"a","phase":"subscribed"}
w << {"update_id":"*","ok":true,"dry_run":true,"culprit":"","reason":"","event":"RESULT"}
w < {"event":"PHASE","phase":"idle","state":"normal","update_id":""}
op > {"cmd":"STATUS"}
op << {"reply":"STATUS","ok":true,"state":"normal","states":"kernel","phase":"idle","update_id":"",*,"orchestrator":"luo",*,"clients":2,"last":{*"ok":true,"dry_run":true,*}}
END
} >script
play "a dry run goes through all phases, and everybody is as before"
printf '%s\n' prepare freeze cancel >expected
check "and the kernel through all of its own" diff -u expected "$LUO_FAKE/log"
check "and no session is left" test -z "$(ls "$LUO_FAKE"/outgoing/b)"

{
	subscribe a b c
	watch
	update
	preserving a b c
	says READY a
	echo 'b > {"cmd":"VETO","reason":"disk \"0\" is busy"}'
	cancelled 'disk \"0\" is busy' b c b a
	result_is false b EACCES 'disk \"0\" is busy'
	cat <<'END'
w << {"event":"PHASE","phase":"cancelling",*
w < {"event":"CLIENT","name":"c","phase":"cancelling"}
w < {"event":"CLIENT","name":"b","phase":"cancelling"}
w < {"event":"CLIENT","name":"a","phase":"cancelling"}
END
	update
	preserving a b c
	says READY a b c
	freezing a b c
	says FROZEN a c
	echo 'b > {"cmd":"VETO"}'
	cancelled 'it gave no reason' b a b c
	result_is false b EACCES 'it gave no reason'
	update
	preserving a b c
	says READY a
	echo 'a > {"cmd":"VETO","reason":"changed its mind"}'
	cancelled 'changed its mind' a a b c
	result_is false a EACCES 'changed its mind'
} >script
play "everybody hears of a veto and is cancelled, the last to subscribe first"

long=$(printf '%0400d' 0)
{
	subscribe a
	update
	preserving a
	echo "a > {\"cmd\":\"VETO\",\"reason\":\"$long\"}"
	cancelled "$(printf '%0255d' 0)" a a
	update
	preserving a
	echo 'a > {"cmd":"VETO","reason":7}'
	cancelled 'it gave no reason' a a
} >script
play "a reason is cut, or is none"

{
	subscribe a hasty-1
	update
	preserving a hasty-1
	says READY a
	cancelled "it was not ready in time" hasty-1 a hasty-1
	result_is false hasty-1 ETIME "it was not ready in time"
	update
	preserving a hasty-1
	says READY a hasty-1
	freezing a hasty-1
	says FROZEN a
	cancelled "it did not freeze in time" hasty-1 a hasty-1
	result_is false hasty-1 ETIME "it did not freeze in time"
} >script
play "a deadline that passes ends the update"

{
	subscribe a late-1 late-2
	watch
	update
	preserving a late-1 late-2
	says READY a late-2
	cancelled "it was not ready in time" late-1 late-1
	freezing a late-2
	says FROZEN a
	cancelled "it did not freeze in time" late-2 late-2
	cancelled "this was a dry run" "" a
	result_is true
	cat <<'END'
w << {"event":"CLIENT","name":"late-1","phase":"left"}
w << {"event":"CLIENT","name":"late-2","phase":"left"}
w << {"event":"CLIENT","name":"late-2","phase":"subscribed"}
w << {"event":"PHASE","phase":"idle",*
END
} >script
play "or it goes on without the client, which is back afterwards"

{
	subscribe a lax-1 lax-2 lax-3
	update
	preserving a lax-1 lax-2 lax-3
	echo 'lax-1 > {"cmd":"VETO","reason":"no"}'
	cancelled no lax-1 lax-1
	echo 'lax-2 close'
	echo 'lax-2 drop'
	says READY a lax-3
	freezing a lax-3
	echo 'lax-3 close'
	echo 'lax-3 drop'
	echo 'lax-1 silent 50'
	says FROZEN a
	cancelled "this was a dry run" "" a
	result_is true
} >script
play "an update goes on without those who veto and die, where that is configured"

for phase in preserving ready freezing frozen; do
	{
		subscribe a b c
		watch
		update
		preserving a b c
		[ $phase = preserving ] || says READY b
		case $phase in fr*)
			says READY a c
			freezing a b c
			;;
		esac
		[ $phase != frozen ] || says FROZEN b
		cat <<END
w << {"event":"CLIENT","name":"b","phase":"$phase"}
b close
b drop
END
		cancelled "its connection has ended" b c a
		result_is false b ECONNRESET "its connection has ended"
		echo 'w << {"event":"CLIENT","name":"b","phase":"gone"}'
		echo 'w << {"event":"PHASE","phase":"idle",*'
		subscribe b
		update
		preserving a c b
		says READY a b c
		freezing a c b
		says FROZEN a b c
		cancelled "this was a dry run" "" a b c
		result_is true
	} >script
	play "a client that dies when it is $phase ends the update, and may come again"
done

{
	subscribe a b c
	update
	preserving a b c
	echo 'a > {"cmd":"VETO","reason":"no"}'
	cancelled no a a
	cat <<'END'
b << {"cmd":"CANCEL",*
b close
b drop
c < {"cmd":"CANCEL",*
END
	# c says nothing.
	result_is false a EACCES no
	cat <<'END'
c ended
c drop
END
	subscribe b c
} >script
play "one that dies or hangs when it is cancelled does not keep others from the end"

{
	subscribe a b
	cat <<'END'
a > {"cmd":"READY","id":2}
a < {"reply":"READY","id":2,"ok":false,"error":{"number":22,"name":"EINVAL","text":"that was not asked for"}}
a > {"cmd":"CANCELLED","id":2}
a < {"reply":"CANCELLED","id":2,"ok":false,*"EINVAL"*
a > {"cmd":"PROGRESS","id":2,"done":1,"total":2}
a < {"reply":"PROGRESS","id":2,"ok":false,*"EINVAL"*
END
	update
	preserving a b
	cat <<'END'
a > {"cmd":"FROZEN"}
a < {"reply":"FROZEN","ok":false,*"EINVAL"*
a > {"cmd":"CANCELLED"}
a < {"reply":"CANCELLED","ok":false,*"EINVAL"*
a > {"cmd":"UNSUBSCRIBE"}
a < {"reply":"UNSUBSCRIBE","ok":false,*"EBUSY"*
a > {"cmd":"CLAIM","name":"b"}
a < {"reply":"CLAIM","ok":false,*"ENOENT"*
a > {"cmd":"READY"}
a > {"cmd":"READY"}
a < {"reply":"READY","ok":false,*"EINVAL"*
a > {"cmd":"PROGRESS","done":1,"total":2}
a < {"reply":"PROGRESS","ok":false,*"EINVAL"*
a > {"cmd":"FROZEN"}
a < {"reply":"FROZEN","ok":false,*"EINVAL"*
b > {"cmd":"READY","update_id":"that of another"}
END
	freezing a b
	cat <<'END'
a > {"cmd":"FROZEN"}
a > {"cmd":"FROZEN"}
a < {"reply":"FROZEN","ok":false,*"EINVAL"*
a > {"cmd":"VETO","reason":"too late"}
a < {"reply":"VETO","ok":false,*"EINVAL"*
stranger connect
stranger > {"cmd":"FROZEN","name":"b"}
stranger < {"reply":"FROZEN","ok":false,*"EINVAL"*
stranger > {"cmd":"SUBSCRIBE","name":"b"}
stranger < {"reply":"SUBSCRIBE","ok":false,*"EBUSY"*
b silent 50
END
	says FROZEN b
	cancelled "this was a dry run" "" a b
	result_is true
} >script
play "answers that were not asked for are refused, and change nothing"

{
	subscribe a b
	update
	preserving a b
	echo 'b > {"cmd":"VETO","reason":"no"}'
	echo 'a << {"cmd":"CANCEL",*'
	says READY a
	says FROZEN a
	echo 'a silent 50'
	echo 'a drop'
	says CANCELLED a
	cancelled no b b
	result_is false b EACCES no
} >script
play "an answer that has crossed CANCEL on its way is not held against a client"

{
	subscribe a
	cat <<'END'
other connect
other > {"cmd":"SUBSCRIBE","name":"a"}
other < {"reply":"SUBSCRIBE","ok":false,*"EEXIST","text":"a has a client already (process *)"}}
a > {"cmd":"SUBSCRIBE","name":"z"}
a < {"reply":"SUBSCRIBE","ok":false,*"EISCONN"*
other > {"cmd":"SUBSCRIBE","name":"x","version":2}
other < {"reply":"SUBSCRIBE","ok":false,*"EINVAL"*
other > {"cmd":"UNSUBSCRIBE"}
other < {"reply":"UNSUBSCRIBE","ok":false,*"ENOTCONN"*
other > {"cmd":"SUBSCRIBE","name":"x","freeze_timeout_ms":70}
other < {"reply":"SUBSCRIBE","ok":true,*
END
	update
	echo 'other << {"cmd":"START_PRESERVATION",*,"deadline_ms":60000}'
	preserving a
	says READY other a
	echo 'other < {"cmd":"FREEZE",*,"deadline_ms":70}'
	freezing a
	echo 'other < {"cmd":"CANCEL","reason":"it did not freeze in time","culprit":"x",*'
	says CANCELLED other
	cancelled "it did not freeze in time" x a
	result_is false x ETIME "it did not freeze in time"
	echo 'a > {"cmd":"UNSUBSCRIBE"}'
	echo 'a < {"reply":"UNSUBSCRIBE","ok":true}'
	subscribe a
} >script
play "a name is one client's, who may ask for less time than is configured"

for name in "" luod a/b ../x 'a b' 'ä' 'a\u0000b' "$(printf '%064d' 0)"; do
	cat <<END
a connect
a > {"cmd":"SUBSCRIBE","name":"$name"}
a < {"reply":"SUBSCRIBE","ok":false,*"EINVAL"*
END
done >script
play "a name that could be a path or another session's is refused"

i=0
while [ $i -lt 60 ]; do
	subscribe "c$i"
	i=$((i + 1))
done >crowd
{
	cat crowd
	cat <<'END'
slow connect
slow > {"cmd":"WATCH"}
slow many 150 {"cmd":"CLIENTS"}
END
	update
	for i in $(seq 0 59); do
		preserving "c$i"
	done
	cat <<'END'
w connect
w > {"cmd":"STATUS"}
w < {"reply":"STATUS",*"phase":"preserving",*"clients":60*
c7 > {"cmd":"VETO","reason":"no"}
END
	for i in $(seq 0 59); do
		cancelled no c7 "c$i"
	done
	result_is false c7 EACCES no
	echo 'slow ended'
} >script
play "one who never reads what luod says keeps nobody else waiting, and is given up"
check "and luod says so" grep -q 'process [0-9]* does not read what it is sent' luod.log

# A hundred more than may come at once, at a hundred a second.
cat <<'END' >script
busy connect
busy many 300 {"cmd":"LIST"}
other connect
other > {"cmd":"STATUS"}
other < {"reply":"STATUS",*
busy > {"cmd":"STATUS","id":77}
busy << {"reply":"STATUS","id":77,*
END
began=$(date +%s%N)
play "one who asks too often is answered, and so are others meanwhile"
check "but not at once" test $((($(date +%s%N) - began) / 1000000)) -ge 900

stop_luod
done_testing
