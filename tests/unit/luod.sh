# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests of luod itself, which runs on a kernel played by a directory.

. "$(dirname "$0")/../unit/luoctl.sh"

luod=$LUO_BUILD/tests/unit/luod-fake
socket=run/liveupdate.sock
: >luod.log
LUOD=
# Whoever connects as somebody else comes by here.
chmod 755 "$work"

# The process that keeps sessions after a jump, if there is one.
keeper() {
	[ -f run/update.json ] && sed 's/.*"keeper":\([0-9]*\).*/\1/' run/update.json
}

clean_up() {
	[ ! "$LUOD" ] || kill -KILL "$LUOD" 2>/dev/null
	k=$(keeper) && kill -KILL "$k" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# A machine on which nothing runs yet, and a kernel is loaded.
fresh_machine() {
	fresh
	: >"$LUO_FAKE/live"
	echo 1 >"$LUO_FAKE/root/sys/kernel/kexec_loaded"
	k=$(keeper) && kill -KILL "$k" 2>/dev/null
	rm -rf run state
}

# At rest there are always as many, but for a clock that is opened when it is needed.
count_fds() {
	find "/proc/$LUOD/fd" -mindepth 1 ! -lname '*timerfd*' | wc -l
}

# A luod with the configuration of standard input, once it listens.
start_luod() {
	cat >luod.conf
	rm -f "$socket"
	"$luod" -v -c luod.conf >>luod.log 2>&1 &
	LUOD=$!
	export LUOD
	while [ ! -S "$socket" ] && kill -0 $LUOD 2>/dev/null; do
		sleep 0.01
	done
	[ -S "$socket" ] || {
		sed 's/^/# /' luod.log
		bail_out "luod does not start"
	}
	# Once it answers it has all it needs, and one connection.
	cat >script <<END
somebody connect
somebody > {"cmd":"STATUS"}
somebody < {"reply":"STATUS","ok":true,*
! find /proc/$LUOD/fd -mindepth 1 ! -lname '*timerfd*' | wc -l >fds
END
	"$LUO_BUILD/tests/unit/talk" "$socket" <script || bail_out "luod does not answer"
	fds=$(($(cat fds) - 1))
	is_at_rest || bail_out "luod keeps a connection that has ended"
}

is_at_rest() {
	for _ in $(seq 200); do
		[ "$(count_fds)" -eq "$fds" ] && return
		sleep 0.02
	done
	echo "it has $(count_fds) descriptors, and had $fds:"
	ls -l /proc/"$LUOD"/fd
	return 1
}

# Ended by SIGTERM, or after a jump: without a word from a sanitizer.
ends_well() {
	wait "$LUOD"
	status=$?
	[ $status -eq 0 ] && ! grep -E 'runtime error|Sanitizer' luod.log && return
	echo "status $status"
	tail -n 40 luod.log
	return 1
}

stop_luod() {
	check "luod has let go of every descriptor" is_at_rest
	kill -TERM "$LUOD"
	check "luod ends with status 0 and no leak" ends_well
	LUOD=
	: >luod.log
}

# play NAME: what those do and hear who connect, as the file 'script' has it
play() {
	check "$1" "$LUO_BUILD/tests/unit/talk" "$socket" <script
}

# Parts of scripts.
subscribe() { # NAME...
	for name; do
		cat <<END
$name connect
$name > {"cmd":"SUBSCRIBE","id":1,"name":"$name"}
$name < {"reply":"SUBSCRIBE","id":1,"ok":true,"version":1,"state":"normal"}
END
	done
}

# shellcheck disable=SC2120 # not every test has members
update() { # [MEMBERS]
	cat <<END
op connect
op > {"cmd":"UPDATE","id":9,${1-\"dry_run\":true}}
END
}

watch() {
	cat <<'END'
w connect
w > {"cmd":"WATCH"}
w << {"event":"PHASE","phase":"idle",*
END
}

preserving() { # NAME...
	for name; do
		cat <<END
$name < {"cmd":"START_PRESERVATION","session":"$name","fds":1,"update_id":"*","deadline_ms":*}
$name session
END
	done
}

says() { # WORD NAME...
	word=$1
	shift
	for name; do
		echo "$name > {\"cmd\":\"$word\"}"
	done
}

freezing() { # NAME...
	for name; do
		echo "$name < {\"cmd\":\"FREEZE\",\"update_id\":\"*\",\"deadline_ms\":*}"
	done
}

cancelled() { # REASON CULPRIT NAME...
	reason=$1
	culprit=$2
	shift 2
	for name; do
		cat <<END
$name < {"cmd":"CANCEL","reason":"$reason","culprit":"$culprit","update_id":"*","deadline_ms":*}
$name drop
$name > {"cmd":"CANCELLED"}
END
	done
}

result_is() { # OK CULPRIT [ERROR TEXT]
	error=
	[ "$1" = true ] || error=",\"error\":{*\"name\":\"$3\",\"text\":\"$4\"}"
	echo "op << {\"reply\":\"UPDATE\",\"id\":9,\"ok\":$1,*,\"culprit\":\"$2\"$error}"
}
