#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# 'luoctl metrics': what it says, that Prometheus can read it, and where it goes.
. "$(dirname "$0")/luoctl.sh"

promtool=$(command -v promtool || :)

# What Prometheus' own checker says of the last run, which is nothing.
is_read() { # NAME
	if [ "$promtool" ]; then
		check "Prometheus reads it: $1" sh -c \
			'"$1" check metrics <"$2" >said 2>&1 && test ! -s said || { cat said; false; }' \
			sh "$promtool" stdout
	else
		count=$((count + 1))
		echo "ok $count - Prometheus reads it: $1 # SKIP there is no promtool"
	fi
}

says() { # LINE
	check "$1" grep -Fqx "$1" stdout
}

sysfs() { # NAME VALUE
	echo "$2" >"$LUO_FAKE/root/sys/kernel/liveupdate/$1"
}

fresh
run metrics
check "nothing but a kernel" test $code -eq 0
is_read "nothing but a kernel"
says 'luo_luod_up 0'
says 'luo_updates_total 0'
says 'luo_history_updates{result="done"} 0'
says 'luo_blackout_seconds_bucket{le="+Inf"} 0'
says 'luo_participants 0'
check "no last update" sh -c '! grep -q luo_last_update "$0"' stdout

sysfs state prepared
sysfs number 4
sysfs preserved_bytes 17179869184
sysfs preserving_bytes 4096
printf '%s\n' '0 sessions' '1 nic' >"$LUO_FAKE/participants"
mkdir -p state/history
cp "$here/expect/record-cancelled.json" state/history/00000041-x-ab.json
cp "$here/expect/record-done.json" state/history/00000042-x-cd.json
cp "$here/expect/record-old.json" state/history/00000040-x-ef.json
with_luod metrics <<'END'
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"normal","phase":"idle","pid":812,"clients":3}
END
check "all there is" test $code -eq 0
is_read "all there is"
says 'luo_state{state="normal"} 0'
says 'luo_state{state="prepared"} 1'
says 'luo_kernel_updates_total 4'
says 'luo_preserved_bytes 17179869184'
says 'luo_preserving_bytes 4096'
says 'luo_participants 2'
says 'luo_luod_up 1'
says 'luo_clients 3'
says 'luo_updates_total 42'
says 'luo_history_updates{result="done"} 2'
says 'luo_history_updates{result="cancelled"} 1'
says 'luo_history_updates{result="dry_run"} 0'
says 'luo_blackout_seconds_bucket{le="0.25"} 0'
says 'luo_blackout_seconds_bucket{le="0.5"} 1'
says 'luo_blackout_seconds_bucket{le="1"} 2'
says 'luo_blackout_seconds_bucket{le="+Inf"} 2'
says 'luo_blackout_seconds_count 2'
says 'luo_last_update_timestamp_seconds 1795421215'
check "the sum" grep -qE '^luo_blackout_seconds_sum 1\.0944552[0-9]*$' stdout
check "a client's" grep -qE \
	'^luo_last_update_client_blackout_seconds\{client="qemu:vm-2"\} 0\.826104[0-9]*$' stdout

# A kernel without states: luod's.
rm "$LUO_FAKE"/root/sys/kernel/liveupdate/*
echo stock >"$LUO_FAKE/device"
with_luod metrics <<'END'
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"frozen","phase":"jumping","pid":812,"clients":0}
END
is_read "a stock kernel"
says 'luo_state{state="frozen"} 1'
check "no participants" sh -c '! grep -q luo_participants "$0"' stdout

# Names from anywhere.
cat >state/history/00000043-x-aa.json <<'END'
{"update_id":"ab","number":43,"result":"done","prepare_ns":0,"clients":[{"name":"a\"b\\c\nd\u001b","blackout_ns":61000000000},
{"name":"twice","blackout_ns":1},{"name":"twice","blackout_ns":2}]}
END
run metrics
is_read "hostile names"
check "escaped" grep -qF '{client="a\"b\\c\nd' stdout
check "one value each" test "$(grep -c 'client="twice"' stdout)" -eq 1
says 'luo_blackout_seconds_bucket{le="60"} 2'
says 'luo_blackout_seconds_bucket{le="+Inf"} 3'
echo '{' >state/history/00000044-x-aa.json
run metrics
check "one that cannot be read is left out" test "$code $(grep -c 'not a record' stderr)" = "0 1"
is_read "one that cannot be read"

# A file.
run metrics --output luo.prom
check "to a file" test "$code $(wc -c <stdout)" = "0 0"
cp luo.prom stdout
is_read "a file"
check "that others may read" test "$(stat -c %a luo.prom)" = "$(printf %o $((0666 & ~0$(umask))))"
check "and nothing beside it" sh -c 'test $# = 1' sh luo.prom*
(ulimit -f 1; trap '' XFSZ; "$luoctl" metrics -o luo.prom >/dev/null 2>&1)
check "a full disk leaves the one before" cmp luo.prom stdout
check "and nothing beside it" sh -c 'test $# = 1' sh luo.prom*
run metrics --output none/luo.prom
check "no directory" test $code -eq 1

done_testing
