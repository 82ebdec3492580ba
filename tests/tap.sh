# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For tests that check commands on this machine. Sourced by *.t.

set -u
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
count=0
failed=0
work=$(mktemp -d) || { echo "Bail out! no temporary directory"; exit 1; }
trap 'rm -rf "$work"' EXIT

# check NAME COMMAND...: a test that passes if COMMAND succeeds
check()
{
	local name=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/check" 2>&1; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/check" | tail -n 40
	fi
}

bail_out()
{
	echo "Bail out! $*"
	exit 1
}

done_testing()
{
	echo "1..$count"
	[ "$failed" -eq 0 ]
}
