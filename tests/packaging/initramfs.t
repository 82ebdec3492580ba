#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What LUO has for initramfs-tools and for dracut: images are made with it, which after a
# jump, and only then, start another init; and what that one starts. Nothing is booted here.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/debian.sh"

cd "$TOP" || bail_out "no $TOP"
KERNEL=7.3.0-luo
IMAGE=/boot/initrd.img-$KERNEL
SCRIPT=scripts/init-bottom/luo
HOOK=hooks/pre-pivot/90-luo.sh

# has IMAGE FILE / lacks IMAGE FILE
has()
{
	inside "${LIST:-lsinitramfs}" "$1" >"$work/list" || return
	grep -e luo "$work/list"
	grep -qE "(^|/| )$2\$" "$work/list"
}

lacks()
{
	! has "$1" "$2" && [ -s "$work/list" ]
}

# state_is STATE: of the kernel that was booted; none has no orchestrator, or the stock one
state_is()
{
	rm -rf "$root/sys/kernel"
	[ "$1" = none ] && return
	mkdir -p "$root/sys/kernel/liveupdate"
	echo "$1" >"$root/sys/kernel/liveupdate/state"
}

# init_is INIT STATE [VARIABLE=VALUE...]: which one initramfs-tools would start, as the
# scripts that run there find it
init_is()
{
	local init=$1
	state_is "$2"
	rm -rf "$root/conf"
	mkdir "$root/conf"
	inside env init=/sbin/init rootmnt= "${@:3}" /bin/busybox sh -c '
		sed -n "/init-bottom\/luo/{s|^|/unpacked|;p;n;p}" /unpacked/scripts/init-bottom/ORDER >/order
		. /order
		grep -q param.conf /order && echo "init $init"' >"$work/init"
	cat "$work/init"
	grep -qx "init $init" "$work/init"
}

# dracut_does WORDS STATE SYSTEMD CMDLINE: what its hook has changed, with its own library
dracut_does()
{
	local words=$1
	state_is "$2"
	rm -rf "$root"/etc/cmdline* "$root/etc/systemd/system/initrd-switch-root.service.d" \
		"$root/reloads"
	echo "$4" >"$root/etc/cmdline"
	inside env DRACUT_SYSTEMD="$3" NEWROOT=/ PATH=/stubs:/dracut/bin:/usr/sbin:/usr/bin bash -c '
		. /usr/lib/dracut/modules.d/99base/dracut-lib.sh
		. /hook
		echo "reloads $(cat /reloads 2>/dev/null | wc -l)"
		grep -hs ^ExecStart=. /etc/systemd/system/initrd-switch-root.service.d/luo.conf
		echo "init $(getarg real_init=)"' >"$work/dracut" 2>/dev/null
	cat "$work/dracut"
	[ "$(tr '\n' ' ' <"$work/dracut")" = "$words " ]
}

# A program in place of another, which only says how it was called
stub()
{
	mkdir -p "$root/stubs"
	cat >"$root$1"
	chmod +x "$root$1"
}

stubs()
{
	stub /stubs/systemctl <<-'END'
	#!/bin/sh
	[ "$*" != daemon-reload ] || echo >>/reloads
	END
	stub /usr/sbin/luod <<-'END'
	#!/bin/sh
	echo "luod $* $(cat /proc/self/oom_score_adj)" >>/started
	END
	stub /usr/bin/luo-qemu <<-'END'
	#!/bin/sh
	echo "luo-qemu $* $(cat /proc/self/oom_score_adj)" >>/started
	END
	stub /sbin/init <<-'END'
	#!/bin/sh
	sleep 1
	echo "init $$ $*" >>/started
	END
	printf 'QEMU=true\nEARLY=yes\n' >"$root/etc/luo/qemu/first.conf"
	printf 'QEMU=true\n#EARLY=yes\n' >"$root/etc/luo/qemu/second.conf"
	printf 'QEMU=true\nEARLY="yes"\n' >"$root/etc/luo/qemu/third.conf"
	printf 'QEMU=true\nEARLY=no\n' >"$root/etc/luo/qemu/fourth.conf"
}

# starts STATE: the lines of standard input are what is started; init stays the process
# that it was called as
starts()
{
	sort >"$work/expected"
	state_is "$1"
	: >"$root/started"
	inside sh -c 'touch /dev/kmsg; echo $$ >/init-pid; exec /usr/lib/luo/init quiet single'
	sed -i "s/^init $(cat "$root/init-pid") /init same /" "$root/started"
	sort "$root/started" | diff -u "$work/expected" -
}

# score N: if root is let set it here
score()
{
	(echo "$1" >/proc/self/oom_score_adj && cat /proc/self/oom_score_adj) 2>/dev/null ||
		cat /proc/self/oom_score_adj
}

after_jump()
{
	starts updated <<-END
	init same quiet single
	luo-qemu resume --early first $(score -500)
	luo-qemu resume --early third $(score -500)
	luod --early $(score -1000)
	END
}

plain_boot()
{
	starts normal <<-END
	init same quiet single
	END
}

initramfs_tools()
{
	check "an initramfs is made" inside update-initramfs -c -k "$KERNEL"
	check "which has nothing of LUO without the package" lacks "$IMAGE" "$SCRIPT"
	check "when the package is installed the initramfs is made again" apt install "${debs[@]}"
	check "with the script" has "$IMAGE" "$SCRIPT"
	check "it is unpacked" inside unmkinitramfs "$IMAGE" /unpacked
	[ ! -d "$root/unpacked/main" ] || mv "$root"/unpacked/main/* "$root/unpacked/"
	check "after a jump another init is started" init_is /usr/lib/luo/init updated
	check "in a plain boot it is as ever" init_is /sbin/init normal
	check "without our orchestrator as well" init_is /sbin/init none
	check "somebody's own init is started all the same" init_is /bin/sh updated init=/bin/sh
	check "so is the usual one where there is no other" \
		init_is /sbin/init updated rootmnt=/nowhere
}

dracut()
{
	local LIST=lsinitrd
	check "dracut makes one" \
		inside dracut --no-kernel --no-hostonly --kver "$KERNEL" --force /dracut.img
	check "with the hook" has /dracut.img ".*$HOOK"
	check "and systemd" has /dracut.img usr/lib/systemd/system/initrd-switch-root.service
	inside sh -c 'mkdir /dracut && cd /dracut && lsinitrd --unpack /dracut.img' >"$work/unpack" 2>&1
	find "$root/dracut" -path "*/$HOOK" -exec cp {} "$root/hook" \;
	check "systemd is told to start another init after a jump" dracut_does \
		"reloads 1 ExecStart=systemctl --no-block switch-root / /usr/lib/luo/init init " \
		updated 1 ""
	check "without systemd, dracut is" dracut_does "reloads 0 init /usr/lib/luo/init" updated "" ""
	check "in a plain boot nothing is" dracut_does "reloads 0 init " normal 1 ""
	check "nor without our orchestrator" dracut_does "reloads 0 init " none "" ""
	check "nor where somebody wants another init" dracut_does "reloads 0 init " updated 1 \
		"quiet init=/bin/sh"
}

purge()
{
	apt remove --purge luo luo-qemu && apt autoremove --purge
}

in_debian()
{
	local -a debs
	make_debian
	apt install busybox dracut-core initramfs-tools systemd >"$work/tools" 2>&1 ||
		bail_out "what the tests need cannot be installed: $(tail -n 1 "$work/tools")"
	mkdir -p "$root/lib/modules/$KERNEL" "$root/packages"
	touch "$root/lib/modules/$KERNEL"/modules.{builtin,order}
	echo CONFIG_RD_GZIP=y >"$root/boot/config-$KERNEL"
	touch "$root/boot/vmlinuz-$KERNEL"
	inside depmod "$KERNEL" 2>/dev/null
	cp "$work"/debs/{luo,luo-qemu}_*.deb "$root/packages/"
	mapfile -t debs < <(cd "$root" && printf '/%s\n' packages/*.deb)
	initramfs_tools
	stubs
	dracut
	check "after a jump luod and guests are started beside init" after_jump
	check "in a plain boot nothing but init" plain_boot
	rm "$root"/etc/luo/qemu/*
	check "the packages are purged" purge
	check "and the initramfs made without them" lacks "$IMAGE" "$SCRIPT"
	check "nothing of theirs is left" sh -c \
		'! find "$0"/usr "$0"/etc "$0"/lib -path "*luo*" ! -path "*/modules/*" ! -path "*.conf" | grep .' "$root"
}

may_be_root || { echo "1..0 # SKIP this machine does not let root mount"; exit 0; }
check "the packages build" packaging/build-deb "$work/debs"
[ "$failed" -ne 0 ] || in_debian
done_testing
