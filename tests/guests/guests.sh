# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Runs scripts in lab hosts with guests, and makes one TAP stream of what they print.
# Sourced by *.t.

# shellcheck source-path=SCRIPTDIR source=../vm/vm.sh
. "$(dirname "${BASH_SOURCE[0]}")/../vm/vm.sh"
HERE=$TOP/tests/guests
# shellcheck source-path=SCRIPTDIR source=../../lab/lib.sh
. "$TOP/lab/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../lab/guest.sh
. "$TOP/lab/guest.sh"
set +e
PROGRAMS=$BUILD/guests

# Without sanitizers: what takes seconds in emulation is slow enough.
build_programs()
{
	{
		[ -e "$PROGRAMS/build.ninja" ] ||
			meson setup "$PROGRAMS" "$TOP" -Dwerror=true -Dman=disabled \
				-Dtests=disabled
		ninja -C "$PROGRAMS" &&
			gcc -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -I "$TOP/common" \
				-I /usr/include/json-c -o "$PROGRAMS/client.new" "$HERE/client.c" \
				"$PROGRAMS/common/libcommon.a" -ljson-c -lz &&
			mv "$PROGRAMS/client.new" "$PROGRAMS/client"
	} >"$BUILD/guests-build.log" 2>&1 || {
		sed 's/^/# /' "$BUILD/guests-build.log" | tail -n 20
		bail "the programs do not build"
	}
	need_guest "$PROGRAMS"
}

mkdir -p "$BUILD"
# Once, for all that run beside each other
(
	flock 8
	build_programs
) 8>"$BUILD/guests.lock" || exit 1
GUEST_INITRD=$PROGRAMS/guest.cpio

# guests_machine FROM TO SCRIPT "GUEST..." [LAB-HOST-OPTION...]: one lab host, with one CPU,
# as with more of them the emulation loses interrupts of guests
guests_machine()
{
	local from=$1 to=$2 script=$3 guests=$4 image next status out file carried=()
	local series="$from -> $to: "
	image=$(kernel "$from") || bail "there is no kernel $from, see lab/kernel"
	next=$(kernel "$to") || bail "there is no kernel $to, see lab/kernel"
	shift 4
	for file in "$PROGRAMS"/{daemon/luod,agents/qemu/luo-qemu,ctl/luoctl} /bin/{bash,sh} \
		/usr/bin/qemu-system-x86_64 /usr/share/seabios/bios-256k.bin \
		/usr/share/qemu/{kvmvapic,linuxboot_dma}.bin "$image" "$GUEST_INITRD"; do
		carried+=(--carry "$file")
	done
	out=$(mktemp)
	# shellcheck disable=SC2086 # a word a guest
	"$TOP/lab/host" --kernel "$image" --next "$next" --memory 3G --cpus 1 \
		--timeout "${VM_TIMEOUT:-600}" "${carried[@]}" --run "$script" "$@" -- \
		"$PROGRAMS" "$GUEST_INITRD" $guests >"$out" 2>"$out.err" </dev/null
	status=$?
	number <"$out"
	if [ "$status" -eq 0 ]; then
		result ok "${series}the machine ends well"
	else
		result 'not ok' "${series}the machine ends well"
		{
			echo "# it ended with $status; the end of what it printed:"
			tail -n 15 "$out" | sed 's/^/# /'
			sed 's/^/# /' "$out.err"
		} >&2
	fi
	rm -f "$out" "$out.err"
}
