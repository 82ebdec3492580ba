# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A host with systemd, an initramfs of its own and a disk. Sourced, after tap.sh and
# tests/packaging/debian.sh.

# shellcheck source-path=SCRIPTDIR source=../../lab/lib.sh
. "$TOP/lab/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../lab/machine.sh
. "$TOP/lab/machine.sh"
# shellcheck source-path=SCRIPTDIR source=../../lab/guest.sh
. "$TOP/lab/guest.sh"
set +e +o pipefail
# Of the machine: its kernels' messages, the guest's console, and what the test says
CONSOLE=$work/console
GUEST_CONSOLE=$work/guest-console
SAID=$work/said

# release_of BZIMAGE: its name, as the boot protocol has it
release_of()
{
	local at
	at=$(od -An -tu2 -j 526 -N 2 "$1")
	dd if="$1" bs=1 skip=$((at + 512)) count=64 2>/dev/null | tr '\0 ' '\n\n' | head -n 1
}

# put_kernel BZIMAGE [dracut]: as a package would, but for its modules, of which there are none
put_kernel()
{
	RELEASE=$(release_of "$1")
	mkdir -p "$root/lib/modules/$RELEASE"
	touch "$root/lib/modules/$RELEASE"/modules.{builtin,order}
	cp "$1" "$root/boot/vmlinuz-$RELEASE"
	cp "${1%/*}/config" "$root/boot/config-$RELEASE"
	inside depmod "$RELEASE" 2>/dev/null
	if [ "${2:-}" = dracut ]; then
		inside dracut --no-kernel --no-hostonly --kver "$RELEASE" --force \
			"/boot/initrd.img-$RELEASE"
	else
		inside update-initramfs -c -k "$RELEASE"
	fi
}

# make_disk SIZE: DISK, with all that is in the root
make_disk()
{
	DISK=$work/disk
	echo "/dev/vda / ext2 defaults 0 0" >"$root/etc/fstab"
	echo guide >"$root/etc/hostname"
	rm -rf "$root"/var/cache/apt/archives/*.deb "$root/packages" "$root/build-deb"
	/sbin/mke2fs -q -t ext2 -b 4096 -m 0 -d "$root" "$DISK" "$1"
}

# run_machine SECONDS WORDS: until it ends, or its time is over
run_machine()
{
	setpriv --pdeathsig KILL timeout "$1" qemu-system-x86_64 \
		-machine q35,hpet=off -cpu "$CPU" -smp 1 -m 2G -accel tcg,thread=single \
		-nodefaults -no-user-config -no-reboot -display none \
		-kernel "$root/boot/vmlinuz-$RELEASE" -initrd "$root/boot/initrd.img-$RELEASE" \
		-append "$2" -drive "file=$DISK,format=raw,if=virtio,cache=unsafe" \
		-serial "file:$CONSOLE" -serial "file:$GUEST_CONSOLE" -serial "file:$SAID" \
		</dev/null >"$work/qemu" 2>&1
}
