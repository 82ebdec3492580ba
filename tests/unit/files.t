#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Files into a session and out again, with a real keeper.
. "$(dirname "$0")/luoctl.sh"

# The process that the last run says keeps the session.
keeper() {
	sed -n 's/.*process \([0-9]*\) keeps it.*/\1/p' stderr
}

alive() { # PID: a process that ended may be waiting for its parent
	[ -n "$1" ] && grep -q '^State:	[^Z]' "/proc/$1/status" 2>/dev/null
}

gone() { # PID
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		alive "$1" || return 0
		sleep 0.1
	done
	return 1
}

jump() {
	mv "$LUO_FAKE"/outgoing/* "$LUO_FAKE/incoming/"
}

mkdir -p source/deep/er target
echo content >source/plain
head -c 3000000 /dev/urandom >source/deep/er/big
: >source/deep/empty
chmod 4751 source/plain
touch -d '2001-02-03 04:05:06.789' source/plain
truncate -s 50M source/sparse

fresh
run preserve vm1 source/plain --recursive source
expect 0 "preserve" <<'END'
1	plain
-	source/deep/empty
2	source/deep/er/big
3	source/plain
4	source/sparse
luoctl: preserve: session 'vm1' has 5 files, 55428816 bytes; process PID keeps it.
END
holder=$(keeper)
check "the keeper is alive" alive "$holder"
check "the keeper has no terminal and no other file" sh -c \
	"[ \$(ls /proc/$holder/fd | wc -l) -eq 4 ] && [ \"\$(readlink /proc/$holder/cwd)\" = / ]"
kill -HUP "$holder"
sleep 0.2
check "the keeper ignores a hangup" alive "$holder"
kill "$holder"
check "the keeper ends on request" gone "$holder"
run preserve vm1 source/plain
expect 1 "preserve under a name that is taken" <<'END'
luoctl: preserve: there is a session 'vm1' already: choose another name, or see 'luoctl sessions'.
END
jump
run retrieve vm1 target
expect 0 "retrieve" <<'END'
plain
source/deep/empty
source/deep/er/big
source/plain
source/sparse
END
check "contents" diff -r source target/source
check "mode, owner and time" test \
	"$(stat -c '%a %u %g %y' target/plain)" = "$(stat -c '%a %u %g %y' source/plain)"
check "nothing else is left" test "$(ls -A target | wc -l)" -eq 2
check "finished" grep -qx 'session finish' "$LUO_FAKE/log"

rm -rf target
mkdir target
: >target/plain
run retrieve vm1 target
expect 1 "retrieve over a file that exists" <<'END'
luoctl: retrieve: target/plain: File exists
luoctl: retrieve: session 'vm1' is not finished, process PID keeps it: 'luoctl retrieve' can be run again, and 'kill PID' gives its files up.
END
holder=$(keeper)
check "a keeper has the session" alive "$holder"
check "nothing was written" test "$(ls -A target)" = plain
rm target/plain
mv "$LUO_FAKE/incoming/vm1" "$LUO_FAKE/vm1"
run retrieve vm1 target
check "the second try gets the session from the keeper" test $code -eq 0
check "the keeper is gone" gone "$holder"

fresh
run preserve kept source/plain
kill "$(keeper)"
jump
rm -rf target
mkdir target
run retrieve --keep kept target
check "retrieve, keep" test $code -eq 0
check "written" cmp source/plain target/plain
check "kept" alive "$(keeper)"
check "not finished" test ! -e "$LUO_FAKE/log"
kill "$(keeper)"

ln -s /etc target/deep
rm -f target/plain
mkdir -p "$LUO_FAKE/incoming/link"
printf 'luoctl-index 1\0001\0000 0 644 0 0 0 0\0deep/x\0end\0' >"$LUO_FAKE/incoming/link/0"
run retrieve link target
expect 1 "no symbolic link is followed" <<'END'
luoctl: retrieve: target/deep/x: Not a directory
luoctl: retrieve: session 'link' is not finished, process PID keeps it: 'luoctl retrieve' can be run again, and 'kill PID' gives its files up.
END
kill "$(keeper)"
mkdir -p "$LUO_FAKE/incoming/evil"
printf 'luoctl-index 1\0001\0000 0 644 0 0 0 0\0../x\0end\0' >"$LUO_FAKE/incoming/evil/0"
run retrieve evil target
expect 1 "no name leads out" <<'END'
luoctl: retrieve: session 'evil' has no proper index: it was not made by 'luoctl preserve', or is damaged.
luoctl: retrieve: session 'evil' is not finished, process PID keeps it: 'luoctl retrieve' can be run again, and 'kill PID' gives its files up.
END
kill "$(keeper)"
mkdir -p "$LUO_FAKE/incoming/short"
printf 'luoctl-index 1\0001\0001 9 644 0 0 0 0\0x\0end\0' >"$LUO_FAKE/incoming/short/0"
echo 1234 >"$LUO_FAKE/incoming/short/1"
run retrieve short target
expect 1 "a file of another size" <<'END'
luoctl: retrieve: x: the session's index does not fit its files.
luoctl: retrieve: session 'short' is not finished, process PID keeps it: 'luoctl retrieve' can be run again, and 'kill PID' gives its files up.
END
kill "$(keeper)"
check "no staging directory is left" test "$(ls -A target)" = deep

fresh
"$luoctl" preserve --hold held source/plain >stdout 2>stderr &
holder=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	grep -q keeps stderr && break
	sleep 0.2
done
check "hold stays in the foreground" test "$(keeper)" = "$holder"
kill "$holder"
wait "$holder"
check "and ends on request" test $? -eq 143

run retrieve nothing target
expect 1 "retrieve what was not handed over" <<'END'
luoctl: retrieve: no session 'nothing' was handed over; see 'luoctl sessions'.
END
run retrieve nothing /nonexistent
expect 1 "retrieve to nowhere" <<'END'
luoctl: retrieve: /nonexistent: No such file or directory. Nothing was retrieved.
END
run preserve s source
expect 1 "a directory" <<'END'
luoctl: preserve: source: is a directory; use --recursive to take all in it.
END
run preserve s source/plain /dev/null
expect 1 "a device" <<'END'
luoctl: preserve: /dev/null: neither a regular file nor a directory.
END
run preserve s source/plain target/../source/plain
expect 1 "the same name twice" <<'END'
luoctl: preserve: two files would both be called 'plain'.
END
run preserve "$(printf '%064d' 0)" source/plain
expect 1 "a long session name" <<'END'
luoctl: preserve: session '0000000000000000000000000000000000000000000000000000000000000000': File name too long
END
echo 'MemAvailable: 10000 kB' >"$LUO_FAKE/root/proc/meminfo"
run preserve s source/sparse
expect 1 "more than fits into memory" <<'END'
luoctl: preserve: the files take 50 MiB of memory, and only 9 MiB are available. Nothing was preserved.
END
echo 16 >"$LUO_FAKE/fail-preserve"
run preserve s source/plain
expect 6 "preserve while frozen" <<'END'
luoctl: preserve: source/plain: the machine is frozen, and nothing can be added before the jump. Nothing was preserved.
END

done_testing
