#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What 'luoctl check' says of kernels, and of the machine that is to leave for them.
. "$(dirname "$0")/luoctl.sh"

# The verdict, the exit code, and a part of the line of one subject.
finds() { # CODE VERDICT SUBJECT TEXT
	check "$2: $3: $4" awk -v verdict="$2" -v subject="$3" -v text="$4" -v code="$code" -v want="$1" '
		$1 == verdict && index(substr($0, 10), subject) == 1 && index($0, text) { found = 1 }
		{ print }
		END { print "exit code", code; exit !(found && code == want) }' stdout
}

on_machine() { # a root, that has all that there is to look at
	fresh
	mkdir -p "$LUO_FAKE/root/sys/kernel/security" "$LUO_FAKE/root/sys/kernel/debug/kho/out" \
		"$LUO_FAKE/root/sys/module/liveupdate/parameters"
	echo stock >"$LUO_FAKE/root/sys/module/liveupdate/parameters/memfd_format"
	echo normal >"$LUO_FAKE/root/sys/kernel/liveupdate/state"
	echo "root=/dev/vda liveupdate=on kho=on" >"$LUO_FAKE/root/proc/cmdline"
	printf 'MemTotal:  4194304 kB\nMemAvailable:   2097152 kB\n' >"$LUO_FAKE/root/proc/meminfo"
	printf '0x1000000\n0x10000000\n' >"$LUO_FAKE/root/sys/kernel/debug/kho/out/scratch_len"
}

on_machine
make_kernel kernel
run check kernel
finds 0 ok "live update" "it is on"
finds 0 ok state normal
finds 0 ok luod "it does not run"
finds 0 ok sessions "0, with 0 files of 0 MiB"
finds 0 ok kernel "Linux 7.3.4-luo, packing: gzip; $(uname -r) runs here"
finds 0 ok formats "it restores kho-v4, luo-v5, luo-state-v1"
finds 0 ok "memory files" "they go in luo-memfd-extent-v1 ('extent')"
finds 0 ok "command line" "live update and Kexec Handover are on, which is this kernel's"
finds 0 ok loading "not signed"
finds 0 ok memory "2048 MiB are available"
finds 0 ok scratch "272 MiB, of which the kernel and the initial ramdisk take 48"
finds 0 ok initrd none
check "nothing was done" test ! -e "$LUO_FAKE/log"

# Images: each way of packing, and what is none.
for packer in none gzip xz lzma zstd lz4; do
	# shellcheck disable=SC2086 # one word each
	image bzimage $packer 7.3.4-luo $NOTES >image
	run check image
	finds 0 ok kernel "Linux 7.3.4-luo, packing: $packer;"
	finds 0 ok "memory files" extent
	size=$(stat -c %s image)
	for part in 1 2 3; do
		head -c $((size * part / 4)) image >part
		run check part
		check "packed with $packer, cut off after $part quarters" \
			sh -c 'test $0 = 4 && grep -q "^refusal  kernel  .*cut off$" stdout' $code
	done
done
# shellcheck disable=SC2086 # one word each
image vmlinux 7.3.4-luo $NOTES >vmlinux
run check vmlinux
finds 0 ok kernel "Linux 7.3.4-luo, packing: none;"
finds 0 ok "memory files" extent
head -c 200 vmlinux >part
run check part
finds 4 refusal kernel part:
: >empty
run check empty
finds 4 refusal kernel "empty: is cut off"
head -c 100000 /dev/zero >zeros
run check zeros
finds 4 refusal kernel "zeros: is no kernel image: neither a bzImage nor a vmlinux"
run check /bin/sh
finds 4 refusal kernel "/bin/sh: is no kernel image"
run check /dev/null
finds 4 refusal kernel "/dev/null: is no kernel image"
run check /nonexistent
finds 4 refusal kernel "/nonexistent: No such file or directory"
mkfifo fifo
run check fifo
finds 4 refusal kernel "fifo: is no kernel image"
image bzimage true 7.3.4-luo >image
run check image
finds 4 refusal kernel "image: is"

# Every byte of the header wrong, one after the other: an answer, and no more.
image bzimage gzip 7.3.4-luo 3:memfd-v2 >image
perl -0777 -e 'open F, "<:raw", "image"; my $i = <F>; for my $at (0x1f1, 0x1fe, 0x202, 0x206, 0x20e,
		0x20f, 0x248 .. 0x24f, 0x3c .. 0x3f, 0xa00 .. 0xa20) {
	my $j = $i; substr($j, $at, 1) = chr(255 - ord(substr($j, $at, 1)));
	open O, ">:raw", "bad-$at"; print O $j; close O }'
for bad in bad-*; do
	run check "$bad"
	[ $code -le 7 ] && ! grep -q Sanitizer stderr || cp "$bad" "worst-$bad"
done
check "each damaged image has an answer" sh -c '! ls worst-*'
rm -f bad-*

# What it restores.
image bzimage gzip 7.3.4-luo 1:kho-v4 2:luo-v5 2:luo-state-v1 3:memfd-v2 5:log:luo-log-v1 >image
run check image
finds 0 ok "memory files" "they go in memfd-v2 ('stock')"
image bzimage gzip 7.3.4-luo 1:kho-v4 2:luo-v5 2:luo-state-v1 3:memfd-v1 >image
run check image
finds 4 refusal "memory files" "it restores memfd-v1; this kernel writes memfd-v2, luo-memfd-extent-v1"
image bzimage gzip 7.3.4-luo 1:kho-v3 2:luo-v5 3:memfd-v2 >image
run check image
finds 4 refusal formats "it restores kho-v3, luo-v5; this kernel hands over kho-v4, luo-state-v1"

# shellcheck disable=SC2086 # one word each
image notes $NOTES 3:vfio-pci-v1 4:iommu-v1 >"$LUO_FAKE/root/sys/kernel/notes"
run check kernel
finds 7 warning files "it does not restore vfio-pci-v1, iommu-v1"
cp notes "$LUO_FAKE/root/sys/kernel/"

# Files that are preserved already, in the format that is set.
mkdir "$LUO_FAKE/outgoing/vm"
: >"$LUO_FAKE/outgoing/vm/1"
: >"$LUO_FAKE/outgoing/vm/2"
echo $((64 << 20)) >"$LUO_FAKE/root/sys/kernel/liveupdate/preserved_bytes"
image bzimage gzip 7.3.4-luo 1:kho-v4 2:luo-v5 2:luo-state-v1 3:memfd-v2 >image
run check image
finds 0 ok sessions "1, with 2 files of 64 MiB"
echo extent >"$LUO_FAKE/root/sys/module/liveupdate/parameters/memfd_format"
run check image
finds 4 refusal files "up to 2 are preserved in luo-memfd-extent-v1, which it does not restore"
mkdir "$LUO_FAKE/root/sys/kernel/liveupdate/formats"
echo 1 >"$LUO_FAKE/root/sys/kernel/liveupdate/formats/luo-memfd-extent-v1"
echo 1 >"$LUO_FAKE/root/sys/kernel/liveupdate/formats/memfd-v2"
run check image
finds 4 refusal files "up to 1 are preserved in luo-memfd-extent-v1, which it does not restore"
check "and nothing else is" test "$(grep -c ^refusal stdout)" -eq 1
echo 0 >"$LUO_FAKE/root/sys/kernel/liveupdate/formats/luo-memfd-extent-v1"
echo 2 >"$LUO_FAKE/root/sys/kernel/liveupdate/formats/memfd-v2"
run check image
check "what is preserved in a format that it restores is none of it" test $code -eq 0
rm -r "$LUO_FAKE/root/sys/kernel/liveupdate/formats"
run check kernel
finds 0 ok "memory files" extent

# Kernels that have no notes.
image bzimage gzip 6.1.0-33 >old
run check old
finds 4 refusal formats "Linux 6.1.0-33 names no format of a live update in its code: it has no orchestrator"
export EXTRA="kho-v4;luo-v5;memfd-v2"
image vmlinux 7.3.4 >stock
run check stock
finds 4 refusal formats "it has no restore notes; Linux 7.3.4 names kho-v4, luo-v5 and memfd-v2 in its code"
finds 4 refusal files "up to 2 are preserved in luo-memfd-extent-v1"
echo stock >"$LUO_FAKE/root/sys/module/liveupdate/parameters/memfd_format"
run check stock
check "a stock kernel takes --force, and no more" test "$(grep -c ^refusal stdout)" -eq 1
EXTRA=kho-v4
image vmlinux 7.3.4 >image
run check image
unset EXTRA
finds 4 refusal formats "does not name all of kho-v4, luo-v5 and memfd-v2 in its code"
run load stock -r
expect 4 "a stock kernel is not loaded by itself" <<'END'
refusal  formats       it has no restore notes; Linux 7.3.4 names kho-v4, luo-v5 and memfd-v2 in its code, so that it should restore what is in the stock kernel's formats
luoctl: load: refused for what is said above. Nothing was loaded; --force does it all the same.
END
run load stock -r --force
expect 0 "it is with --force" <<'END'
refusal  formats       it has no restore notes; Linux 7.3.4 names kho-v4, luo-v5 and memfd-v2 in its code, so that it should restore what is in the stock kernel's formats
luoctl: load: --force overrides what is refused above.
END
check "memory files are in the stock kernel's format then" \
	grep -q "memfd_format 'stock'" "$LUO_FAKE/log"
run load kernel -r
check "by extents where the next kernel restores them" \
	sh -c 'test $0 = 0 && tail -n 1 "$LUO_FAKE/log" | grep -q "memfd_format .extent."' $code

# Subsystems of this kernel.
on_machine
printf '%s\n' "4 sessions" "5 vm-clock" "13 log" >"$LUO_FAKE/participants"
# shellcheck disable=SC2086 # one word each
image notes $NOTES 5:vm-clock:clock-v2 >"$LUO_FAKE/root/sys/kernel/notes"
run check kernel
finds 4 refusal subsystem "vm-clock: it has none of that name"
# shellcheck disable=SC2086 # one word each
image bzimage gzip 7.3.4-luo $NOTES 5:vm-clock:clock-v1 >image
run check image
finds 4 refusal subsystem "vm-clock: it restores clock-v1, and not clock-v2"
# shellcheck disable=SC2086 # one word each
image bzimage gzip 7.3.4-luo $NOTES 5:vm-clock:clock-v2 >image
run check image
check "all that there are: ok" test $code -eq 0
image bzimage gzip 7.3.4-luo 1:kho-v4 2:luo-v5 2:luo-state-v1 3:memfd-v2 5:vm-clock:clock-v2 >image
run check image
finds 7 warning subsystem "log: it has none of that name"
echo "5 module" >>"$LUO_FAKE/participants"
run check image
finds 7 warning subsystem "module: this one is a module's"

# The command line.
on_machine
run check kernel -c quiet
finds 4 refusal "command line" "it lacks 'liveupdate=on'"
run check kernel -c "liveupdate=on kho=off"
finds 4 refusal "command line" "it has 'kho=off'"
run check kernel -c "liveupdate=on"
finds 7 warning "command line" "it lacks the 'kho=on' that this kernel's has"
echo "liveupdate=on" >"$LUO_FAKE/root/proc/cmdline"
run check kernel
finds 0 ok "command line" "Kexec Handover is as the kernel's default is"
run check kernel -c a -r
check "two command lines are none" test $code -eq 2

# Whether it may be loaded, and fits.
echo 1 >"$LUO_FAKE/root/proc/sys/kernel/kexec_load_disabled"
run check kernel
finds 4 refusal loading "kernel.kexec_load_disabled is 1"
rm "$LUO_FAKE/root/proc/sys/kernel/kexec_load_disabled"
run check kernel
finds 4 refusal loading "CONFIG_KEXEC_FILE"
echo 0 >"$LUO_FAKE/root/proc/sys/kernel/kexec_load_disabled"
echo 0 >"$LUO_FAKE/root/proc/sys/kernel/kexec_load_limit_reboot"
run check kernel
finds 4 refusal loading "kernel.kexec_load_limit_reboot is 0"
rm "$LUO_FAKE/root/proc/sys/kernel/kexec_load_limit_reboot"
echo "none [integrity] confidentiality" >"$LUO_FAKE/root/sys/kernel/security/lockdown"
run check kernel
finds 4 refusal loading "locked down (integrity), and the image is not signed"
# shellcheck disable=SC2086 # one word each
image bzimage gzip -s 7.3.4-luo $NOTES >signed
run check signed
finds 7 warning loading "whether it accepts the signature shows when the image is loaded"
echo "[none] integrity confidentiality" >"$LUO_FAKE/root/sys/kernel/security/lockdown"
run check signed
finds 0 ok loading "the image is signed"
# shellcheck disable=SC2086 # one word each
image bzimage gzip -i $((300 << 20)) 7.3.4-luo $NOTES >large
run check large
finds 4 refusal scratch "no room for the kernel's 300"
# shellcheck disable=SC2086 # one word each
image bzimage gzip -i $((200 << 20)) 7.3.4-luo $NOTES >large
run check large
finds 7 warning scratch "may be too little for what a kernel needs early, about 80"
rm "$LUO_FAKE/root/sys/kernel/debug/kho/out/scratch_len"
run check large
finds 0 ok scratch "cannot be seen here"
head -c 3000000 /dev/zero >>vmlinux
printf 'MemTotal:  4194304 kB\nMemAvailable:   5120 kB\n' >"$LUO_FAKE/root/proc/meminfo"
run check vmlinux
finds 7 warning memory "5 MiB are available, and loading takes up to 6"
printf 'MemTotal:  4194304 kB\nMemAvailable:   1024 kB\n' >"$LUO_FAKE/root/proc/meminfo"
run check vmlinux
finds 4 refusal memory "1 MiB are available, and loading takes up to 6"

# Initial ramdisks.
on_machine
make_initrd initrd init bin/sh
run check kernel -i initrd
finds 0 ok initrd "luod starts with the machine's services"
make_initrd dracut init usr/lib/dracut/hooks/pre-pivot/90-luo.sh
run check kernel -i dracut
finds 0 ok initrd "luod starts before systemd does"
make_initrd initrd init scripts/init-bottom/luo usr/lib/modules/7.3.4-luo/kernel/a.ko
run check kernel -i initrd
finds 0 ok initrd "with the kernel's modules; luod starts before systemd does"
make_initrd other init lib/modules/7.3.4-luo-rc1/a.ko
run check kernel -i other
finds 4 refusal initrd "it has modules, and none of Linux 7.3.4-luo: it was made for another kernel"
make_initrd early kernel/x86/microcode/GenuineIntel.bin
run check kernel -i early
finds 4 refusal initrd "it has no /init"
for packer in "gzip -c" "xz -c --check=crc32" "zstd -qc" "lz4 -qlc"; do
	{
		cat early
		head -c 512 /dev/zero
		$packer <initrd
	} >whole
	run check kernel -i whole
	finds 0 ok initrd "with the kernel's modules; luod starts before"
	head -c $(($(stat -c %s whole) * 15 / 16)) whole >part
	run check kernel -i part
	check "cut off: ${packer%% *}" sh -c 'test $0 = 4 && grep -q "^refusal  initrd" stdout' $code
done
run check kernel -i kernel
finds 4 refusal initrd "is no initial ramdisk"
run check kernel -i empty
finds 4 refusal initrd "is cut off"
run check kernel -i zeros
finds 4 refusal initrd "is no initial ramdisk"
run check kernel -i /nonexistent
finds 4 refusal initrd "No such file"
head -c 300 initrd >part
run check kernel -i part
finds 4 refusal initrd "part: is"

# The machine.
on_machine
echo updated >"$LUO_FAKE/root/sys/kernel/liveupdate/state"
run check kernel
finds 4 refusal state "the live update before this one is not finished"
echo prepared >"$LUO_FAKE/root/sys/kernel/liveupdate/state"
run check kernel
finds 4 refusal state "another live update is under way"
rm "$LUO_FAKE/device" "$LUO_FAKE/root/sys/kernel/liveupdate/state"
run check kernel
finds 4 refusal "live update" "CONFIG_LIVEUPDATE"

# luod and its clients.
on_machine
talk() { # PHASE CLIENT...
	cat <<END
accept
< {"cmd":"STATUS","id":1}
> {"reply":"STATUS","id":1,"ok":true,"state":"normal","phase":"$1","pid":812,"clients":2}
END
	[ "$1" = idle ] || return
	shift
	cat <<END
accept
< {"cmd":"CLIENTS","id":1}
> {"reply":"CLIENTS","id":1,"ok":true,"clients":[$*]}
END
}
talk idle '{"name":"vm-1","phase":"subscribed"},{"name":"vm-2","phase":"subscribed"}' >words
with_luod check kernel <words
finds 0 ok luod "it is idle"
finds 0 ok clients "2 of 2 can be asked"
talk idle '{"name":"vm-1","phase":"subscribed"},{"name":"vm\u001b-2","phase":"cancelling"}' >words
with_luod check kernel <words
finds 4 refusal client "vm?-2 is cancelling"
finds 4 ok clients "1 of 2 can be asked"
talk preserving >words
with_luod check kernel <words
finds 4 refusal luod "it is preserving"

# For programs.
on_machine
# shellcheck disable=SC2086 # one word each
image bzimage xz 7.3.4-luo $NOTES >image
run check image --json
json_is /verdict ok
json_is /kernel image
json_is /release 7.3.4-luo
json_is /packing xz
json_is /memfd_format extent
json_is /notes/0/type kho
json_is /notes/0/name kho-v4
json_is /notes/0/version null
json_is /notes/5/type subsystem
json_is /notes/5/version luo-log-v1
json_is /findings/0/subject "live update"
json_is /findings/0/verdict ok
json_is /findings/0/text "it is on"
run check zeros --json
check "its exit code is as the table's" test $code -eq 4
json_is /verdict refusal
json_is /release null
json_is /memfd_format null

done_testing
