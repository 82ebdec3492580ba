#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The agent, QEMU, luod, or several of them are killed: the guest is not lost, does not run
# twice, and never goes on from a state that is older than its memory.
. "$(dirname "$0")/qemu.sh"

# The agent, while nothing is under way.
new_case
start_guest
check "subscribes" starts
qemu=$(qemu_pid)
"$agent_bin" run vm -- true >second 2>&1
check "a second agent is refused" test $? -eq 1
check "and says why" grep -q 'vm: has an agent already' second
kill_agent
check "the guest runs on without its agent" runs
run_agent attach vm
check "another takes over" subscribes
check "the same QEMU" test "$qemu" = "$(qemu_pid)"
kill_agent
start_guest
check "'run' takes over, too" subscribes
check "the same QEMU" test "$qemu" = "$(qemu_pid)"
check "the guest has not noticed" is_one_life
check "preserves" preserves
check "freezes" freezes
check "cancels" cancels
check "goes on" runs

# The agent, during an update.
check "preserves" preserves
kill_agent
rm -rf "$LUO_FAKE/outgoing/qemu:vm"
check "the guest runs on when its agent dies while it is ready" runs
run_agent attach vm
check "another takes over" subscribes
check "preserves" preserves
check "freezes" freezes
kill_agent
check "stands still when its agent dies while it is frozen" stands
run_agent attach vm
luod <<END
accept
< {"cmd":"SUBSCRIBE","name":"qemu:vm","version":1}
> {"reply":"SUBSCRIBE","ok":false,"error":{"number":16,"name":"EBUSY","text":"an update"}}
END
check "another waits until nobody will jump" stands
luod <<END
< {"cmd":"SUBSCRIBE","name":"qemu:vm","version":1}
> {"reply":"SUBSCRIBE","ok":true,"version":1,"state":"normal"}
END
check "goes on" runs
check "as before" is_one_life
check "is running" phase_is running

# luod, with a guest that is frozen.
rm -rf "$LUO_FAKE/outgoing/qemu:vm"
check "preserves" preserves
check "freezes" freezes
end_luod
mkdir -p "$LUO_FAKE/root/sys/kernel/liveupdate"
echo prepared >"$LUO_FAKE/root/sys/kernel/liveupdate/state"
sleep 6
check "without luod, and the kernel prepared, it stands still" stands
start_luod
check "luod is back" subscribes
check "goes on" runs
rm -rf "$LUO_FAKE/outgoing/qemu:vm"
check "preserves" preserves
check "freezes" freezes
end_luod
echo normal >"$LUO_FAKE/root/sys/kernel/liveupdate/state"
check "without luod for long, and the kernel as always, it goes on" runs
check "as before" is_one_life
rm "$LUO_FAKE/root/sys/kernel/liveupdate/state"
start_luod
check "luod is back" subscribes

# While it is preserved, which may take long.
new_case
start_guest
check "subscribes" starts
touch "$LUO_FAKE/hold-preserve"
mkdir -p "$LUO_FAKE/outgoing/qemu:vm" "$LUO_FAKE/root/sys/kernel/liveupdate"
echo 1000 >"$LUO_FAKE/root/sys/kernel/liveupdate/preserved_bytes"
echo 5000 >"$LUO_FAKE/root/sys/kernel/liveupdate/preserving_bytes"
luod <<END
give $LUO_FAKE/outgoing/qemu:vm {"cmd":"START_PRESERVATION","session":"qemu:vm","fds":1,"deadline_ms":60000}
< {"cmd":"PROGRESS","done":1000,"total":6000}
< {"cmd":"PROGRESS","done":1000,"total":6000}
END
check "tells how far it is" test $? -eq 0
check "runs meanwhile" runs
luod <<END
> {"cmd":"CANCEL","reason":"no"}
pass {"cmd":"PROGRESS"*
< {"cmd":"CANCELLED"}
pass
END
check "can be cancelled" test $? -eq 0
only_qemu() {
	[ "$(cat /proc/$agent/task/$agent/children)" = "$(qemu_pid) " ]
}
check "nobody is at it any more" only_qemu
rm -rf "$LUO_FAKE/outgoing/qemu:vm"
mkdir -p "$LUO_FAKE/outgoing/qemu:vm"
luod <<END
give $LUO_FAKE/outgoing/qemu:vm {"cmd":"START_PRESERVATION","session":"qemu:vm","fds":1,"deadline_ms":60000}
< {"cmd":"PROGRESS","done":1000,"total":6000}
END
children=$(cat /proc/$agent/task/$agent/children)
kill_agent
for child in $children; do
	[ "$child" = "$(qemu_pid)" ] ||
		check "with the agent goes who was at it" ended "$child"
done
check "runs on" runs
rm "$LUO_FAKE/hold-preserve" "$LUO_FAKE/root/sys/kernel/liveupdate/preserving_bytes"
rm -rf "$LUO_FAKE/outgoing/qemu:vm"
run_agent attach vm
check "another agent takes over" subscribes
check "preserves" preserves
check "cancels" cancels
check "as before" is_one_life

# QEMU, with its state saved.
rm -rf "$LUO_FAKE/outgoing/qemu:vm"
check "preserves" preserves
check "freezes" freezes
check "QEMU is killed" kill_qemu
check "nothing to be heard of it" kill -0 $agent
check "cancels" cancels
check "is built anew, and goes on" runs
check "where it was" is_one_life
check "preserves" preserves
check "freezes" freezes
check "QEMU is killed again" kill_qemu
check "jumps" jump
run_agent resume vm
check "claims" claims
check "is restored" restored
check "goes on all the same" runs
check "where it was" is_one_life
kill_qemu
check "QEMU is killed when it runs: the agent's status" agent_ends 137
check "leaves nothing" test ! -e run/vm/state.json

# Both, with its state saved.
new_case
start_guest
check "subscribes" starts
check "preserves" preserves
check "freezes" freezes
kill_agent
kill_qemu
run_agent attach vm
check "with both gone the guest is" agent_ends 1
check "and this is said" grep -q 'vm: QEMU has ended while it was stopped' agent-errors

# After a jump.
frozen_and_jumped() {
	new_case
	start_guest
	starts && runs && preserves && freezes && jump
}

check "jumps" frozen_and_jumped
touch "$LUO_FAKE/kill-retrieve-qemu:vm"
run_agent resume vm
check "claims" claims
check "the agent dies while it retrieves" agent_ends 137
run_agent resume vm
check "another claims" claims
check "is restored" restored
check "goes on" runs
check "where it was" is_one_life

check "jumps" frozen_and_jumped
touch hold
run_agent resume vm
check "claims" claims
check "QEMU has been started" phase_is incoming
qemu=$(qemu_pid)
kill_agent
rm hold
run_agent resume vm
check "another claims" claims
check "is restored" restored
check "the first QEMU is gone" ended "$qemu"
check "goes on" runs
check "where it was" is_one_life

check "jumps" frozen_and_jumped
echo once >die
run_agent resume vm
check "claims" claims
check "QEMU dies, and another one is restored" restored
check "goes on" runs
check "where it was" is_one_life

check "jumps" frozen_and_jumped
echo always >die
run_agent resume vm
check "claims" claims
check "QEMU always dies: failed" fails "*QEMU has ended at once*"
check "its status" agent_ends 1
rm die
run_agent resume vm
check "is claimed again" claims
check "is restored" restored
check "goes on" runs
check "where it was" is_one_life

# After it went on, and before luod knows.
frozen_jumped_and_resumed() {
	frozen_and_jumped && run_agent resume vm && claims && runs
}

check "goes on after a jump, and luod has not answered" frozen_jumped_and_resumed
check "is resumed" phase_is resumed
qemu=$(qemu_pid)
kill_agent
run_agent resume vm
check "another agent claims" claims
check "is restored" restored
check "the same QEMU" test "$qemu" = "$(qemu_pid)"
check "goes on" runs
check "did not run twice" is_one_life

check "goes on after a jump, and luod has not answered" frozen_jumped_and_resumed
end_luod
start_luod
check "luod dies: the same agent claims again" claims
check "is restored" restored
check "did not run twice" is_one_life

check "goes on after a jump, and luod has not answered" frozen_jumped_and_resumed
kill_agent
kill_qemu
cp -r saved-session/* "$LUO_FAKE/taken/qemu:vm/"
size=$(wc -c <serial)
run_agent resume vm
check "both have died: the session is claimed" claims
luod <<END
< {"cmd":"RESTORED","name":"qemu:vm"}
> {"reply":"RESTORED","ok":true}
END
check "only to be finished" test -z "$(ls "$LUO_FAKE/taken/qemu:vm")"
luod <<END
< {"cmd":"CLAIM","name":"qemu:vm"}
> {"reply":"CLAIM","ok":false,"error":{"number":2,"name":"ENOENT","text":"no"}}
END
check "its status" agent_ends 1
check "the old state was not gone on from" test "$size" -eq "$(wc -c <serial)"

# The mark is there, and QEMU has not been told yet: as if the agent had died between.
new_case
start_guest
check "subscribes" starts
runs
kill_agent
monitor stop
sed -i 's/"phase":"running"/"phase":"resumed"/; s/"ran":false/"ran":true/' run/vm/state.json
check "stands still" stands
mkdir -p "$LUO_FAKE/taken/qemu:vm"
run_agent attach vm
check "claims" claims
check "is restored" restored
check "goes on" runs
check "did not run twice" is_one_life

sed 's/^/# /' agent-errors
done_testing
