#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Loading a kernel and jumping into it.
. "$(dirname "$0")/luoctl.sh"

kernel=$work/vmlinuz
make_kernel "$kernel"

# Compares what the kernel was told with standard input.
told() { # NAME
	cat >expected
	cat "$LUO_FAKE/log" >told 2>/dev/null
	check "$1" diff -u expected told
}

fresh
run load "$kernel"
expect 2 "load without a command line" <<'END'
luoctl: load: give the next kernel's command line by either --command-line or --reuse-command-line.
END
run load "$kernel" -r --command-line x
expect 2 "load with two command lines" <<'END'
luoctl: load: give the next kernel's command line by either --command-line or --reuse-command-line.
END
run load "$kernel" --command-line "quiet"
expect 4 "load without live update" <<'END'
refusal  command line  it lacks 'liveupdate=on': all that is preserved would be lost
luoctl: load: refused for what is said above. Nothing was loaded; --force does it all the same.
END
run load "$kernel" --command-line "liveupdate=1 kho=off"
expect 4 "load without handover" <<'END'
refusal  command line  it has 'kho=off': all that is preserved would be lost
luoctl: load: refused for what is said above. Nothing was loaded; --force does it all the same.
END
run load "$kernel" --command-line "$(printf '%2048s' x)"
expect 2 "load with a long command line" <<'END'
luoctl: load: a command line has at most 2047 characters, not 2048.
END
check "nothing was loaded" test ! -e "$LUO_FAKE/log"
run load "$kernel" --force --command-line quiet
expect 0 "load with force" <<'END'
refusal  command line  it lacks 'liveupdate=on': all that is preserved would be lost
luoctl: load: --force overrides what is refused above.
END
make_initrd initrd init
run load "$kernel" --initrd initrd --reuse-command-line
expect 0 "load" </dev/null
told "what was loaded" <<'END'
load initrd=0 flags=4 'quiet'
write /sys/module/liveupdate/parameters/memfd_format 'stock'
load initrd=1 flags=0 'root=/dev/vda liveupdate=on'
write /sys/module/liveupdate/parameters/memfd_format 'stock'
END
run load /nonexistent -r
expect 4 "load a missing kernel" <<'END'
refusal  kernel        /nonexistent: No such file or directory
luoctl: load: refused for what is said above. Nothing was loaded; --force does it all the same.
END
run load /nonexistent -r --force
expect 1 "load a missing kernel with force" <<'END'
refusal  kernel        /nonexistent: No such file or directory
luoctl: load: --force overrides what is refused above.
luoctl: load: /nonexistent: No such file or directory. Nothing was loaded.
END
run load "$kernel" --initrd /nonexistent -r
expect 4 "load a missing initrd" <<'END'
refusal  initrd        /nonexistent: No such file or directory
luoctl: load: refused for what is said above. Nothing was loaded; --force does it all the same.
END
for error in 8 1 16 129 126 12 38; do
	echo $error >"$LUO_FAKE/fail-load"
	run load vmlinuz -r
	cat out >>errors
done
mv errors out
code=0
expect 0 "errors of a load" <<'END'
luoctl: load: vmlinuz: not a kernel image that this kernel can load. Nothing was loaded.
luoctl: load: vmlinuz: not permitted: it takes root, and kernel.kexec_load_disabled must be 0. Nothing was loaded.
luoctl: load: vmlinuz: another load is in progress; try again. Nothing was loaded.
luoctl: load: vmlinuz: its signature is not one that this kernel accepts. Nothing was loaded.
luoctl: load: vmlinuz: it is signed with a key that this kernel does not know. Nothing was loaded.
luoctl: load: vmlinuz: there is not enough memory to load it. Nothing was loaded.
luoctl: load: vmlinuz: this kernel cannot load another one (CONFIG_KEXEC_FILE). Nothing was loaded.
END

fresh
run update vmlinuz -r
expect 0 "update" <<'END'
[TIME] load: vmlinuz
[TIME] prepare
[TIME] freeze
[TIME] jump
END
told "the steps of an update" <<'END'
load initrd=0 flags=4 'root=/dev/vda liveupdate=on'
write /sys/module/liveupdate/parameters/memfd_format 'stock'
prepare
freeze
reboot
END

fresh
run update vmlinuz -r --dry-run
expect 0 "dry run" <<'END'
Blackout to expect: unknown, nothing of it was measured here yet
[TIME] load: vmlinuz
[TIME] prepare
[TIME] freeze
[TIME] cancel
[TIME] unload
[TIME] dry run complete; nothing was changed
END

fresh
run update
expect 1 "update without a kernel" <<'END'
luoctl: update: no kernel is loaded: name one, or use 'luoctl load' first.
[TIME] not updated; nothing was changed
END
run update --initrd x
expect 2 "update with options of a kernel, without one" <<'END'
luoctl: update: options of a kernel to load, but no KERNEL.
END
echo 1 >"$LUO_FAKE/root/sys/kernel/kexec_loaded"
run update -n
expect 0 "dry run with the loaded kernel" <<'END'
Blackout to expect: unknown, nothing of it was measured here yet
[TIME] load: using the kernel that is loaded already
[TIME] prepare
[TIME] freeze
[TIME] cancel
[TIME] dry run complete; nothing was changed
END

fresh
echo '11 vfio 0000:00:01.0' >"$LUO_FAKE/fail-freeze"
run update vmlinuz -r
expect 4 "freeze refused" <<'END'
[TIME] load: vmlinuz
[TIME] prepare
[TIME] freeze
luoctl: update: refused by vfio 0000:00:01.0: Resource temporarily unavailable. Everything was cancelled; the system runs on as before.
[TIME] unload
[TIME] not updated; nothing was changed
END

fresh
echo 16 >"$LUO_FAKE/fail-reboot"
echo 1 >"$LUO_FAKE/root/sys/kernel/kexec_loaded"
run update vmlinuz -r
expect 1 "jump refused" <<'END'
[TIME] load: vmlinuz
[TIME] prepare
[TIME] freeze
[TIME] jump
luoctl: update: the jump did not happen: Device or resource busy.
[TIME] cancel
[TIME] unload
[TIME] not updated; nothing but the kernel loaded before, gone now, was changed
END

fresh
: >"$LUO_FAKE/interrupt"
run update vmlinuz -r
expect 1 "interrupted" <<'END'
[TIME] load: vmlinuz
[TIME] prepare
luoctl: update: interrupted.
[TIME] cancel
[TIME] unload
[TIME] not updated; nothing was changed
END

for state in 2 3 4; do
	fresh
	echo $state >"$LUO_FAKE/state"
	run update vmlinuz -r
	check "update in state $state" test $code -eq 6
	check "state $state stays" grep -qx $state "$LUO_FAKE/state"
	check "nothing was asked in state $state" test ! -e "$LUO_FAKE/log"
done

fresh
echo stock >"$LUO_FAKE/device"
run update vmlinuz -r
expect 0 "update without events" <<'END'
[TIME] load: vmlinuz
[TIME] no events: this kernel's orchestrator prepares and freezes as it jumps
[TIME] jump
END
told "the steps without events" <<'END'
load initrd=0 flags=4 'root=/dev/vda liveupdate=on'
write /sys/module/liveupdate/parameters/memfd_format 'stock'
reboot
END

done_testing
