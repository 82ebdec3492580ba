#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# luo.config gives a kernel all that it names, by the commands of docs/host.md.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../host/steps.sh"

cd "$TOP" || bail_out "no $TOP"

# configure TREE CONFIG COMMANDS: there, as the guide does; the tree itself stays as it is
configure()
{
	mkdir -p "$work/over"
	# shellcheck disable=SC2016 # for that shell
	CONFIG=$2 unshare --mount bash -c '
		mount -t tmpfs over "$1" && mkdir "$1"/{upper,work,tree} &&
			mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" over "$1/tree" &&
			cd "$1/tree" && rm -f .config && eval "set -e; $3"; status=$?
		cp .config "$CONFIG.made" && exit $status' - "$work/over" "$1" "$3"
}

# The configuration of the tree, with nothing of what the fragment has
before()
{
	cp "$1/.config" "$work/config"
	sed -n 's/^\(CONFIG_[A-Z_]*\)=.*/\1/p' packaging/luo.config | while read -r option; do
		sed -i "/^${option}[ =]/d; /^# $option /d" "$work/config"
	done
	echo "# CONFIG_LIVEUPDATE is not set" >>"$work/config"
	! grep ^CONFIG_LIVEUPDATE= "$work/config"
}

# commands FRAGMENT: the guide's, for this place
commands()
{
	step configure | sed "s|/boot/config-\$(uname -r)|$work/config|
		s|/usr/src/luo/luo.config|$1|; s|^make |make -s ARCH=x86_64 |"
}

complete()
{
	[ "$(commands x | wc -l)" -ge 5 ] &&
		configure "$1" "$work/config" "$(commands "$TOP/packaging/luo.config")"
}

incomplete()
{
	echo CONFIG_NO_SUCH_OPTION=y | cat packaging/luo.config - >"$work/luo.config"
	! configure "$1" "$work/config" "$(commands "$work/luo.config")" >"$work/said" 2>&1 || return
	cat "$work/said"
	grep -qx CONFIG_NO_SUCH_OPTION=y "$work/said"
}

unshare --mount true 2>/dev/null || { echo "1..0 # SKIP this machine does not let root mount"; exit 0; }
for series in 7.2 7.3; do
	tree=$(lab/kernel --tree "$series" luo 2>"$work/kernel") ||
		bail_out "no tree of Linux $series: $(tail -n 1 "$work/kernel")"
	check "$series: a configuration without LUO" before "$tree"
	check "$series: has it, with all of luo.config" complete "$tree"
	check "$series: the name of the kernel says so" \
		grep -qx 'CONFIG_LOCALVERSION="-luo"' "$work/config.made"
done
check "an option that there is not is noticed" incomplete "$tree"
done_testing
