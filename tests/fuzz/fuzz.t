#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What reads the handover of a previous kernel, in userspace, on any bytes: for some
# seconds each, or LUO_SOAK=1, for ten million times each.
# shellcheck source-path=SCRIPTDIR source=../tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source-path=SCRIPTDIR source=build.sh
. "$(dirname "$0")/build.sh"

BIN=${LUO_BUILD:-$TOP/build}/fuzz
TARGETS=(handover restore log memfd extent)
LIMIT=(-max_total_time=15)
[ "${LUO_SOAK:-}" ] && LIMIT=(-runs=10000000)

# fuzz FUZZER OPTION...: what was found stays where the fuzzer is.
fuzz()
{
	"$1" -artifact_prefix="$(dirname "$1")/" -max_len=2048 -timeout=20 -print_final_stats=1 "${@:2}"
}

# replay FUZZER: the corpus and handovers as this kernel writes them
replay()
{
	fuzz "$1" -runs=0 "$FUZZ/corpus/$(basename "$1")" "$work/seeds"
}

explore()
{
	local log=$work/$1.log status executions
	mkdir -p "$work/$1.new"
	fuzz "$BIN/$1" "${LIMIT[@]}" "$work/$1.new" "$FUZZ/corpus/$1" "$work/seeds" >"$log" 2>&1
	status=$?
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	check "$1: nothing is found in ${executions:-0} executions" finding "$status" "$log"
	sed -n 's/^INFO: Seed/# seed/p' "$log"
}

finding()
{
	grep -vE '^#[0-9]|Uses:' "$2"
	[ "$1" -eq 0 ]
}

# found TARGET FILE EXPRESSION: whether the corpus finds that a check was taken out, by
# sed, of a copy of the file
found()
{
	local dir from=$LUO/$2
	dir=$(mktemp -d "$work/found.XXXXXX")
	[ -e "$from" ] || from=$KERNEL/mm/$2
	sed -E "$3" "$from" >"$dir/$2"
	! cmp -s "$from" "$dir/$2" || { echo "there is no such check"; return 1; }
	build "$1" "$dir/$1" "$TREE" "$dir/$2" || return
	! replay "$dir/$1" >"$dir/output" 2>&1 || return
	grep -E 'ERROR: |runtime error:' "$dir/output"
}

mkdir -p "$BIN" "$work/seeds"
TREE=$("$TOP/lab/kernel" --tree 7.3 luo 2>"$work/kernel") ||
	bail_out "no tree of Linux 7.3: $(tail -n 1 "$work/kernel")"
for target in seeds "${TARGETS[@]}"; do
	check "$target builds" build "$target" "$BIN/$target" "$TREE"
done
[ "$failed" -eq 0 ] || { done_testing; exit 1; }
check "handovers are written" "$BIN/seeds" "$work/seeds"
for target in "${TARGETS[@]}"; do
	check "$target: nothing is found in the corpus" replay "$BIN/$target"
done
check "a missing check of a block's length is found" \
	found handover luo_handover.c 's/block->count > room/block->count > ~room/'
check "a missing check of a table's length is found" \
	found handover luo_handover.c 's/header->count > \(/header->count > ~(/'
check "a missing check of a string's end is found" \
	found handover luo_handover.c 's/len && len < size/len/'
check "a missing check of what was handed over is found" \
	found handover luo_handover.c 's/size <= PAGE_SIZE << order/true/'
check "a missing check of the root's length is found" \
	found handover luo_handover.c 's/ \|\| ser->length > size//'
check "a missing check of a participant's name is found" \
	found handover luo_handover.c 's/!luo_participant_name_ok\(ser\[i\].name\)/false/'
check "a missing check of a session's name is found" \
	found restore luo_session.c 's/luo_string_check\(ser->name, [^{]*\)\)$/!ser)/'
check "a block that is given back twice is found" \
	found restore luo_file.c 's/luo_blocks_check\(ser->files.*/(count = ser->count, 0);/'
check "a missing check of the log's length is found" \
	found log luo_log.c 's/ser->size > len/ser->size > ~len/'
check "a missing check of a memfd's table is found" \
	found memfd memfd_luo_table.c 's/!memfd_luo_is_run\(pa, order\)/!pa/'
check "a missing check of a memfd's folio is found" \
	found memfd memfd_luo_table.c 's/liveupdate_handed_over\(pa, PAGE_SIZE\) \?/pa ?/'
check "a missing check of a block of extents is found" \
	found extent memfd_extent_read.c 's/block->count > ARRAY_SIZE\(block->extents\)/false/'
check "a missing check of an extent's end is found" \
	found extent memfd_extent_read.c 's/ \|\| e->pages > file - e->index//'
check "a missing check of an extent's memory is found" \
	found extent memfd_extent_read.c 's/return memfd_extent_handed_over\(.* \? 0 : -EINVAL/return 0/'
check "a missing check of a chain that loops is found" \
	found extent memfd_extent_read.c 's/if \(pa == \*mark\)/if (pa == *mark \&\& !pa)/'
check "memory of which a part was taken over before is found" \
	found extent memfd_extent_read.c 's/pages > 1 && !memfd_extent_handed_over/!pages \&\& !memfd_extent_handed_over/'
check "memory of which its zone is not told is found" \
	found extent memfd_extent_read.c 's/r->unmanaged = 0;/return;/'
for target in "${TARGETS[@]}"; do
	explore "$target"
done
done_testing
