#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What cannot be part of an update, or cannot be restored, and what is done about it.
. "$(dirname "$0")/qemu.sh"

# Guests that are paused.
new_case
start_guest
check "subscribes" starts
runs
monitor stop
check "is paused" stands
check "preserves" preserves
check "freezes" freezes
check "cancels" cancels
check "is still paused" stands
check "preserves once more" preserves
check "freezes, with the state as it was" freezes
check "cancels" cancels
check "preserves" preserves
check "freezes" freezes
check "jumps" jump
run_agent resume vm
check "claims" claims
check "is restored" restored
check "is still paused" stands
monitor cont
check "goes on when it is told" runs
check "where it was" is_one_life
monitor stop
check "is paused" stands
check "preserves" preserves
check "freezes" freezes
check "cancels" cancels
kill_agent
run_agent attach vm
check "another agent takes over" subscribes
check "does not have the state" vetoes "it has been paused since an update*"
monitor cont
check "goes on" runs
check "preserves" preserves
check "freezes" freezes
check "cancels" cancels
check "goes on" runs
check "where it was" is_one_life

# Somebody lets it go on.
check "preserves" preserves
check "freezes" freezes
monitor cont
luod <<END
ended
END
check "somebody lets it go on: luod's connection ends" test $? -eq 0
check "it goes on" runs
cp "$LUO_FAKE/outgoing/qemu:vm/0" description
rm -rf "$LUO_FAKE/outgoing/qemu:vm"
check "subscribes" subscribes
check "preserves" preserves
check "cancels before it freezes" cancels
check "goes on" runs
check "as before" is_one_life

# Not the machine any more that was started.
monitor device_add pci-bridge,id=new,chassis_nr=1
check "a device was added" vetoes "*could not be built again: device new child<pci-bridge> is new"
check "goes on" runs
new_case
start_guest -device virtio-balloon-pci,id=balloon -device nvme-subsys,id=other
check "subscribes" starts
check "preserves" preserves
check "cancels" cancels

new_case
cp boot disk
start_guest -drive if=none,id=cd,file=disk,format=raw,readonly=on -device ide-cd,drive=cd,id=cd0
check "subscribes" starts
check "preserves" preserves
check "cancels" cancels
monitor eject -f cd
check "a disk is gone" vetoes "*could not be built again: disk file disk is gone"
check "goes on" runs

# QEMU cannot.
new_case
start_guest -drive if=none,id=n,file=boot,format=raw,readonly=on,file.locking=off \
	-device nvme,drive=n,serial=1
check "subscribes" starts
check "a device that cannot migrate" vetoes "*nvme*"
check "goes on" runs
kill -TERM $agent
check "ends" agent_ends 0

new_case
# shellcheck disable=SC2086
run_agent run vm --memory 16M --state-size 8K -- $guest_arguments
check "subscribes" starts
check "preserves" preserves
luod <<END
> {"cmd":"FREEZE","deadline_ms":10000}
< {"cmd":"VETO","reason":"the state of its devices is larger than * --state-size"}
> {"cmd":"CANCEL","reason":"no"}
< {"cmd":"CANCELLED"}
END
check "the state has no room" test $? -eq 0
check "goes on" runs
check "as before" is_one_life
echo "28 no" >"$LUO_FAKE/fail-preserve"
rm -rf "$LUO_FAKE/outgoing/qemu:vm"
check "the kernel cannot" vetoes "its description cannot be preserved: No space left on device"
rm "$LUO_FAKE/fail-preserve"
check "goes on" runs

# Told to end, at the wrong moment.
check "preserves" preserves
luod <<END
> {"cmd":"CANCEL","reason":"no"}
< {"cmd":"CANCELLED"}
END
clean_up
new_case
start_guest
check "subscribes" starts
check "preserves" preserves
check "freezes" freezes
kill -TERM $agent
check "does not end while it is frozen" cancels
check "goes on" runs

# QEMU that does not start.
new_case
"$agent_bin" run vm -- qemu-system-x86_64 -nonsense >out 2>&1
check "QEMU ends at once" test $? -eq 1
sed -i '/nonsense/d' out
check "leaves nothing" test ! -e run/vm/state.json
end_luod
"$agent_bin" run vm -- qemu-system-x86_64 -nonsense >out 2>&1
code=$?
sed -i '/-nonsense: invalid option/d' out
expect 1 "and this is said" <<END
luo-qemu: vm: QEMU has ended at once; see what it said
END
"$agent_bin" run vm -- ./missing >out 2>&1
code=$?
expect 1 "a program that is not there" <<END
luo-qemu: vm: ./missing: No such file or directory
luo-qemu: vm: QEMU has ended at once; see what it said
END
"$agent_bin" run vm -- qemu -m 1G >out 2>&1
code=$?
expect 2 "an argument that is the agent's" <<END
luo-qemu: run: -m: the size of the memory is an option of 'luo-qemu run': --memory
END
"$agent_bin" run vm --memory 1T --huge-pages 2M -- qemu >out 2>&1
code=$?
expect 1 "huge pages that nobody has" <<END
luo-qemu: vm: there are not enough free huge pages; see /proc/sys/vm/nr_hugepages
END
check "leaves nothing" test ! -e run/vm/state.json
"$agent_bin" run vm --memory 64M --huge-pages 8K -- qemu >out 2>&1
code=$?
expect 1 "huge pages of a size that there is not" <<END
luo-qemu: vm: no huge pages of 8 KiB: No such device
END
"$agent_bin" run vm --memory 63M --huge-pages 2M -- qemu >out 2>&1
code=$?
expect 2 "half a huge page" <<END
luo-qemu: run: the guest's memory is not a number of these huge pages. Try 'luo-qemu run --help'.
END
"$agent_bin" run vm --huge-pages 3M -- qemu >out 2>&1
code=$?
expect 2 "huge pages of a size that no pages have" <<END
luo-qemu: run: no pages have a size of 3M; 2M and 1G are usual
END
"$agent_bin" attach vm >out 2>&1
code=$?
expect 1 "nothing to take over" <<END
luo-qemu: vm: does not run; 'luo-qemu resume' is for one that came over
END
"$agent_bin" resume vm >out 2>&1
code=$?
expect 1 "nothing to resume" <<END
luo-qemu: vm: nothing of that name came over
END
"$agent_bin" resume --all >out 2>&1
code=$?
expect 1 "no luod" <<END
luo-qemu: luod.sock: No such file or directory; does luod run?
END
mkdir -p "$LUO_FAKE/root/sys/kernel/liveupdate"
echo updated >"$LUO_FAKE/root/sys/kernel/liveupdate/state"
timeout 1 "$agent_bin" run vm -- qemu-system-x86_64 >out 2>&1
code=$?
expect 124 "no luod, and something may have come over: waits" <<END
luo-qemu: vm: waits for luod, which may have to give it back
END
start_luod
"$agent_bin" run vm -- qemu-system-x86_64 >out 2>&1 7>&- &
luod <<END
accept
< {"cmd":"CLAIM","name":"qemu:vm"}
> {"reply":"CLAIM","ok":false,"error":{"number":1,"name":"EPERM","text":"no"}}
END
check "luod knows what came over" test $? -eq 0
wait $!
code=$?
expect 1 "another user's" <<END
luo-qemu: vm: it is another user's
END

# What came over is not what it should be.
new_case
start_guest
starts && runs && preserves
cp "$(memfd_of luo-qemu-description)" description-not-frozen
check "freezes" freezes
check "jumps" jump

damaged() { # NAME PATTERN: the session is as it is now
	run_agent resume vm
	check "$1" claims
	check "$1: is failed" fails "$2"
	check "$1: the agent ends" agent_ends 1
	check "$1: QEMU was not started" test ! -e run/vm/state.json
	rm -rf "$LUO_FAKE/taken/qemu:vm"
	cp -r saved-session "$LUO_FAKE/taken/qemu:vm"
}

came=$LUO_FAKE/taken/qemu:vm
cp description-not-frozen "$came/0"
damaged "not frozen when the machine jumped" "vm: its memory came over, but it was not stopped*"
: >"$came/0"
damaged "no description" "vm: what came over is incomplete or damaged:*"
head -c 1000000 /dev/urandom >"$came/0"
damaged "garbage for a description" "vm: what came over is incomplete or damaged:*"
printf x | dd of="$came/0" bs=1 seek=200 conv=notrunc 2>/dev/null
damaged "a damaged description" "vm: what came over is incomplete or damaged:*"
printf x | dd of="$came/2" bs=1 seek=20000 conv=notrunc 2>/dev/null
damaged "a damaged state" "vm: what came over is incomplete or damaged:*"
truncate -s 4096 "$came/2"
damaged "a state that is cut off" "vm: what came over is incomplete or damaged:*"
truncate -s 8M "$came/1"
damaged "too little memory" "vm: what came over is incomplete or damaged:*"
rm "$came/2"
damaged "no state" "vm: its device state did not come over: *"
run_agent resume vm
check "undamaged: claims" claims
check "is restored" restored
check "goes on" runs
check "where it was" is_one_life

# The kernel's clock, and what luod is told.
luod <<END
END
new_case
start_guest
starts && runs && preserves && freezes && jump
run_agent resume vm
check "claims" claims
luod <<END
< {"cmd":"RESTORED","name":"qemu:vm","blackout_ns":*,"parts":{"stop_ns":*,"save_ns":*,"start_qemu_ns":*,"restore_ns":*,"resume_ns":*}}
> {"reply":"RESTORED","ok":true}
END
check "luod is told how long it was away, and why" test $? -eq 0
kill_agent
end_luod
start_luod

# All at once.
new_case
start_guest
starts && runs && preserves && freezes && jump
"$agent_bin" resume --all >out 2>&1 7>&- &
all=$!
luod <<END
accept
< {"cmd":"LIST"}
> {"reply":"LIST","ok":true,"sessions":[{"name":"other","phase":"waiting"},{"name":"qemu:vm","phase":"waiting"},{"name":"qemu:","phase":"waiting"},{"name":"qemu:../vm","phase":"waiting"},{"name":"qemu:back","phase":"restored"},{"name":7},{}]}
END
check "all: the list" test $? -eq 0
check "claims" claims
check "is restored" restored
wait $all
code=$?
expect 0 "the parent ends" </dev/null
check "goes on" runs
check "where it was" is_one_life
"$agent_bin" list >out 2>&1
code=$?
sed -i 's/  *[0-9][0-9]*  *yes/ PID yes/' out
expect 0 "list" <<END
NAME                     PHASE      PROCESS AGENT       MEMORY
vm                       running PID yes         16 MiB
END
check "its log is in its directory" test -e run/vm/log
kill_qemu
"$agent_bin" resume --all >out 2>&1 7>&- &
all=$!
luod <<END
accept
< {"cmd":"LIST"}
> {"reply":"LIST","ok":true,"sessions":[{"name":"qemu:a","phase":"waiting"}]}
accept
< {"cmd":"CLAIM","name":"qemu:a"}
> {"reply":"CLAIM","ok":false,"error":{"number":5,"name":"EIO","text":"no"}}
END
wait $all
code=$?
expect 1 "one that the kernel could not restore" <<END
luo-qemu: a: the kernel could not give it back
END

sed 's/^/# /' agent-errors
done_testing
