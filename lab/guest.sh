# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The guests that live on lab hosts. Sourced, after lib.sh.

# need_guest DIR: sets GUEST_INITRD, made of lab/guest.c, in DIR. The kernel of a guest
# is one of the lab's.
need_guest()
{
	GUEST_INITRD=$1/guest.cpio
	[[ ! $GUEST_INITRD -nt $LAB/guest.c ]] || return 0
	mkdir -p "$1/guest"
	gcc -D_GNU_SOURCE -std=gnu11 -O2 -static -Wall -Wextra -o "$1/guest/init" "$LAB/guest.c" ||
		die "the guest does not build; see above"
	(cd "$1/guest" && echo init | /bin/busybox cpio -o -H newc) >"$1/guest.new" 2>/dev/null ||
		die "could not make the guest's initramfs"
	mv "$1/guest.new" "$GUEST_INITRD"
}
