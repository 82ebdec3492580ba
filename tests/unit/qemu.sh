# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests of luo-qemu with a real QEMU: the kernel is played by a directory,
# luod by a script that is written as it goes, and a jump by a copy of what would stay.

. "$(dirname "$0")/luoctl.sh"

agent_bin=$LUO_BUILD/tests/unit/luo-qemu-fake
command -v qemu-system-x86_64 >/dev/null || {
	echo "1..0 # SKIP no qemu-system-x86_64"
	exit 0
}

# The guest: a boot sector that writes A to Z on its serial line, again and again. The
# letter is in a register and in memory, and where the two differ it writes '!'. What
# it has written tells whether it went on where it was, and whether it ran twice.
make_guest() {
	printf '\061\300\216\330\272\370\003\263\101\210\036\000\200' >boot
	printf '\146\271\000\000\004\000\146\111\165\374\240\000\200\070\330\164\002\260\041' >>boot
	printf '\356\376\303\200\373\133\165\002\263\101\210\036\000\200\353\335' >>boot
	head -c $((510 - $(wc -c <boot))) /dev/zero >>boot
	printf '\125\252' >>boot
	head -c 1048064 /dev/zero >>boot
	: >serial
}

# QEMU, which waits as long as there is a file 'hold' when something is to come in, and
# dies where there is one 'die'. 'monitor COMMAND' is another monitor than the agent's.
make_qemu() {
	cat >qemu <<'END'
#!/bin/sh
case " $* " in
*" -incoming "*)
	while [ -e hold ]; do
		sleep 0.02
	done
	if [ -e die ]; then
		[ "$(cat die)" = always ] || rm die
		kill -9 $$
	fi
	;;
esac
exec qemu-system-x86_64 "$@"
END
	chmod +x qemu
	rm -f hold die monitor.in monitor.out
	mkfifo monitor.in monitor.out
}

guest_arguments="./qemu -accel tcg -M pc -nodefaults -display none
	-drive file=boot,format=raw,if=ide
	-chardev pipe,id=other,path=monitor -mon chardev=other
	-chardev file,id=out,path=serial,append=on -serial chardev:out"

monitor() {
	echo "$*" >monitor.in
	# What it says is not waited for, and must not fill the pipe.
	timeout 0.3 cat monitor.out >monitor-said
	:
}

# luod, which does what is said to it.
start_luod() {
	rm -f luod.sock luod.in
	mkfifo luod.in
	"$LUO_BUILD/tests/unit/fake_luod" luod.sock <luod.in 2>luod-errors &
	luod=$!
	exec 7>luod.in
	until [ -S luod.sock ]; do
		sleep 0.01
	done
}

end_luod() {
	exec 7>&-
	[ -z "$luod" ] || wait $luod 2>/dev/null
	luod=
	rm -f luod.sock
}

# Its lines, from standard input; returns once it has come to the end of them.
luod() {
	rm -f mark
	{
		cat
		echo mark mark
	} >lines
	kill -0 $luod 2>/dev/null && cat lines >&7
	while [ ! -e mark ]; do
		if ! kill -0 $luod 2>/dev/null; then
			cat luod-errors
			return 1
		fi
		sleep 0.01
	done
}

# A new agent asks first whether something came over.
starts() {
	luod <<END
accept
< {"cmd":"CLAIM","name":"qemu:vm"}
> {"reply":"CLAIM","ok":false,"error":{"number":2,"name":"ENOENT","text":"no"}}
< {"cmd":"SUBSCRIBE","name":"qemu:vm","version":1}
> {"reply":"SUBSCRIBE","ok":true,"version":1,"state":"normal"}
END
}

preserves() {
	mkdir -p "$LUO_FAKE/outgoing/qemu:vm" || return
	luod <<END
give $LUO_FAKE/outgoing/qemu:vm {"cmd":"START_PRESERVATION","session":"qemu:vm","fds":1,"deadline_ms":60000}
< {"cmd":"READY"}
END
}

freezes() {
	luod <<END
> {"cmd":"FREEZE","deadline_ms":10000}
< {"cmd":"FROZEN"}
END
}

cancels() {
	luod <<END
> {"cmd":"CANCEL","reason":"no"}
< {"cmd":"CANCELLED"}
END
	rm -rf "$LUO_FAKE/outgoing/qemu:vm"
}

# run_agent VERB...: in the background; $agent is its process.
run_agent() {
	# shellcheck disable=SC2086
	"$agent_bin" "$@" 2>>agent-errors 7>&- &
	agent=$!
}

# start_guest [ARGUMENT...]
# shellcheck disable=SC2120 # in one test or the other none
start_guest() {
	# shellcheck disable=SC2086
	run_agent run vm --memory 16M --state-size 32M -- $guest_arguments "$@"
}

qemu_pid() {
	"$LUO_BUILD/tests/unit/json" /pid <run/vm/state.json 2>/dev/null
}

phase_is() { # PHASE: within a few seconds
	for _ in $(seq 500); do
		[ "$("$LUO_BUILD/tests/unit/json" /phase <run/vm/state.json 2>/dev/null)" = "$1" ] &&
			return
		sleep 0.02
	done
	return 1
}

# The guest writes more than it has.
runs() {
	size=$(wc -c <serial)
	for _ in $(seq 500); do
		[ "$(wc -c <serial)" -gt $((size + 20)) ] && return
		sleep 0.02
	done
	return 1
}

stands() {
	sleep 0.2
	size=$(wc -c <serial)
	sleep 0.3
	[ "$(wc -c <serial)" -eq "$size" ]
}

# All that was written is one alphabet after the other, without a letter too many.
is_one_life() {
	alphabet=ABCDEFGHIJKLMNOPQRSTUVWXYZ
	cp serial written
	yes $alphabet | tr -d '\n' | head -c "$(wc -c <written)" | cmp - written
}

ended() { # PID
	for _ in $(seq 500); do
		kill -0 "$1" 2>/dev/null || return 0
		case $(cut -d ' ' -f 3 "/proc/$1/stat" 2>/dev/null) in Z | '') return 0 ;; esac
		sleep 0.02
	done
	return 1
}

agent_ends() { # STATUS
	wait $agent
	[ $? -eq "$1" ]
}

kill_agent() {
	kill -9 $agent
	wait $agent 2>/dev/null
	:
}

kill_qemu() {
	pid=$(qemu_pid)
	kill -9 "$pid" && ended "$pid"
}

# memfd_of NAME: where the agent has it
memfd_of() {
	for fd in /proc/$agent/fd/*; do
		case $(readlink "$fd") in "/memfd:$1 (deleted)") echo "$fd" ;; esac
	done
}

# Nothing is left but the session, with the memory files as they are now.
jump() {
	session="$LUO_FAKE/taken/qemu:vm"
	rm -rf "$session" "$LUO_FAKE/outgoing/qemu:vm"
	mkdir -p "$session"
	cp "$(memfd_of luo-qemu-description)" "$session/0" &&
		cp "$(memfd_of vm)" "$session/1" &&
		cp "$(memfd_of luo-qemu-state)" "$session/2" || return
	rm -rf saved-session
	cp -r "$session" saved-session
	kill_agent
	kill_qemu
	end_luod
	rm -rf run
	start_luod
}

# What an agent says that finds its guest, which went on, or was frozen.
subscribes() {
	luod <<END
accept
< {"cmd":"SUBSCRIBE","name":"qemu:vm","version":1}
> {"reply":"SUBSCRIBE","ok":true,"version":1,"state":"normal"}
END
}

# vetoes PATTERN: with such a reason, instead of being ready
vetoes() {
	mkdir -p "$LUO_FAKE/outgoing/qemu:vm" || return
	luod <<END
give $LUO_FAKE/outgoing/qemu:vm {"cmd":"START_PRESERVATION","session":"qemu:vm","fds":1,"deadline_ms":60000}
< {"cmd":"VETO","reason":"$1"}
> {"cmd":"CANCEL","reason":"no"}
< {"cmd":"CANCELLED"}
END
	rm -rf "$LUO_FAKE/outgoing/qemu:vm"
}

claims() {
	luod <<END
accept
< {"cmd":"CLAIM","name":"qemu:vm"}
give $LUO_FAKE/taken/qemu:vm {"reply":"CLAIM","ok":true,"name":"qemu:vm","fds":1}
END
}

restored() {
	luod <<END
< {"cmd":"RESTORED","name":"qemu:vm"*
> {"reply":"RESTORED","ok":true}
< {"cmd":"SUBSCRIBE","name":"qemu:vm","version":1}
> {"reply":"SUBSCRIBE","ok":true,"version":1,"state":"normal"}
END
}

# fails PATTERN: luod is told that it cannot be restored
fails() {
	luod <<END
< {"cmd":"FAILED","name":"qemu:vm","reason":"$1"}
> {"reply":"FAILED","ok":true}
END
}

# luod has nothing of that name any more.
finds_nothing() {
	luod <<END
accept
< {"cmd":"CLAIM","name":"qemu:vm"}
> {"reply":"CLAIM","ok":false,"error":{"number":2,"name":"ENOENT","text":"no"}}
END
}

# Whatever is left of a case, before the next one.
clean_up() {
	[ -z "$agent" ] || kill -9 $agent 2>/dev/null
	[ ! -e run/vm/state.json ] || kill -9 "$(qemu_pid)" 2>/dev/null
	[ -z "$agent" ] || wait $agent 2>/dev/null
	agent=
	end_luod
	rm -rf run agent-errors saved-session
}

new_case() {
	clean_up
	fresh
	make_guest
	make_qemu
	: >agent-errors
	start_luod
}

agent=
luod=
trap 'clean_up 2>/dev/null; rm -rf "$work"' EXIT
