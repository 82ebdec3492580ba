# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Shared by the lab's commands; sourced, never run.

set -euo pipefail

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LUO=$(dirname "$LAB")
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/luo
PROGRAM=lab/$(basename "$0")
export LC_ALL=C

# say TEXT: progress, with the time since the command started.
say()
{
	printf '%s: [%3ds] %s\n' "$PROGRAM" "$SECONDS" "$*" >&2
}

# die WHAT: the reason for giving up, and what to do about it.
die()
{
	printf '%s: %s\n' "$PROGRAM" "$*" >&2
	exit "${DIE_STATUS:-1}"
}

missing_packages()
{
	local package
	for package; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
			echo "$package"
	done
}

apt_install()
{
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
		-o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 install "$@" </dev/null >&2
}

apt_update()
{
	apt-get -qq -o DPkg::Lock::Timeout=600 update >&2
}

# need_packages NAME...: installs those that are missing. Touches neither the
# network nor the package database when there are none.
need_packages()
{
	local missing
	mapfile -t missing < <(missing_packages "$@")
	((${#missing[@]})) || return 0
	((EUID == 0)) ||
		die "packages are missing; run as root: apt-get install ${missing[*]}"
	say "installing ${missing[*]}"
	apt_install "${missing[@]}" 2>/dev/null && return
	apt_update || die "apt-get update failed; see above"
	apt_install "${missing[@]}" ||
		die "could not install ${missing[*]}; see above"
}

# need_space DIR MEGABYTES WHAT: a full disk is better noticed before the work.
need_space()
{
	local free
	free=$(df --output=avail -BM "$1" | tr -dc '0-9\n' | tail -n 1)
	((free >= $2)) ||
		die "$3 needs $2 MiB in $1, only $free MiB are free; free some or set XDG_CACHE_HOME"
}

# make_scratch: SCRATCH, a directory in the cache that goes when this shell does.
make_scratch()
{
	mkdir -p "$CACHE"
	find "$CACHE" -maxdepth 1 -name 'scratch.*' -mmin +600 -exec rm -rf {} +
	SCRATCH=$(mktemp -d "$CACHE/scratch.XXXXXX")
	trap 'rm -rf "$SCRATCH"' EXIT
}

# lock FILE WHAT: held until the command ends; says so when it has to wait.
# Children keep it too, so that nobody starts while an orphan still works.
lock()
{
	local fd
	mkdir -p "$(dirname "$1")"
	exec {fd}>"$1"
	flock --nonblock "$fd" && return
	say "waiting for another $PROGRAM that works on $2"
	flock "$fd"
}

# content_hash DIR: one hash over the names and contents of the files below.
content_hash()
{
	(cd "$1" && find . -type f -print0 | sort -z | xargs -0r sha256sum) |
		sha256sum | cut -c 1-64
}
