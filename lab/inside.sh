# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What runs in lab hosts that have guests. Sourced there, with PROGRAMS, where luod,
# luo-qemu and luoctl were built, GUEST_INITRD, and GUESTS, their names.

PATH=$PROGRAMS/daemon:$PROGRAMS/ctl:$PROGRAMS/agents/qemu:$PATH

# start_luod [LINE...]: as its unit would, with these settings, too
# shellcheck disable=SC2120
start_luod()
{
	printf '#!/bin/sh\nexec "%s" resume --all\n' "$(command -v luo-qemu)" >/run/resume
	chmod +x /run/resume
	{
		echo "[luod]"
		echo "resume_command = /run/resume"
		printf '%s\n' "$@"
	} >/run/luod.conf
	luod --config /run/luod.conf &
	LUOD=$!
}

wait_for_luod()
{
	until luoctl clients >/dev/null 2>&1; do
		kill -0 "$LUOD" 2>/dev/null || { echo "not ok - luod runs"; exit 1; }
		sleep 0.1
	done
}

# guest_memory MEGABYTES: of the next guests; half of it is what they check
GUEST_MEMORY=256
# Its memory is in huge pages
GUEST_HUGE=

# start_guest NAME: the first of GUESTS is called by the second, the third by the
# fourth, and so on.
start_guest()
{
	local name=$1 number=0 guest words options=()
	for guest in "${GUESTS[@]}"; do
		number=$((number + 1))
		[[ $guest != "$name" ]] || break
	done
	words="$(grep -o 'tsc_early_khz=[0-9]*' /proc/cmdline) console=ttyS0 quiet panic=-1 guest=$name memory=$((GUEST_MEMORY / 2)) ip=10.0.0.$number"
	((number % 2)) || words+=" peer=10.0.0.$((number - 1))"
	[[ -e $LAB_OUT/$name.disk ]] || truncate -s 1M "$LAB_OUT/$name.disk"
	if [[ $name == "$GUEST_HUGE" ]]; then
		echo $((GUEST_MEMORY / 2)) >/proc/sys/vm/nr_hugepages
		options=(--huge-pages 2M)
	fi
	luo-qemu run "$name" --memory "${GUEST_MEMORY}M" "${options[@]}" -- \
		qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
		-machine pc,accel=kvm -cpu qemu64 \
		-kernel "${GUEST_KERNEL:-$LAB_KERNEL}" -initrd "$GUEST_INITRD" -append "$words" \
		-chardev "file,id=console,path=$LAB_OUT/$name.console,append=on" \
		-serial chardev:console \
		-drive "file=$LAB_OUT/$name.disk,format=raw,if=virtio" \
		-netdev "socket,id=net,udp=127.0.0.1:$((7000 + (number - 1 ^ 1))),localaddr=127.0.0.1:$((7000 + number - 1))" \
		-device "virtio-net-pci,netdev=net,romfile=,mac=52:54:00:00:00:0$number" &
}

# guest_lines GUEST: its last lines that tell what it did
guest_lines()
{
	tail -n 4 "$LAB_OUT/$1.console" 2>/dev/null | tr -d '\r' |
		grep -E '^.*guest .* count [0-9]+ .* errors [0-9]+$' || true
}

# last_count GUEST: 0 if there is none
last_count()
{
	local count
	count=$(guest_lines "$1" | sed -n '$s/^.* count \([0-9]*\) .*/\1/p')
	echo "${count:-0}"
}

# messages GUEST: how many it has exchanged with the other one
messages()
{
	local count
	count=$(guest_lines "$1" | sed -n '$s/^.* tcp \([0-9]*\) .*/\1/p')
	echo "${count:-0}"
}

# wait_for_counts N [SECONDS]: until each guest has counted so far, and they have talked
wait_for_counts()
{
	local guest end=$((SECONDS + ${2:-120}))
	for guest in "${GUESTS[@]}"; do
		until (($(last_count "$guest") >= $1 && $(messages "$guest") > 0)); do
			((SECONDS < end)) || return 1
			sleep 0.3
		done
	done
}

# wait_for_progress N [SECONDS]: until each guest has counted N more than it has now; where
# there are many, some are far ahead of others
wait_for_progress()
{
	local guest end=$((SECONDS + ${2:-60}))
	local -A from
	for guest in "${GUESTS[@]}"; do
		until from[$guest]=$(last_count "$guest"); ((from[$guest])); do
			((SECONDS < end)) || return 1
			sleep 0.3
		done
	done
	for guest in "${GUESTS[@]}"; do
		until (($(last_count "$guest") >= from[$guest] + $1)); do
			((SECONDS < end)) || return 1
			sleep 0.3
		done
	done
}

# wait_until SECONDS COMMAND...: until it succeeds
wait_until()
{
	local end=$((SECONDS + $1))
	until "${@:2}"; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

kernel_is()
{
	[[ $(cat /sys/kernel/liveupdate/state 2>/dev/null) == "$1" ]]
}

# update OPTION...: to LAB_NEXT, by luod
# shellcheck disable=SC2120
update()
{
	luoctl update "$@" --initrd "$LAB_INITRD" --command-line "$LAB_CMDLINE" "$LAB_NEXT" 2>&1 | cat
	return "${PIPESTATUS[0]}"
}
