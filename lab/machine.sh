# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The machine that lab/host starts. Sourced, after lib.sh.

# need_initramfs: sets INITRAMFS, made of busybox and lab/init.
need_initramfs()
{
	local key new applet
	key=$(cat "$LAB/init" "$LAB/machine.sh" /bin/busybox | sha256sum | cut -c 1-16)
	INITRAMFS=$CACHE/initramfs/$key.cpio
	[[ ! -e $INITRAMFS ]] || return 0
	mkdir -p "$CACHE/initramfs"
	new=$(mktemp -d "$CACHE/initramfs/new.XXXXXX")
	mkdir -p "$new"/root/{bin,dev,proc,run,carried,lower,upper}
	cp /bin/busybox "$new/root/bin/"
	cp "$LAB/init" "$new/root/init"
	for applet in chroot hostname ip ln mkdir mount reboot setsid sh sleep stty; do
		ln -s busybox "$new/root/bin/$applet"
	done
	(cd "$new/root" && find . | /bin/busybox cpio -o -H newc) >"$new/cpio" 2>"$new/log" ||
		die "could not make the initramfs: $(tail -n 1 "$new/log")"
	mv "$new/cpio" "$INITRAMFS"
	rm -rf "$new"
}

# The command line of every kernel on this machine, the next one's too. What is
# not about live update or about faults saves time while it boots.
command_line()
{
	local words=(console=ttyS0 liveupdate=on kho=on panic=-1 oops=panic
		tsc=reliable no_timer_check rcupdate.rcu_expedited=1)
	[[ $ALLOW_WARNINGS ]] || words+=(panic_on_warn=1)
	[[ $ICOUNT || ! -s $(tsc_file) ]] || words+=("tsc_early_khz=$(<"$(tsc_file)")")
	echo "${words[*]}$APPEND"
}

# Where it is known how fast the time stamp counter of this machine runs, as long as it
# is up.
tsc_file()
{
	echo "$CACHE/tsc.$(</proc/sys/kernel/random/boot_id)"
}

# learn_tsc CONSOLE: what a kernel has found out about it in two ways that agreed. Where
# this machine is busy, a kernel may find anything, and time goes wrong for it; so the
# next ones are told.
learn_tsc()
{
	local khz
	[[ ! $ICOUNT && ! -s $(tsc_file) ]] || return 0
	khz=$(sed -nE '/Refined TSC clocksource calibration: /{s/.* ([0-9]+)\.([0-9]{3}) MHz.*/\1\2/p;q}' "$1")
	[[ ! $khz ]] || echo "$khz" >"$(tsc_file)"
}

# What emulation tells about XSAVE makes guests of the lab host crash: there is
# none, and nothing that needs it.
CPU=max,la57=off,xsave=off
CPU+=,avx=off,avx2=off,fma=off,f16c=off,vaes=off,pku=off,mpx=off

# start_machine: sets MACHINE, the process id of QEMU, which ends with this
# shell whatever ends this shell.
start_machine()
{
	local machine=(
		-machine q35,hpet=off,nvdimm=on -cpu "$CPU" -smp "$CPUS"
		-m "$MEMORY,slots=1,maxmem=64G"
		-nodefaults -no-user-config -no-reboot -display none
		-kernel "$KERNEL" ${INITRAMFS:+-initrd "$INITRAMFS"} -append "$CMDLINE"
		-chardev "file,id=console,path=$CONSOLE_FILE" -serial chardev:console
		-chardev "file,id=verdict,path=$SCRATCH/verdict" -serial chardev:verdict
		-device virtio-serial-pci
		-chardev "file,id=output,path=$SCRATCH/output" -device virtconsole,chardev=output
		-fsdev "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"
		-device virtio-9p-pci,fsdev=root,mount_tag=root
		-fsdev "local,id=share,path=$SHARE,security_model=none,multidevs=remap"
		-device virtio-9p-pci,fsdev=share,mount_tag=share)
	# With a thread for each CPU, one of them may run code for a moment that another
	# has patched already, and a kernel, which patches its own, dies of it (int3) once
	# in some hundred boots. So all CPUs take turns in one thread.
	machine+=(-accel tcg,thread=single)
	[[ ! $DISK ]] || machine+=(-drive "file=$DISK,format=raw,if=virtio,cache=unsafe")
	[[ ! ${CARRIED_DISK:-} ]] || machine+=(
		-object "memory-backend-file,id=carried,share=on,mem-path=$CARRIED_DISK,size=$(stat -c %s "$CARRIED_DISK")"
		-device nvdimm,memdev=carried)
	[[ ! $PLUGIN ]] || machine+=(-plugin "$PLUGIN")
	[[ ! $ICOUNT ]] || machine+=(-icount "shift=$ICOUNT,sleep=off")
	cat "$SCRATCH/output" &
	trap 'stop_machine; rm -rf "$SCRATCH"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	setpriv --pdeathsig KILL qemu-system-x86_64 "${machine[@]}" \
		</dev/null >"$SCRATCH/qemu" 2>&1 &
	MACHINE=$!
}

stop_machine()
{
	[[ ! ${MACHINE:-} ]] || end_process "$MACHINE"
}

# end_process PID: a child of this shell.
end_process()
{
	kill -KILL "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

# What is left free on the disk of what is carried, for the scripts, in MiB
DISK_ROOM=64

# carry FILE...: sets CARRIED_DISK, a disk that has these files, and the libraries of
# those that are programs; they lie over the machine's own in the lab host, at the same
# paths. To read a program over 9p takes seconds, which no host's disk does.
carry()
{
	local file dir size top=$SCRATCH/carry
	need_packages e2fsprogs
	mkdir -p "$top"
	{
		printf '%s\n' "$@"
		for file; do
			ldd "$file" 2>/dev/null | sed -nE 's,^[^/]*(/[^ ]+) .*,\1,p' || true
		done
	} | sort -u | while read -r file; do
		# Where /lib is a link, nothing of that name may lie over it.
		dir=$top$(realpath "${file%/*}")
		mkdir -p "$dir"
		cp -L "$file" "$dir" || die "could not copy $file"
	done
	carry_links "$top"
	CARRIED_DISK=$SCRATCH/carried
	# QEMU wants whole 128 MiB
	size=$((($(du -sm "$top" | cut -f 1) * 9 / 8 + DISK_ROOM + 127) / 128 * 128))
	/sbin/mke2fs -q -t ext2 -b 4096 -m 0 -d "$top" "$CARRIED_DISK" "${size}M" \
		>"$SCRATCH/mke2fs" 2>&1 || die "could not make a disk of what is carried"
	rm -rf "$top"
}

# carry_links TOP: those that lead to directories there, so that it can be a root of its own
carry_links()
{
	local link
	for link in /bin /lib /lib64 /sbin; do
		[[ ! -L $link || ! -d $1$(realpath "$link") ]] ||
			ln -s "$(readlink "$link")" "$1$link"
	done
}
