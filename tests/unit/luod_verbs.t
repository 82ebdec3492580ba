#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The verbs that ask luod, which is played by a script.
. "$(dirname "$0")/luoctl.sh"

idle='"ok":true,"state":"normal","states":"kernel","phase":"idle","update_id":"","number":3,"kernel":"7.3.4","orchestrator":"luo","pid":812,"version":"0.1.0","clients":8'
stock='"ok":true,"state":"normal","states":"luod","phase":"idle","pid":812,"clients":0'
restoring='"ok":true,"state":"updated","phase":"restoring"'
hostile='a\u001b[2J\u009b\u007fé'

fresh
run
expect 0 "status without luod" <<'END'
State:         normal
Live updates:  3
Sessions:      0 outgoing
Next kernel:   not loaded
luod:          not running
END
run status --json
json_is /luod null
with_luod status <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,$idle,"last":null}
END
expect 0 "status with luod" <<'END'
State:         normal
Live updates:  3
Sessions:      0 outgoing
Next kernel:   not loaded
luod:          process PID, idle, 8 clients
END
with_luod status --json <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,$idle,"last":{"update_id":"ab","ok":false,"culprit":"vm-7","reason":"no"}}
END
json_is /luod/pid 812
json_is /luod/phase idle
json_is /luod/last/culprit vm-7
check "the reply's own members are not in it" sh -c '! grep -q reply stdout'
with_luod status <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"normal","phase":"preserving","update_id":"cd$hostile","pid":812,"clients":1,"last":{"update_id":"$hostile","ok":false,"culprit":"$hostile","reason":"disk\u001bbusy"}}
END
expect 0 "status in an update, and how the last one ended" <<'END'
State:         normal
Live updates:  3
Sessions:      0 outgoing
Next kernel:   not loaded
luod:          process PID, preserving, 1 client
Update:        cda?[2J??é
Last update:   a?[2J??é, failed: a?[2J??é: disk?busy
END
with_luod status <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,$idle,"last":{"update_id":"ab","ok":true,"culprit":"","reason":""}}
END
check "how a good one ended" grep -qx "Last update:   ab, complete" stdout
with_luod status <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,$idle,"last":{"update_id":"ab","ok":true,"dry_run":true}}
END
check "and a dry run" grep -qx "Last update:   ab, a dry run, complete" stdout
with_luod status <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true}
END
check "status with an answer that says nothing" \
	grep -qx "luod:          cannot be asked: Bad message" stdout
with_luod status --wait 1 <<END
accept
< {"cmd":"STATUS","id":1}
ended
END
check "status with a luod that does not answer" \
	grep -qx "luod:          cannot be asked: Connection timed out" stdout
with_luod status --json <<END
accept
close
END
json_is /luod/error/name ECONNRESET
echo stock >"$LUO_FAKE/device"
with_luod status <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,$stock}
END
expect 0 "status where luod keeps the state" <<'END'
State:         normal, kept by luod; this kernel's orchestrator has sessions only
Next kernel:   not loaded
luod:          process PID, idle, 0 clients
END
run status --socket "$work/none"
check "status goes on without a luod at that socket" test $code -eq 0

fresh
run clients
expect 3 "clients without luod" <<'END'
luoctl: clients: luod does not run here: nothing answers at luod.sock.
END
run clients --socket "$work/none"
check "clients at another socket" test $code -eq 3
run clients --socket "$(printf '%200s' x | tr ' ' x)"
check "clients at a socket with too long a name" test $code -eq 1
with_luod clients <<END
accept
< {"cmd":"CLIENTS","id":1}
> {"reply":"CLIENTS","id":1,"ok":true,"clients":[{"name":"vm-7","pid":812,"uid":0,"phase":"preserving","since_ms":3210,"done":3,"total":8},{"name":"db@1","pid":9,"uid":99999,"phase":"ready","since_ms":125000}],"more":1}
< {"after":"db@1","cmd":"CLIENTS","id":2}
> {"reply":"CLIENTS","id":2,"ok":true,"clients":[{"name":"$hostile","pid":4194303,"uid":99999,"phase":"\u001bx","since_ms":90061000}],"more":0}
END
expect 0 "clients" <<'END'
NAME          PID  USER        PHASE           SINCE
vm-7          812  root        preserving      3.2 s  3 of 8
db@1            9  99999       ready           2 min
a?[2J??é  4194303  99999       ?x                1 d
END
with_luod clients --json <<END
accept
< {"cmd":"CLIENTS","id":1}
> {"reply":"CLIENTS","id":1,"ok":true,"clients":[{"name":"vm-7","pid":1,"phase":"ready"}],"more":1}
< {"after":"vm-7","cmd":"CLIENTS","id":2}
> {"reply":"CLIENTS","id":2,"ok":true,"clients":[{"name":"$hostile","phase":"ready"}],"more":0}
END
json_is /0/pid 1
json_is /1/phase ready
check "JSON is no terminal command" grep -q '"a\\u001b\[2J\\u009b\\u007fé"' stdout
with_luod clients <<END
accept
< {"cmd":"CLIENTS","id":1}
> {"reply":"CLIENTS","id":1,"ok":true,"clients":[],"more":5}
END
expect 0 "clients, none of which come" <<'END'
NAME      PID  USER        PHASE           SINCE
END
for clients in '7' '[7]' '[{"name":"x"}]' '[{"name":7,"phase":"x"}]' 'null'; do
	with_luod clients <<END
accept
< {"cmd":"CLIENTS","id":1}
> {"reply":"CLIENTS","id":1,"ok":true,"clients":$clients}
END
	expect 1 "clients that are $clients" <<'END'
luoctl: clients: luod (process PID) sends what makes no sense.
END
done

# What every verb shares.
with_luod clients <<END
accept
< {"cmd":"CLIENTS","id":1}
> no JSON
END
expect 1 "garbage" <<'END'
luoctl: clients: luod (process PID) sends what makes no sense.
END
with_luod clients <<END
accept
< {"cmd":"CLIENTS","id":1}
long 20000
ended
END
expect 1 "a line without an end" <<'END'
luoctl: clients: luod (process PID) sends a line that is too long.
END
with_luod clients <<END
accept
< {"cmd":"CLIENTS","id":1}
= {"reply":"CLI
close
END
expect 1 "half a line" <<'END'
luoctl: clients: luod (process PID) has ended the connection.
END
with_luod clients --wait 1 <<END
accept
< {"cmd":"CLIENTS","id":1}
> {"event":"PHASE","phase":"idle","state":"normal"}
> {"reply":"CLIENTS","id":7,"ok":true,"clients":[]}
ended
END
expect 1 "an answer to something else" <<'END'
luoctl: clients: luod (process PID) does not answer.
END
with_luod clients <<END
accept
> {"reply":"CONNECT","ok":false,"error":{"number":24,"name":"EMFILE","text":"there are too many connections"}}
close
END
expect 1 "no more connections" <<'END'
luoctl: clients: there are too many connections.
END
with_luod clients <<END
accept
> {"reply":"CONNECT","ok":false,"error":{"number":13,"name":"EACCES","text":"only root may connect"}}
close
END
expect 1 "connections of root only" <<'END'
luoctl: clients: only root may connect. Try again as root.
END
with_luod clients <<END
accept
< {"cmd":"CLIENTS","id":1}
> {"reply":"CLIENTS","id":1,"ok":false,"error":{"number":-5,"text":"\u001b[2J and more. "}}
END
expect 1 "an error that is none" <<'END'
luoctl: clients: ?[2J and more.
END
with_luod clients <<END
accept
< {"cmd":"CLIENTS","id":1}
> {"reply":"CLIENTS","id":1,"ok":false,"error":7}
END
expect 1 "an error without words" <<'END'
luoctl: clients: Protocol error.
END
: >luod.sock
run clients
expect 3 "a socket that is none" <<'END'
luoctl: clients: luod does not run here: nothing answers at luod.sock.
END
rm luod.sock

# Events that are for the kernel, or for luod.
for verb in prepare freeze; do
	fresh
	with_luod $verb <<END
accept
ended
END
	expect 5 "$verb while luod runs" <<END
luoctl: $verb: luod (process PID) runs, and its clients would know nothing of it: use 'luoctl update', or --force. Nothing was changed.
END
	check "$verb is not sent to the kernel" test ! -e "$LUO_FAKE/log"
done

fresh
make_kernel vmlinuz
with_luod load vmlinuz --reuse-command-line <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"normal","phase":"preserving"}
END
expect 5 "load while luod is at an update" <<'END'
luoctl: load: luod (process PID) is at an update, and this would replace its kernel. Nothing was loaded; try again, or use --force.
END
check "nothing is loaded" test ! -e "$LUO_FAKE/log"
with_luod load vmlinuz --reuse-command-line <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,$idle}
END
expect 0 "load while luod is idle" </dev/null

fresh
with_luod prepare --force </dev/null
expect 0 "prepare with force" <<'END'
prepared
END
with_luod cancel <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,$idle}
END
expect 0 "cancel, of what is not luod's" <<'END'
normal
END
with_luod cancel <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"normal","phase":"preserving"}
< {"reason":"called off with 'luoctl cancel'","cmd":"CANCEL_UPDATE","id":2}
> {"event":"PHASE","phase":"cancelling","state":"normal"}
> {"reply":"CANCEL_UPDATE","id":2,"ok":true}
END
expect 0 "cancel" <<'END'
normal
END
with_luod cancel <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"frozen","phase":"jumping"}
< {"reason":"called off with 'luoctl cancel'","cmd":"CANCEL_UPDATE","id":2}
> {"reply":"CANCEL_UPDATE","id":2,"ok":false,"error":{"number":16,"text":"it is too late"}}
END
expect 6 "cancel, too late" <<'END'
luoctl: cancel: it is too late. See 'luoctl status'.
END
with_luod cancel --wait 1 <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"frozen","phase":"preserving"}
< {"reason":"called off with 'luoctl cancel'","cmd":"CANCEL_UPDATE","id":2}
< {"cmd":"STATUS","id":3}
ended
END
expect 1 "cancel, and nothing more is heard" <<'END'
luoctl: cancel: luod (process PID) does not answer. See 'luoctl status'.
END
with_luod cancel <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"normal"}
END
expect 1 "cancel, and a status without a phase" <<'END'
luoctl: cancel: luod (process PID) sends what makes no sense.
END

fresh
echo 4 >"$LUO_FAKE/state"
with_luod finish <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,$idle}
END
expect 0 "finish, of what is not luod's" <<'END'
normal
END
with_luod finish <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,$restoring}
< {"cmd":"FINISH","id":2}
> {"reply":"FINISH","id":2,"ok":false,"error":{"number":16,"text":"3 clients are not back, and would be lost"}}
END
expect 4 "finish, and clients are not back" <<'END'
luoctl: finish: 3 clients are not back, and would be lost. 'luoctl clients' shows who is not back; --discard gives them up.
END
with_luod finish --discard --force <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,$restoring}
< {"discard":true,"force":true,"cmd":"FINISH","id":2}
> {"reply":"FINISH","id":2,"ok":true}
END
expect 0 "finish, come what may" <<'END'
normal
END
with_luod finish --discard <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,$restoring}
< {"discard":true,"cmd":"FINISH","id":2}
> {"reply":"FINISH","id":2,"ok":false,"error":{"number":16,"text":"1 clients are about to come back"}}
END
expect 4 "finish, and clients are about to come back" <<'END'
luoctl: finish: 1 clients are about to come back. 'luoctl clients' shows them; --force gives them up, too.
END
with_luod finish <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,$restoring}
< {"cmd":"FINISH","id":2}
> {"reply":"FINISH","id":2,"ok":false,"error":{"number":1,"text":"only root may do that"}}
END
expect 1 "finish by somebody else" <<'END'
luoctl: finish: only root may do that. Try again as root.
END

done_testing
