# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Shared by bench/run and bench/profile; sourced, never run. What is measured, and the lab
# host that it is measured in.

# shellcheck source-path=SCRIPTDIR source=../lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lab/lib.sh"
PROGRAM=bench/$(basename "$0")

SERIES=7.3
# The largest load takes 8 GiB, besides what the next kernel starts in.
MEMORY=12G
BUILD=${LUO_BUILD:-$LUO/build}
# Where results are written down
DOC=$LUO/docs/performance.md

# The loads: a name, and what bench/bench.c makes it of, see there
LOADS="nothing 0 0
64-MiB 1 16384
256-MiB 1 65536
1-GiB 1 262144
3-GiB 1 786432
8-GiB 1 2097152
256-MiB-fragmented -F 1 65536
8-GiB-hugetlb -H 1 4096
1,000-files 1000 4
10,000-files 10000 1"

load_names()
{
	cut -d ' ' -f 1 <<<"$LOADS"
}

# load_of NAME: sets LOAD, the arguments for bench/bench.c
load_of()
{
	local line
	line=$(awk -v name="$1" '$1 == name' <<<"$LOADS")
	[[ $line ]] || die "there is no load $1; those there are: $(load_names | tr '\n' ' ')"
	read -ra LOAD <<<"${line#* }"
}

build_bench()
{
	need_packages gcc libc6-dev make binutils
	mkdir -p "$BUILD/bench"
	gcc -std=gnu11 -O2 -Wall -Wextra -Werror -I "$LUO/linux/include/uapi" \
		-I "$LUO/tests/vm" -o "$BUILD/bench/bench" "$LUO"/bench/{bench,load,phase}.c \
		"$LUO/tests/vm/vm.c" || die "bench/bench.c does not compile; see above"
}

# kernel FLAVOUR: sets IMAGE
kernel()
{
	IMAGE=$("$LUO/lab/kernel" "$SERIES" "$1") || exit
}

# host SHIFT [OPTION...]: sets HOST, a lab host with IMAGE where an instruction takes
# 2^SHIFT ns. Its kernel is where it was linked, so that memory lies the same way each time.
host()
{
	wait_for_memory
	HOST=("$LUO/lab/host" "--icount=$1" --kernel "$IMAGE" --memory "$MEMORY" --timeout 7200
		--console "$WORK/console" --append "nokaslr tsc_early_khz=1000000"
		--run "$BUILD/bench/bench" "${@:2}")
}

# wait_for_memory: until this machine has what a lab host takes
wait_for_memory()
{
	local told='' needed=$((${MEMORY%G} * 1024 * 1024 + 512 * 1024))
	(($(memory MemTotal) >= needed)) || die "a lab host of $MEMORY does not fit into this machine"
	until (($(memory MemAvailable) >= needed)); do
		[[ $told ]] || say "waiting until there is memory for a lab host of $MEMORY"
		told=yes
		sleep 5
	done
}

# memory FIELD: of this machine, in kB
memory()
{
	awk -v field="$1:" '$1 == field { print $2 }' /proc/meminfo
}

# arguments FLAVOUR [OPTION...]: sets ARGUMENTS, what bench/bench.c needs for LOAD. Ours
# hands over by extents, unless there is another -f among the options.
arguments()
{
	ARGUMENTS=("${@:2}" "${LOAD[@]}")
	[[ $1 == stock ]] || ARGUMENTS=(-f extent "${ARGUMENTS[@]}")
}

failed()
{
	tail -n 20 "$WORK/out" "$WORK/err" >&2
	die "the lab host failed; see above"
}

# write_down MARK FILE: puts what FILE has between <!-- MARK --> and <!-- end -->
write_down()
{
	awk -v mark="<!-- $1 -->" -v text="$2" '
	$0 == mark	 { print; while ((getline line < text) > 0) print line; skip = 1; next }
	/<!-- end -->/	 { skip = 0 }
	!skip' "$DOC" >"$DOC.tmp" && mv "$DOC.tmp" "$DOC"
}
