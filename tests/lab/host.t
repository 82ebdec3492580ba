#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How lab/host ends, and that nothing of it is left then
. "$(dirname "$0")/../tap.sh"

kernel=$("$TOP/lab/kernel" 7.3 luo 2>"$work/kernel") || bail_out "no kernel: $(tail -n 1 "$work/kernel")"
# Seen from within the lab host, which has a /tmp of its own
scripts=${LUO_BUILD:-$TOP/build}/lab.$$
mark=luo_test_$$
mkdir -p "$scripts" || bail_out "no directory for scripts"
trap 'rm -rf "$work" "$scripts"' EXIT

HOST=("$TOP/lab/host" --kernel "$kernel" --append "$mark" --memory 1G --timeout 120
	--console "$work/console")

# script NAME: from standard input
script()
{
	{ echo '#!/bin/bash'; cat; } >"$scripts/$1"
	chmod +x "$scripts/$1"
}

# host NAME OPTION...
host()
{
	local name=$1
	shift
	"${HOST[@]}" --run "$scripts/$name" "$@" >"$work/out" 2>"$work/err" </dev/null
}

# ends STATUS MESSAGE SCRIPT [OPTION...]
ends()
{
	local want=$1 message=$2 status
	shift 2
	host "$@"
	status=$?
	cat "$work/out" "$work/err"
	echo "status $status"
	[ "$status" -eq "$want" ] && grep -q -- "$message" "$work/err"
}

qemu_is_there()
{
	local file
	for file in $(grep -lsa "$mark" /proc/[0-9]*/cmdline); do
		[[ $(tr '\0' ' ' 2>/dev/null <"$file") != qemu-* ]] || return 0
	done
	return 1
}

nothing_left()
{
	local i
	for i in {1..20}; do
		qemu_is_there || return 0
		sleep 0.1
	done
	echo "QEMU is still there after $i looks"
	return 1
}

# killed SIGNAL: lab/host, while a machine runs
killed()
{
	local pid i
	: >"$work/out"
	"${HOST[@]}" --run "$scripts/sleeps" >>"$work/out" 2>"$work/err" </dev/null &
	pid=$!
	for i in {1..300}; do
		! grep -qs sleeping "$work/out" || break
		sleep 0.1
	done
	qemu_is_there || { echo "there was no QEMU after $i looks"; return 1; }
	kill "-$1" "$pid"
	wait "$pid"
	nothing_left
}

script lies <<'END'
for to in /dev/kmsg /dev/console /dev/stdout /dev/stderr; do
	echo "verdict 0" >$to
done
exit 7
END
script sleeps <<'END'
echo sleeping
sleep 1000
END
script panics <<'END'
echo verdict 0 >/dev/kmsg
echo c >/proc/sysrq-trigger
sleep 1000
END
script warns <<'END'
echo "<4>WARNING: CPU: 0 PID: 1 at nowhere" >/dev/kmsg
exit 0
END
script jumps <<'END'
echo "boot $LAB_BOOT"
grep -qw "$1" /proc/cmdline || exit 8
[[ $LAB_BOOT == 1 ]] || exit "$(<"$LAB_OUT/status")"
echo 9 >"$LAB_OUT/status"
exec "$2"
END

check "the script's exit status is lab/host's, whatever it prints" ends 7 "status 7" lies
check "what it prints is on stdout" grep -q "verdict 0" "$work/out"
check "no QEMU is left" nothing_left
check "a machine that takes too long is stopped with 124" ends 124 "after 10 seconds" sleeps --timeout 10
check "no QEMU is left then" nothing_left
check "a kernel that panics gives 126" ends 126 "kernel" panics
check "a kernel that warns gives 126, though the script succeeds" ends 126 "a kernel warned" warns
check "unless warnings are allowed" host warns --allow-warnings
check "what is no kernel gives 125" ends 125 . lies --kernel "$scripts/lies"
check "a kernel that is not there gives 125" ends 125 "cannot read" lies --kernel "$work/nothing"
check "an unknown option gives 125" ends 125 "no such option" lies --frobnicate x
"${CC:-gcc}" -std=gnu11 -I "$TOP/linux/include/uapi" -I "$TOP/tests/vm" -o "$scripts/jump" \
	"$TOP/tests/compat/jump.c" "$TOP/tests/vm/vm.c" || bail_out "jump.c does not compile"
check "the output directory and the command line outlive the jump" \
	ends 9 "status 9" jumps --output "$work/share" -- "$mark" "$scripts/jump"
check "the script ran at both boots" test "$(grep -c '^boot' "$work/out")" -eq 2
script carried <<'END'
cat "$1" /run/early
[[ ! -e /run/disk/note ]] || exit 6
echo kept >/run/disk/note
sync
exec "$2"
END
# Not a program: sh reads it
printf 'echo early >/run/early\ncp %q /run/early-copy || echo lost >>/run/early\n' \
	"$scripts/file" >"$scripts/early"
echo "what was there" >"$scripts/file"
check "what is carried is there before all else, and what is written beside it outlives the jump" \
	ends 6 "status 6" carried --carry "$scripts/file" --carry /bin/cp --early "$scripts/early" \
	-- "$scripts/file" "$scripts/jump"
check "the early script ran at both boots, with what is carried" \
	test "$(tr -d '\r' <"$work/out" | tr '\n' :)" = "what was there:early:what was there:early:"
check "a file that is not there is not carried" ends 125 "cannot read" carried --carry "$work/nothing"
check "no QEMU is left when lab/host is told to stop" killed TERM
check "or killed" killed KILL
done_testing
