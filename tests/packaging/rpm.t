#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# RPM packages: what packaging/luo.spec makes of the tree. Where they would be installed
# is not here, nor what they depend on.
. "$(dirname "$0")/../tap.sh"

cd "$TOP" || bail_out "no $TOP"
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
rpms=$work/rpms
DEFINE=(--define "_topdir $rpms" --define "_tmppath $work" --define "_dbpath $work/db")

source_tarball()
{
	mkdir -p "$rpms/SOURCES" "$work/luo-$version" &&
		tar --exclude=./.git --exclude='./build*' -cf - . | tar -C "$work/luo-$version" -xf - &&
		tar -C "$work" -cJf "$rpms/SOURCES/luo-$version.tar.xz" "luo-$version"
}

build()
{
	source_tarball && env -u DESTDIR rpmbuild -ba --nodeps "${DEFINE[@]}" packaging/luo.spec
}

# Commands, units and pages, with the package that has them
contents()
{
	local file
	for file in "$rpms"/RPMS/*/*.rpm; do
		rpm "${DEFINE[@]}" -qp --qf '[%{=NAME} %{FILENAMES}\n]' "$file"
	done | grep -E '/s?bin/|/system/|/man[1-8]/(libluo|liveupdate|luo[^_]*)\.|/completions/|\.so|/apply$|/lib/luo/|/90luo/|/initramfs-|\.config$' |
		sed -E 's/ \/usr\/lib[^/]*\/lib/ \/lib\/lib/; s/(\.[1-8])\.gz$/\1/' | sort
}

check "the spec is understood" rpmspec "${DEFINE[@]}" -P packaging/luo.spec
check "it has this version" \
	test "$(rpmspec "${DEFINE[@]}" -q --srpm --qf '%{VERSION}' packaging/luo.spec)" = "$version"
check "the packages build" build
contents >"$work/contents"
sort >"$work/expected" <<END
libluo /lib/libluo.so.1
libluo /lib/libluo.so.$(sed -n "s/^libluo_version = '\(.*\)'/\1/p" lib/meson.build)
libluo-devel /lib/libluo.so
libluo-devel /usr/share/man/man3/libluo.3
luo /usr/bin/luoctl
luo /usr/lib/dracut/modules.d/90luo/luo.sh
luo /usr/lib/dracut/modules.d/90luo/module-setup.sh
luo /usr/lib/luo/early
luo /usr/lib/luo/init
luo /usr/lib/systemd/system/luo-metrics.service
luo /usr/lib/systemd/system/luo-metrics.timer
luo /usr/lib/systemd/system/luod.service
luo /usr/sbin/luod
luo /usr/share/bash-completion/completions/luoctl
luo /usr/share/man/man1/luoctl.1
luo /usr/share/man/man4/liveupdate.4
luo /usr/share/man/man5/luod.conf.5
luo /usr/share/man/man7/luod-hooks.7
luo /usr/share/man/man8/luod.8
luo-kernel-source /usr/src/luo/linux/apply
luo-kernel-source /usr/src/luo/luo.config
luo-qemu /usr/bin/luo-qemu
luo-qemu /usr/lib/systemd/system/luo-qemu-resume.service
luo-qemu /usr/lib/systemd/system/luo-qemu@.service
luo-qemu /usr/share/bash-completion/completions/luo-qemu
luo-qemu /usr/share/man/man1/luo-qemu.1
END
check "each has what it should" diff -u "$work/expected" "$work/contents"
done_testing
