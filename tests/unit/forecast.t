#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How long an update would stand still, as a dry run tells it by what is on record. luod is
# played by a script, and the records are made of one of its own.
. "$(dirname "$0")/luoctl.sh"

# earlier NUMBER JUMP [SED]: an update that was done, with a jump of so many nanoseconds
earlier() {
	mkdir -p state/history
	sed -e "s/\"jump_ns\":[0-9]*/\"jump_ns\":$2/" -e "s/\"blackout_ns\":268350329/\"blackout_ns\":$(($2 + 1000000))/" \
		-e "${3:-}" "$here/expect/record-done.json" >"state/history/$(printf %08d "$1")-20261123T090015Z-$(printf %032d "$1").json"
}

# A dry run that is on record with that number, and clients or none
dry_run() { # NUMBER CLIENTS [ARGUMENT...]
	number=$1
	cat >"state/history/$(printf %08d "$1")-20261123T100015Z-ab.json" <<END
{"version":1,"update_id":"ab","result":"dry_run","dry_run":true,"freeze_ns":30000000,
 "kernel":{"result":"cancelled","number":3,"freeze_ns":52000},"clients":$2}
END
	shift 2
	with_luod update --dry-run "$@" <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"normal","phase":"idle","pid":812,"clients":2}
< {"cmd":"WATCH","id":2}
> {"reply":"WATCH","id":2,"ok":true}
< {"dry_run":true,"cmd":"UPDATE","id":3}
> {"reply":"UPDATE","id":3,"update_id":"ab","ok":true,"dry_run":true,"culprit":""}
END
	check "the dry run is done" test $code -eq 0
	check "and no more is said" grep -qx '.*dry run complete; nothing was changed' stderr
	rm "state/history/$(printf %08d "$number")-20261123T100015Z-ab.json"
}

shows() { # NAME <EXPECTED: on standard output
	cat >expected
	check "$1" diff -u expected stdout
}

fresh
echo 1 >"$LUO_FAKE/root/sys/kernel/kexec_loaded"
mkdir -p state/history
clients='[{"name":"vm-1","phase":"frozen"}]'

dry_run 1 "$clients"
shows "without an update before, what comes after the jump is unknown" <<'END'
Blackout to expect: more than 30.1 ms
  clients freeze  30.0 ms   measured now
  kernel freezes  52.0 us   measured now
  shutdown        unknown   never measured here
  jump            unknown   never measured here
  boot            unknown   never measured here
  clients return  unknown   never measured here
END

earlier 1 268000000
dry_run 2 "$clients"
shows "one update before" <<'END'
Blackout to expect: 826 ms
  clients freeze  30.0 ms   measured now
  kernel freezes  52.0 us   measured now
  shutdown        326 us    in the last update
  jump            268 ms    in the last update
  boot            621 us    in the last update
  clients return  527 ms    in the last update
END

dry_run 2 '[]'
shows "without clients they count for nothing" <<'END'
Blackout to expect: 269 ms
  kernel freezes  52.0 us   measured now
  shutdown        326 us    in the last update
  jump            268 ms    in the last update
  boot            621 us    in the last update
END

# The first is too old, and what did not come to its end, or is not to be read, is none.
rm state/history/*
earlier 1 9000000000
earlier 2 100000000
earlier 3 8000000000 's/"result":"done"/"result":"failed"/'
earlier 4 300000000
earlier 5 8000000000 's/"version":1/"version":2/'
earlier 6 8000000000 's/"jump_ns":8000000000/"jump_ns":"soon"/'
earlier 7 8000000000 's/}$//'
earlier 8 200000000
earlier 9 400000000
earlier 10 500000000 's/"shutdown_ns":[0-9]*/"shutdown_ns":null/; s/"back_ns":[0-9]*/"back_ns":null/g'
dry_run 11 "$clients"
shows "the median of the last five" <<'END'
Blackout to expect: 858 ms
  clients freeze  30.0 ms   measured now
  kernel freezes  52.0 us   measured now
  shutdown        326 us    median of the last 4 updates
  jump            300 ms    median of the last 5 updates
  boot            621 us    median of the last 4 updates
  clients return  527 ms    median of the last 4 updates
END
rm state/history/*00000000000000000000000000000009.json state/history/*-00000000000000000000000000000010.json \
	state/history/*00000000000000000000000000000001.json
earlier 10 400000000
dry_run 11 '[]'
check "of an even number, the middle" grep -qx '  jump            250 ms    median of the last 4 updates' stdout

dry_run 11 "$clients" --json
json_is /update_id ab
json_is /blackout_ns 808103853
json_is /known_ns 808103853
json_is /parts/0/name clients_freeze
json_is /parts/0/ns 30000000
json_is /parts/0/measured now
json_is /parts/0/updates 0
json_is /parts/3/name jump
json_is /parts/3/ns 250000000
json_is /parts/3/measured earlier
json_is /parts/3/updates 4
rm state/history/*
dry_run 1 "$clients" --json
json_is /blackout_ns null
json_is /known_ns 30052000
json_is /parts/5/name clients_return
json_is /parts/5/ns null
json_is /parts/5/measured null

# The kernel alone

: >"$LUO_FAKE/live"
echo normal >"$LUO_FAKE/root/sys/kernel/liveupdate/state"
printf '%s\n' 'number 1' 'result 3' 'freeze 52000' >"$LUO_FAKE/report"
earlier 1 268000000
run update --dry-run
check "without luod" test $code -eq 0
shows "the kernel says how long it took" <<'END'
Blackout to expect: 269 ms
  kernel freezes  52.0 us   measured now
  shutdown        326 us    in the last update
  jump            268 ms    in the last update
  boot            621 us    in the last update
END
printf '%s\n' 'number 1' 'result 2' 'freeze 52000' >"$LUO_FAKE/report"
run update --dry-run
check "but not by what is of another update" grep -qx '  kernel freezes  unknown   never measured here' stdout
echo stock >"$LUO_FAKE/device"
run update --dry-run
check "a stock kernel has measured nothing" test $code -eq 0 -a ! -s stdout

run update --json
expect 2 "--json without --dry-run" <<'END'
luoctl: update: --json is for what --dry-run prints.
END

done_testing
