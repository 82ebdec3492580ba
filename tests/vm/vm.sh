# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Runs programs in lab hosts and makes one TAP stream of what they print.
# Sourced by *.t. A machine that ends otherwise than expected is a failed test.

set -u
VM=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$VM/../.." && pwd)
BUILD=${LUO_BUILD:-$TOP/build}
count=0
failed=0

# kernel SERIES-FLAVOUR: its image. LUO_FLAVOUR=luo-debug has ours find faults.
kernel()
{
	local flavour=${1#*-}
	[ "$flavour" = luo ] && flavour=${LUO_FLAVOUR:-luo}
	"$TOP/lab/kernel" "${1%%-*}" "$flavour" 2>/dev/null
}

bail()
{
	echo "Bail out! $*"
	exit 1
}

# program NAME: compiles a test, where it is not yet, from NAME.c, NAME_*.c and what all share
program()
{
	local bin=$BUILD/vm/$1 src sources
	mkdir -p "$BUILD/vm"
	mapfile -t sources < <(ls "$VM"/{"$1",vm,module,memfds}.c; compgen -G "$VM/$1_*.c")
	for src in "${sources[@]}" "$VM"/*.h "$TOP/linux/include/uapi/linux/liveupdate.h"; do
		[ "$bin" -nt "$src" ] && continue
		"${CC:-gcc}" -std=gnu11 -O2 -Wall -Wextra -Werror -I "$TOP/linux/include/uapi" \
			-o "$bin.$$" "${sources[@]}" -lpthread && mv "$bin.$$" "$bin" ||
			return 1
		break
	done
	echo "$bin"
}

result()
{
	count=$((count + 1))
	[ "$1" = ok ] || failed=$((failed + 1))
	echo "$1 $count - $2"
}

# number: gives the lines of a machine their numbers, sets count and failed
number()
{
	local line
	while IFS= read -r line; do
		line=${line%$'\r'}
		case $line in
		'ok - '*) result ok "$series${line#ok - }" ;;
		'not ok - '*) result 'not ok' "$series${line#not ok - }" ;;
		*) echo "# ${line#\# }" ;;
		esac
	done
}

# machine WANT FROM TO PROGRAM [LAB-HOST-OPTION...]: one lab host, which boots
# kernel FROM, is to jump to kernel TO, and is to end with status WANT
machine()
{
	local want=$1 from=$2 to=$3 bin image next status out
	local series="$from -> $to: "
	bin=$(program "$4") || bail "$4 does not compile"
	image=$(kernel "$from") || bail "there is no kernel $from, see lab/kernel"
	next=$(kernel "$to") || bail "there is no kernel $to, see lab/kernel"
	shift 4
	# KASAN's shadow has to fit into what the next kernel boots in.
	case $image$next in
	*-debug/*) set -- --memory 6G --append kho_scratch=128M,256M,1536M "$@" ;;
	esac
	out=$(mktemp)
	"$TOP/lab/host" --kernel "$image" --next "$next" --timeout "${VM_TIMEOUT:-300}" --run "$bin" "$@" \
		>"$out" 2>"$out.err" </dev/null
	status=$?
	number <"$out"
	if [ "$status" -eq "$want" ]; then
		result ok "${series}the machine ends with status $want"
	else
		result 'not ok' "${series}the machine ends with status $want"
		{
			echo "# it ended with $status; the end of what it printed:"
			tail -n 15 "$out" | sed 's/^/# /'
			sed 's/^/# /' "$out.err"
		} >&2
	fi
	rm -f "$out" "$out.err"
}

finish()
{
	echo "1..$count"
	[ "$failed" -eq 0 ]
}
