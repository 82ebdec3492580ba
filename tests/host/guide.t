#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/host.md, done as it stands there on a Debian 12 with systemd and initramfs-tools: from
# the packages to a guest that goes on in the next kernel. The kernel is one of the lab's. With
# LUO_SOAK also with a guest that is not early, and with an initramfs by dracut.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../packaging/debian.sh"
. "$(dirname "$0")/steps.sh"
. "$(dirname "$0")/image.sh"

cd "$TOP" || bail_out "no $TOP"
GUEST_MEMORY=96
# What a machine in emulation needs besides, and to be told of faults
WORDS="root=/dev/vda ro console=ttyS0 panic=-1 oops=panic panic_on_warn=1 tsc=reliable no_timer_check nokaslr"

# make_host [PACKAGE...]
make_host()
{
	rm -rf "$root"
	make_debian
	apt install busybox dbus initramfs-tools iproute2 kmod procps qemu-system-x86 seabios systemd \
		systemd-sysv udev "$@" >"$work/tools" 2>&1 ||
		bail_out "the host's packages cannot be installed: $(tail -n 1 "$work/tools")"
	mkdir "$root/build-deb"
	cp "$work"/debs/*_*.deb "$root/build-deb/"
	rm -f "$root"/build-deb/*-dbgsym_*
}

# guide NAME: the commands of that step, here and now
guide()
{
	step "$1" >"$root/step"
	inside bash -e /step
	local status=$?
	rm "$root/step"
	return $status
}

put_packages()
{
	step packages | grep -v '^packaging/build-deb$' >"$root/step"
	[ -s "$root/step" ] || return
	inside sh -ec 'cd / && . /step'
}

# The guest that the guide has one describe
put_guest()
{
	local words
	words="console=ttyS0 quiet panic=-1 guest=web memory=$((GUEST_MEMORY / 3)) $1"
	mkdir -p "$root/srv" "$root/steps"
	need_guest "$work" >&2
	cp "$GUEST_INITRD" "$root/srv/web.initrd"
	truncate -s 1M "$root/srv/web.img"
	cat >"$root/steps/web.conf" <<-END
	OPTIONS=--memory ${GUEST_MEMORY}M
	EARLY=yes
	QEMU=qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -machine pc,accel=kvm -cpu qemu64 -kernel /boot/vmlinuz-$RELEASE -initrd /srv/web.initrd -append "$words" -chardev serial,id=console,path=/dev/ttyS1 -serial chardev:console -drive file=/srv/web.img,format=raw,if=virtio
	END
	printf '#!/bin/sh\ncp /steps/web.conf "$1"\n' >"$root/steps/editor"
	chmod +x "$root/steps/editor"
}

# The steps that are done in the host, and what does them there
put_steps()
{
	local name
	for name in booted guest clients check dry-run update afterwards; do
		step "$name" | sed "s/7\.3\.4-luo/$RELEASE/g" >"$root/steps/$name"
		[ -s "$root/steps/$name" ] || return
	done
	cp tests/host/guide-inside "$root/steps/inside"
	cat >"$root/etc/systemd/system/guide.service" <<-END
	[Unit]
	After=multi-user.target luo-qemu@web.service
	[Service]
	Type=exec
	ExecStart=/steps/inside
	[Install]
	WantedBy=multi-user.target
	END
	inside systemctl enable guide.service
}

# As update-grub would
parameters()
{
	# shellcheck disable=SC2016 # for that shell
	inside sh -c 'GRUB_CMDLINE_LINUX=; . /etc/default/grub.d/luo.cfg; echo $GRUB_CMDLINE_LINUX'
}

counts_once()
{
	tr -d '\r' <"$GUEST_CONSOLE" | awk '
		/guest web boot / { boots++ }
		/ ERROR / { print; bad = 1 }
		/guest web count / { sub(/.*guest/, "guest"); if (last && $4 != last + 1) { print last, $4; bad = 1 } last = $4 }
		END { print boots " boots, counted to " last; exit bad || boots != 1 || last < 100 }'
}

# show_said: what the host has said, numbered on
show_said()
{
	local line
	tr -d '\r' <"$SAID" >"$work/tap"
	while IFS= read -r line; do
		case $line in
		'ok - '*)
			count=$((count + 1))
			echo "ok $count - $how: ${line#ok - }"
			;;
		'not ok - '*)
			count=$((count + 1))
			failed=$((failed + 1))
			echo "not ok $count - $how: ${line#not ok - }"
			;;
		*) echo "$line" ;;
		esac
	done <"$work/tap"
}

# host HOW: early, dracut, or with its services, the guest goes on
host()
{
	local how=$1 tsc='' before=$failed
	[ ! -s "$(tsc_file)" ] || tsc="tsc_early_khz=$(<"$(tsc_file)")"
	if [ "$how" = dracut ]; then
		make_host dracut-core
	else
		make_host
	fi
	check "$how: packages are installed" put_packages
	check "$how: an initramfs is made for the kernel" put_kernel "$kernel" "$how"
	check "$how: parameters are written down" guide parameters
	put_guest "$tsc"
	check "$how: the steps are in the guide" put_steps
	if [ "$how" = services ]; then
		sed -i /EARLY/d "$root/steps/web.conf"
	else
		touch "$root/steps/early"
	fi
	check "$how: a disk is made of it" make_disk 1600M
	: >"$GUEST_CONSOLE"
	check "$how: the machine ends by itself" \
		run_machine "${VM_TIMEOUT:-600}" "$WORDS $tsc $(parameters)"
	show_said
	check "$how: the second boot comes to its end" grep -q '^end' "$work/tap"
	check "$how: the guest counts on, each number once" counts_once
	check "$how: the kernels do not complain" sh -c \
		'! grep -aE "BUG:|WARNING:|Oops|Kernel panic|blocked for more" "$0"' "$CONSOLE"
	[ "$failed" -eq "$before" ] || tail -n 60 "$CONSOLE" | tr -d '\r' | sed 's/^/# /'
}

may_be_root || { echo "1..0 # SKIP this machine does not let root mount"; exit 0; }
kernel=$(lab/kernel 7.3 luo 2>"$work/kernel") || bail_out "no kernel: $(tail -n 1 "$work/kernel")"
check "packages are built" packaging/build-deb "$work/debs"
[ "$failed" -eq 0 ] || { done_testing; exit 1; }
host early
[ ! "${LUO_SOAK:-}" ] || host services
[ ! "${LUO_SOAK:-}" ] || host dracut
done_testing
