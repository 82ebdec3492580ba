#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Files into a session and out again, with a real keeper.
. "$(dirname "$0")/luoctl.sh"

# The process that the last run says keeps the session.
keeper() {
	sed -n 's/.*process \([0-9]*\) keeps .*/\1/p' stderr
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

# What the kernel does with sessions whose last descriptor is closed.
close_unheld() {
	for session in "$LUO_FAKE"/outgoing/* "$LUO_FAKE"/taken/*; do
		find /proc/[0-9]*/fd -lname "$session" 2>/dev/null | grep -q . ||
			rm -rf "$session"
	done
}

end_keeper() {
	pid=$(keeper)
	kill "$pid" && gone "$pid"
	close_unheld
}

# SESSION CONTENT: an index that was handed over
index_of() {
	mkdir -p "$LUO_FAKE/incoming/luoctl:$1" "$LUO_FAKE/incoming/$1"
	printf "$2" >"$LUO_FAKE/incoming/luoctl:$1/0"
}

# A session 'vm1' of one file that was handed over, and an empty target
handed_over() {
	fresh
	run preserve vm1 source/plain
	jump
	end_keeper
	rm -rf target
	mkdir target
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
	"[ \$(ls /proc/$holder/fd | wc -l) -eq 5 ] && [ \"\$(readlink /proc/$holder/cwd)\" = / ]"
close_unheld
check "it holds both sessions" test -d "$LUO_FAKE/outgoing/vm1" -a \
	-d "$LUO_FAKE/outgoing/luoctl:vm1"
run sessions
expect 0 "the index is in a session of its own" <<'END'
NAME        DIRECTION  STATE      FILES
luoctl:vm1  outgoing   open       1
vm1         outgoing   open       4
END
check "the session has the files only" test ! -e "$LUO_FAKE/outgoing/vm1/0"
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
cat >expected <<'END'
take luoctl:vm1
take vm1
session finish vm1
session finish luoctl:vm1
END
check "the index is the first that is taken and the last that is finished" \
	diff -u expected "$LUO_FAKE/log"

handed_over
: >target/plain
run retrieve vm1 target
expect 1 "retrieve over a file that exists" <<'END'
luoctl: retrieve: target/plain: File exists
luoctl: retrieve: session 'vm1' is not finished, process PID keeps it: 'luoctl retrieve' can be run again, and 'kill PID' gives its files up.
END
holder=$(keeper)
close_unheld
check "a keeper has both sessions" test -d "$LUO_FAKE/taken/vm1" -a \
	-d "$LUO_FAKE/taken/luoctl:vm1"
check "it has no other file" test "$(find "/proc/$holder/fd" -type l | wc -l)" -eq 5
check "nothing was written" test "$(ls -A target)" = plain
rm target/plain
run retrieve vm1 target
check "the second try gets the sessions from the keeper" test $code -eq 0
check "written" cmp source/plain target/plain
check "the keeper is gone" gone "$holder"

handed_over
run retrieve --keep vm1 target
check "retrieve, keep" test $code -eq 0
check "written" cmp source/plain target/plain
check "kept" alive "$(keeper)"
check "not finished" sh -c '! grep -q finish "$1"' sh "$LUO_FAKE/log"
end_keeper

# Whose session is it? Without an index it stays where it is.
fresh
mkdir -p "$LUO_FAKE/incoming/systemd"
echo '{}' >"$LUO_FAKE/incoming/systemd/0"
run retrieve systemd target
expect 1 "a session that somebody else made" <<'END'
luoctl: retrieve: session 'systemd' has no index: it was not made by 'luoctl preserve', or its index was given up. It was not touched.
END
check "it was not taken" test ! -e "$LUO_FAKE/log"
index_of evil 'luoctl-index 1\0001\0000 0 644 0 0 0 0\0../x\0end\0'
run retrieve evil target
expect 1 "no name leads out" <<'END'
luoctl: retrieve: session 'evil' has no proper index: it was not made by 'luoctl preserve', or is damaged. It was not touched.
luoctl: retrieve: process PID keeps the index of session 'evil': 'luoctl retrieve' can be run again, and 'kill PID' gives the index up.
END
first=$(keeper)
check "only the index was taken" test "$(cat "$LUO_FAKE/log")" = 'take luoctl:evil'
run retrieve evil target
check "a second try says the same" sh -c \
	"[ $code -eq 1 ] && grep -q 'no proper index' stderr"
check "and has one keeper for another" gone "$first"
end_keeper
index_of unfilled ''
rm "$LUO_FAKE/incoming/luoctl:unfilled/0"
run retrieve unfilled target
check "an index that was not written any more" grep -q 'no proper index.*not touched' stderr
end_keeper

index_of late 'luoctl-index 1\0001\0000 0 644 0 0 0 0\0late\0end\0'
echo 12 >"$LUO_FAKE/fail-take-late"
run retrieve late target
expect 1 "the index is there, the session cannot be taken" <<'END'
luoctl: retrieve: session 'late': Cannot allocate memory
luoctl: retrieve: process PID keeps the index of session 'late': 'luoctl retrieve' can be run again, and 'kill PID' gives the index up.
END
first=$(keeper)
close_unheld
check "the index is kept" test -s "$LUO_FAKE/taken/luoctl:late/0"
rm "$LUO_FAKE/fail-take-late"
run retrieve late target
check "the next try has it from the keeper" test $code -eq 0 -a -e target/late
check "no keeper is left" gone "$first"
index_of gone 'luoctl-index 1\0000\000end\0'
rmdir "$LUO_FAKE/incoming/gone"
run retrieve gone target
expect 1 "an index without its session" <<'END'
luoctl: retrieve: session 'gone': only its index is here. Another program has finished it, or it was not handed over.
luoctl: retrieve: process PID keeps the index of session 'gone': 'luoctl retrieve' can be run again, and 'kill PID' gives the index up.
END
end_keeper
mv "$LUO_FAKE/incoming/systemd" "$LUO_FAKE/taken/luoctl:other"
run retrieve other target
expect 1 "an index that somebody else has" <<'END'
luoctl: retrieve: session 'luoctl:other': another program has taken it back already.
END
echo stock >"$LUO_FAKE/device"
run retrieve nothing target
expect 1 "no index, where sessions cannot be listed" <<'END'
luoctl: retrieve: no session 'nothing' of 'luoctl preserve' was handed over.
END

# Wherever it ends, nothing is lost, and the next run knows.
handed_over
: >"$LUO_FAKE/kill-retrieve-vm1"
run retrieve vm1 target
check "killed when the first file is read" test $code -eq 137
close_unheld
run retrieve vm1 target
check "the next run retrieves" test $code -eq 0
check "written" cmp source/plain target/plain

handed_over
: >"$LUO_FAKE/kill-session-finish-vm1"
run retrieve vm1 target
check "killed between the two finishes" test $code -eq 137
check "written" cmp source/plain target/plain
close_unheld
mkdir elsewhere
run retrieve vm1 elsewhere
expect 1 "the next run says so" <<'END'
luoctl: retrieve: session 'vm1' is finished already, by 'luoctl retrieve' when its files were on disk, or by 'luoctl finish'.
END
check "finishes the index" test "$(tail -n 1 "$LUO_FAKE/log")" = 'session finish luoctl:vm1'
sleep 0.3
close_unheld
check "and ends the keeper" test ! -e "$LUO_FAKE/taken/luoctl:vm1"

handed_over
: >"$LUO_FAKE/kill-session-finish-luoctl:vm1"
run retrieve vm1 target
check "killed after the last finish" test $code -eq 137
run retrieve vm1 elsewhere
check "the next run says so" grep -q 'finished already' stderr
sleep 0.3
close_unheld
run retrieve vm1 elsewhere
check "once" grep -q "no session 'vm1' was handed over" stderr

handed_over
: >"$LUO_FAKE/kill-take-luoctl:vm1"
run retrieve vm1 target
expect 1 "the keeper dies with nothing but the index" <<'END'
luoctl: retrieve: the process that was to keep the sessions was killed.
END
close_unheld
run retrieve vm1 target
check "the files were not touched" grep -q 'has no index.*not touched' stderr
check "and wait" cmp source/plain "$LUO_FAKE/incoming/vm1/1"

handed_over
echo 16 >"$LUO_FAKE/fail-session-finish-vm1"
run retrieve vm1 target
expect 4 "a session that cannot be finished" <<'END'
plain
luoctl: retrieve: the files are written, but the session cannot be finished: Device or resource busy
luoctl: retrieve: session 'vm1' is not finished, process PID keeps it: 'luoctl retrieve' can be run again, and 'kill PID' gives its files up.
END
check "its index is not finished" test -s "$LUO_FAKE/taken/luoctl:vm1/0"
end_keeper
handed_over
echo 16 >"$LUO_FAKE/fail-session-finish-luoctl:vm1"
run retrieve vm1 target
expect 4 "an index that cannot be finished" <<'END'
plain
luoctl: retrieve: session 'luoctl:vm1' cannot be finished: Device or resource busy. Process PID keeps it: 'luoctl retrieve' can be run again, and 'kill PID' gives it up.
END
rm "$LUO_FAKE/fail-session-finish-luoctl:vm1"
run retrieve vm1 elsewhere
check "the next run finishes it" test "$(tail -n 1 "$LUO_FAKE/log")" = \
	'session finish luoctl:vm1'

fresh
rm -rf target
mkdir target
ln -s /etc target/deep
index_of link 'luoctl-index 1\0001\0000 0 644 0 0 0 0\0deep/x\0end\0'
run retrieve link target
expect 1 "no symbolic link is followed" <<'END'
luoctl: retrieve: target/deep/x: Not a directory
luoctl: retrieve: session 'link' is not finished, process PID keeps it: 'luoctl retrieve' can be run again, and 'kill PID' gives its files up.
END
end_keeper
index_of short 'luoctl-index 1\0001\0001 9 644 0 0 0 0\0x\0end\0'
echo 1234 >"$LUO_FAKE/incoming/short/1"
run retrieve short target
expect 1 "a file of another size" <<'END'
luoctl: retrieve: x: the session's index does not fit its files.
luoctl: retrieve: session 'short' is not finished, process PID keeps it: 'luoctl retrieve' can be run again, and 'kill PID' gives its files up.
END
end_keeper
index_of less 'luoctl-index 1\0001\0001 9 644 0 0 0 0\0x\0end\0'
run retrieve less target
expect 1 "a file that is not there" <<'END'
luoctl: retrieve: x: the session's index does not fit its files.
luoctl: retrieve: session 'less' is not finished, process PID keeps it: 'luoctl retrieve' can be run again, and 'kill PID' gives its files up.
END
end_keeper
check "no staging directory is left" test "$(ls -A target)" = deep

# Both sessions or none
for failure in create-s create-luoctl:s preserve-s preserve-luoctl:s; do
	fresh
	echo 12 >"$LUO_FAKE/fail-$failure"
	run preserve s source/plain
	close_unheld
	check "nothing is left after the failure of $failure" test $code -eq 1 -a \
		-z "$(ls "$LUO_FAKE/outgoing")"
done
mkdir "$LUO_FAKE/outgoing/luoctl:s"
rm "$LUO_FAKE"/fail-*
run preserve s source/plain
expect 1 "a session of the index's name" <<'END'
luoctl: preserve: there is a session 'luoctl:s' already: choose another name, or see 'luoctl sessions'.
END
close_unheld
check "nothing is left" test -z "$(ls "$LUO_FAKE/outgoing")"
longest=$(printf '%056d' 0)
run preserve "$longest" source/plain
check "the longest name" test $code -eq 0 -a -d "$LUO_FAKE/outgoing/luoctl:$longest"
jump
end_keeper
run retrieve "$longest" target
check "is retrieved" cmp source/plain target/plain

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
for verb in preserve retrieve; do
	run $verb "${longest}0" source
	expect 2 "$verb: a long session name" <<-END
	luoctl: $verb: the name of a session has 1 to 56 bytes here, '${longest}0' has 57.
	END
	run $verb '' source
	check "$verb: no session name" test $code -eq 2
	run $verb luoctl:s source
	expect 2 "$verb: the name of an index" <<-END
	luoctl: $verb: 'luoctl:s': names with 'luoctl:' are for the indexes of sessions.
	END
done
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
