# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests that run the whole command: a kernel played by a
# directory, and what turns checks into TAP.

. "$(dirname "$0")/../unit/setup.sh"

luoctl=$LUO_BUILD/tests/unit/luoctl-fake
work=$(mktemp -d) || bail_out "no temporary directory"
trap 'rm -rf "$work"' EXIT
cd "$work" || bail_out "no temporary directory"
count=0

result() { # OK NAME
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
	fi
}

# What the kernels of tests restore.
NOTES="1:kho-v4 2:luo-v5 2:luo-state-v1 3:memfd-v2 3:luo-memfd-extent-v1 5:log:luo-log-v1"

image() { # KIND ARGUMENT...: a kernel, or what it is made of
	perl "$here/../unit/image.pl" "$@"
}

# A kernel that restores all that the one here hands over
make_kernel() { # FILE
	# shellcheck disable=SC2086 # one word each
	image bzimage gzip 7.3.4-luo $NOTES >"$1"
}

make_initrd() { # FILE NAME...: with these files
	to=$(realpath "$1")
	shift
	rm -rf initrd-root
	for name; do
		mkdir -p "initrd-root/$(dirname "$name")"
		echo "$name" >"initrd-root/$name"
	done
	(cd initrd-root && find . | busybox cpio -o -H newc 2>/dev/null) >"$to"
}

# A new fake kernel: LUO_FAKE with nothing done to it.
fresh() {
	LUO_FAKE=$(mktemp -d "$work/fake.XXXXXX")
	export LUO_FAKE
	mkdir -p "$LUO_FAKE/outgoing" "$LUO_FAKE/incoming" "$LUO_FAKE/taken" "$LUO_FAKE/root/proc/sys/kernel" \
		"$LUO_FAKE/root/sys/kernel/liveupdate"
	: >"$LUO_FAKE/device"
	echo "BOOT_IMAGE=/vmlinuz root=/dev/vda liveupdate=on" >"$LUO_FAKE/root/proc/cmdline"
	echo 0 >"$LUO_FAKE/root/sys/kernel/kexec_loaded"
	echo 0 >"$LUO_FAKE/root/proc/sys/kernel/kexec_load_disabled"
	# shellcheck disable=SC2086 # one word each
	[ -e "$work/notes" ] || image notes $NOTES >"$work/notes"
	cp "$work/notes" "$LUO_FAKE/root/sys/kernel/"
}

# Runs luoctl, with its output and errors in the file 'out' and its code in $code.
run() {
	"$luoctl" "$@" >stdout 2>stderr
	code=$?
	cat stdout stderr >out
}

# What varies from run to run is not compared.
normalise() {
	sed -e 's/\([Pp]\)rocess [0-9][0-9]*/\1rocess PID/' -e "s/'kill [0-9]*'/'kill PID'/" \
		-e 's/^\[ *[0-9][0-9.]*\]/[TIME]/'
}

# Compares the last run with a code and with standard input.
expect() { # CODE NAME
	cat >expected
	normalise <out >normal
	if [ "$code" -eq "$1" ] && cmp -s expected normal; then
		result 0 "$2"
	else
		result 1 "$2"
		echo "# exit code $code, expected $1"
		diff -u expected normal | sed 's/^/# /'
	fi
}

# A member of what the last run has printed, which has to be JSON.
json_is() { # POINTER VALUE
	got=$("$LUO_BUILD/tests/unit/json" "$1" <stdout 2>&1)
	[ "$got" = "$2" ]
	result $? "JSON: $1 is $2"
	[ "$got" = "$2" ] || echo "# it is $got"
}

check() { # NAME COMMAND...
	name=$1
	shift
	"$@" >check.out 2>&1
	status=$?
	result $status "$name"
	[ $status -eq 0 ] || sed 's/^/# /' check.out
}

done_testing() {
	echo "1..$count"
}

# with_luod ARGUMENT... <SCRIPT: runs luoctl while fake_luod plays the script. If it comes
# otherwise than that has it, what it says is in 'out', too.
with_luod() {
	cat >script
	rm -f luod.sock
	"$LUO_BUILD/tests/unit/fake_luod" luod.sock <script 2>luod-errors &
	luod=$!
	while [ ! -S luod.sock ] && kill -0 $luod 2>/dev/null; do
		sleep 0.01
	done
	run "$@"
	wait $luod || sed 's/^/luod: /' luod-errors >>out
	rm -f luod.sock
}
