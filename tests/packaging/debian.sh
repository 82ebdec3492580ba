# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For tests that install packages in a Debian of their own. Sourced, after tap.sh.

root=$work/root

# Whether this machine lets root do what it takes
may_be_root()
{
	unshare --mount --net true 2>/dev/null
}

# A new Debian, or the test is over
make_debian()
{
	"$TOP/tests/packaging/chroot" "$root" 2>"$work/made" || bail_out "$(tail -n 1 "$work/made")"
}

# inside COMMAND...: in that Debian, with processes of its own and without a network
inside()
{
	# shellcheck disable=SC2016 # for that shell
	unshare --mount --net --pid --fork --kill-child \
		sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

# apt COMMAND PACKAGE...
apt()
{
	inside apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@"
}

# All names but those of what is cached, or written down about packages
names()
{
	inside find / -xdev \( -path /proc -o -path /packages -o -path /tmp -o -path /var/cache \
		-o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/log \) -prune -o -print | sort
}
