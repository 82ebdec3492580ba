#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The verbs that ask and command, against a kernel played by a directory.
. "$(dirname "$0")/luoctl.sh"

fresh
run
expect 0 "status, normal" <<'END'
State:         normal
Live updates:  3
Sessions:      0 outgoing
Next kernel:   not loaded
luod:          not running
END
run status --json
expect 0 "status, JSON" <<'END'
{"available":true,"states":true,"state":"normal","number":3,"explicit":false,"restore_failed":false,"sessions":{"open":0,"unclaimed":0,"retrieved":0,"finished":0},"kernel_loaded":false,"luod":null}
END
echo 4 >"$LUO_FAKE/state"
run status
expect 0 "status, updated" <<'END'
State:         updated
Live updates:  3
Finish:        by 'luoctl finish'
Sessions:      0 outgoing
Next kernel:   not loaded
luod:          not running
END

fresh
mkdir -p "$LUO_FAKE/outgoing/bound" "$LUO_FAKE/incoming/a" "$LUO_FAKE/incoming/b" \
	"$LUO_FAKE/incoming/c"
: >"$LUO_FAKE/outgoing/bound/1"
: >"$LUO_FAKE/outgoing/bound/2"
echo 1 >"$LUO_FAKE/flags-a"
echo 3 >"$LUO_FAKE/flags-b"
echo 7 >"$LUO_FAKE/flags-c"
echo 4 >"$LUO_FAKE/state"
run sessions
expect 0 "sessions" <<'END'
NAME   DIRECTION  STATE      FILES
a      incoming   unclaimed  0
b      incoming   retrieved  0
c      incoming   finished   0
bound  outgoing   open       2
END
run sessions --json
expect 0 "sessions, JSON" <<'END'
[{"name":"a","direction":"incoming","state":"unclaimed","files":0},{"name":"b","direction":"incoming","state":"retrieved","files":0},{"name":"c","direction":"incoming","state":"finished","files":0},{"name":"bound","direction":"outgoing","state":"open","files":2}]
END
hostile=$(printf 'a\033[2J\302\233\377\303\251\177')
mkdir "$LUO_FAKE/outgoing/$hostile"
run sessions
expect 0 "a session's name is no terminal command, and is UTF-8" <<'END'
NAME         DIRECTION  STATE      FILES
a            incoming   unclaimed  0
b            incoming   retrieved  0
c            incoming   finished   0
a?[2J??é?    outgoing   open       0
bound        outgoing   open       2
END
run sessions --json
check "nor is it in JSON" grep -q '{"name":"a\\u001b\[2J\\u009b\\ufffdé\\u007f",' stdout
rmdir "$LUO_FAKE/outgoing/$hostile"
run status
expect 0 "status counts sessions" <<'END'
State:         updated
Live updates:  3
Finish:        by 'luoctl finish'
Sessions:      1 outgoing; incoming: 1 unclaimed, 1 retrieved, 1 finished
Next kernel:   not loaded
luod:          not running
END

fresh
: >"$LUO_FAKE/busy"
run status
expect 0 "status, device busy and no sysfs" <<'END'
State:         none; this kernel's orchestrator has sessions only
Next kernel:   not loaded
luod:          not running
Note:          /dev/liveupdate is in use by another program
END
echo prepared >"$LUO_FAKE/root/sys/kernel/liveupdate/state"
echo 9 >"$LUO_FAKE/root/sys/kernel/liveupdate/number"
run status
expect 0 "status from sysfs" <<'END'
State:         prepared
Live updates:  9
Next kernel:   not loaded
luod:          not running
Note:          /dev/liveupdate: Device or resource busy; sessions are not counted
END
run status --json
expect 0 "JSON without what sysfs does not tell" <<'END'
{"available":true,"states":true,"state":"prepared","number":9,"kernel_loaded":false,"luod":null}
END
run prepare --wait 0
expect 5 "device busy" <<'END'
luoctl: prepare: /dev/liveupdate is in use by another program. Nothing was changed; try again, or with a longer --wait.
END

fresh
rm "$LUO_FAKE/device"
run
expect 3 "asked for, and not there" <<'END'
luoctl: status: not available here: the command line asks for live update, but the kernel has none: it was built without CONFIG_LIVEUPDATE, or Kexec Handover is off (boot it with 'kho=on' as well).
END
echo quiet >"$LUO_FAKE/root/proc/cmdline"
run prepare
expect 3 "not asked for, and not there" <<'END'
luoctl: prepare: not available here: the kernel was built without CONFIG_LIVEUPDATE, or 'liveupdate=on' is not on its command line.
END
echo 0 >"$LUO_FAKE/root/sys/kernel/liveupdate/enabled"
run status --json
expect 3 "off" <<'END'
{"available":false,"reason":"live update is off: 'liveupdate=on' is not on the kernel's command line"}
luoctl: status: not available here: live update is off: 'liveupdate=on' is not on the kernel's command line.
END

fresh
run prepare
expect 0 "prepare" <<'END'
prepared
END
run prepare
expect 6 "prepare twice" <<'END'
luoctl: prepare: the machine is in state prepared; this is for state normal.
END
run freeze
expect 0 "freeze" <<'END'
frozen
END
run cancel
expect 0 "cancel" <<'END'
normal
END
run finish
expect 6 "finish in normal" <<'END'
luoctl: finish: the machine is in state normal; this is for state updated.
END

fresh
echo '16 memfd session "vm1" token 3' >"$LUO_FAKE/fail-prepare"
run prepare
expect 4 "prepare refused" <<'END'
luoctl: prepare: refused by memfd session "vm1" token 3: Device or resource busy. Nothing was changed; try again, or see 'luoctl status'.
END
printf '22 sub\033[2Jsystem' >"$LUO_FAKE/fail-prepare"
run prepare
expect 4 "a culprit's EINVAL is no wrong state, and its name no terminal command" <<'END'
luoctl: prepare: refused by sub?[2Jsystem: Invalid argument. Nothing was changed; try again, or see 'luoctl status'.
END
echo 12 >"$LUO_FAKE/fail-prepare"
run prepare
expect 1 "prepare fails" <<'END'
luoctl: prepare: Cannot allocate memory. Nothing was changed; try again, or see 'luoctl status'.
END
echo 4 >"$LUO_FAKE/state"
echo 5 >"$LUO_FAKE/fail-finish"
run finish
expect 4 "finish after a failed restore" <<'END'
luoctl: finish: some of what the previous kernel handed over could not be restored. The machine stays in state updated; see the kernel log.
END

fresh
echo stock >"$LUO_FAKE/device"
run
expect 0 "status without states" <<'END'
State:         none; this kernel's orchestrator has sessions only
Next kernel:   not loaded
luod:          not running
END
run prepare
expect 3 "prepare without states" <<'END'
luoctl: prepare: this kernel's orchestrator has sessions but no states and events; 'luoctl update' works without them.
END
run sessions
expect 3 "sessions without a list" <<'END'
luoctl: sessions: this kernel's orchestrator cannot list sessions.
END

done_testing
