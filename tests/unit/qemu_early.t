#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# After a jump a guest goes on with an early agent, which gives way to the one that stays.
. "$(dirname "$0")/qemu.sh"

# 'run' goes on with the guest that the early agent had
is_given() {
	luod <<END
accept
< {"cmd":"SUBSCRIBE","name":"qemu:vm","version":1}
> {"reply":"SUBSCRIBE","ok":true,"version":1,"state":"normal"}
END
}

# A second is time enough for one to end that is going to.
lives_on() { # PROCESS
	sleep 1
	case $(cut -d ' ' -f 3 "/proc/$1/stat" 2>/dev/null) in Z | '') return 1 ;; esac
}

comes_over() {
	new_case
	start_guest
	check "subscribes" starts
	check "preserves" preserves
	check "freezes" freezes
	check "jumps" jump
}

# While the guest is on its way back it stays with the early agent.
comes_over
touch hold
run_agent resume --early vm
early=$agent
check "an early agent claims" claims
start_guest
check "'run' waits for it" lives_on $agent
check "until the guest goes on" lives_on $early
check "which is on its way" phase_is incoming
rm hold
check "it tells luod" restored
check "and ends" ended $early
check "'run' goes on" is_given
check "with the guest as it was" runs
check "where it was" is_one_life
check "is running" phase_is running
"$agent_bin" run vm -- true >second 2>&1
check "nobody else is given it" test $? -eq 1
check "and hears why" grep -q 'vm: has an agent already' second
check "preserves" preserves
check "freezes" freezes
check "cancels" cancels

# It has come back long since.
comes_over
run_agent resume --early vm
early=$agent
check "an early agent claims" claims
check "it tells luod" restored
check "goes on" runs
check "and lives on as long as nobody asks" lives_on $early
start_guest
check "'run' goes on" is_given
check "the early one ends" ended $early
check "the guest goes on" runs
check "where it was" is_one_life

# It cannot be built: what it needs is not there yet.
comes_over
echo always >die
run_agent resume --early vm
check "an early agent claims" claims
check "it cannot build the guest" fails 'vm: cannot be built again*'
check "and ends" agent_ends 1
rm die
start_guest
check "'run' claims it again" claims
check "and it is restored" restored
check "goes on" runs
check "where it was" is_one_life
cat agent-errors | sed 's/^/# /'
done_testing
