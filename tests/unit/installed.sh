# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by tests of what 'meson install' puts in place: a build without sanitizers,
# installed below $usr, where pkg-config finds it.

. "$(dirname "$0")/luoctl.sh"

plain=$LUO_BUILD/plain
mkdir -p "$plain"
exec 9>"$LUO_BUILD/.plain-lock"
flock 9
{
	[ -f "$plain/build.ninja" ] ||
		meson setup "$plain" "$top" --prefix=/usr --libdir=lib -Dwerror=true -Dtests=disabled
	DESTDIR=$work/root meson install -C "$plain"
} >install.log 2>&1 || {
	sed 's/^/# /' install.log | tail -n 20
	bail_out "cannot install"
}
exec 9>&-

usr=$work/root/usr
export PKG_CONFIG_SYSROOT_DIR="$work/root" PKG_CONFIG_PATH="$usr/lib/pkgconfig"
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
