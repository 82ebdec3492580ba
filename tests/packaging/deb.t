#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's packages: what packaging/build-deb makes of the tree, and what becomes of a
# Debian 12 in which they are installed, used and purged; with LUO_SOAK upgraded, too.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/debian.sh"

cd "$TOP" || bail_out "no $TOP"
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
next=${version%.*}.$((${version##*.} + 1))
PACKAGES=(libluo-dev libluo1 luo luo-kernel-source luo-qemu)
STOCK=(Makefile Kbuild kernel/liveupdate/kho_block.c)

# same DIR DIR: all that is built but the records of when and where that was
same()
{
	local file n=0
	for file in "$1"/*.{deb,dsc,tar.xz}; do
		cmp "$file" "$2/${file##*/}" || return
		n=$((n + 1))
	done
	echo "$n files"
	[ "$n" -ge 7 ]
}

# From another place, and under other circumstances
build_elsewhere()
{
	mkdir "$work/elsewhere" "$work/tmp"
	tar --exclude=./.git --exclude='./build*' -cf - . | tar -C "$work/elsewhere" -xf - || return
	find "$work/elsewhere" -exec touch -h -d 2001-02-03 {} + || return
	(cd / && umask 077 && TZ=Asia/Tokyo LC_ALL=C CFLAGS=-O0 SOURCE_DATE_EPOCH=1 \
		DESTDIR=/nowhere TMPDIR=$work/tmp "$work/elsewhere/packaging/build-deb" "$work/second")
}

# refused MESSAGE: what is there now is not built
refused()
{
	! "$work/elsewhere/packaging/build-deb" "$work/third" >"$work/said" 2>&1 || return
	cat "$work/said"
	[ ! -e "$work/third" ] && [ "$(wc -l <"$work/said")" -eq 1 ] && grep -q "$1" "$work/said"
}

# A new version is to be told of, and not before its day.
untold()
{
	sed -i "s/^  version: .*/  version: '$next',/" "$work/elsewhere/meson.build"
	refused "CHANGELOG.md: its first heading is not '## $next, " || return
	sed -i "0,/^## [0-9.]*\(.*\)/s//## $next\1\n\n- A test.\n\n&/" "$work/elsewhere/CHANGELOG.md"
	cp "$work/elsewhere/CHANGELOG.md" "$work/changes"
	sed -i "s/^## $next, ..../## $next, 9999/" "$work/elsewhere/CHANGELOG.md"
	refused "still to come" || return
	cp "$work/changes" "$work/elsewhere/CHANGELOG.md"
}

# file_of PACKAGE
file_of()
{
	echo "$work/first/$1_${version}"_*.deb
}

fields()
{
	local package
	for package in "${PACKAGES[@]}"; do
		[ "$(dpkg-deb -f "$(file_of "$package")" Version)" = "$version" ] || return
	done
	[ "$(dpkg-deb -f "$(file_of luo-kernel-source)" Architecture)" = all ]
}

# Each command, unit and page is in the package that one looks for it in.
contents()
{
	local package
	for package in "${PACKAGES[@]}"; do
		dpkg-deb --fsys-tarfile "$(file_of "$package")" | tar -tf - |
			sed -n "s|^\./\(.*[^/]\)$|$package \1|p"
	done | grep -vE ' usr/src/.*\.h$|/doc/' |
		grep -E '/s?bin/|/system/|/man[1-8]/[^_]*$|/completions/|\.so|\.h$|/apply|/lib/luo/|/90luo/|/initramfs-|\.config$' |
		sed 's|lib/[^/]*-linux-gnu[^/]*/|lib/|' | sort
}

expected_contents()
{
	cat <<-END
	libluo-dev usr/include/libluo.h
	libluo-dev usr/lib/libluo.so
	libluo-dev usr/share/man/man3/libluo.3.gz
	libluo1 usr/lib/libluo.so.1
	libluo1 usr/lib/libluo.so.$(sed -n "s/^libluo_version = '\(.*\)'/\1/p" lib/meson.build)
	luo lib/systemd/system/luo-metrics.service
	luo lib/systemd/system/luo-metrics.timer
	luo lib/systemd/system/luod.service
	luo usr/bin/luoctl
	luo usr/lib/dracut/modules.d/90luo/luo.sh
	luo usr/lib/dracut/modules.d/90luo/module-setup.sh
	luo usr/lib/luo/early
	luo usr/lib/luo/init
	luo usr/sbin/luod
	luo usr/share/bash-completion/completions/luoctl
	luo usr/share/initramfs-tools/scripts/init-bottom/luo
	luo usr/share/man/man1/luoctl.1.gz
	luo usr/share/man/man4/liveupdate.4.gz
	luo usr/share/man/man5/luod.conf.5.gz
	luo usr/share/man/man7/luod-hooks.7.gz
	luo usr/share/man/man8/luod.8.gz
	luo-kernel-source usr/src/luo/linux/apply
	luo-kernel-source usr/src/luo/luo.config
	luo-qemu lib/systemd/system/luo-qemu-resume.service
	luo-qemu lib/systemd/system/luo-qemu@.service
	luo-qemu usr/bin/luo-qemu
	luo-qemu usr/share/bash-completion/completions/luo-qemu
	luo-qemu usr/share/man/man1/luo-qemu.1.gz
	END
}

# As lib/libluo.map has them, of which each is in some version
symbols()
{
	diff -u <(awk -F'[ ;\t]' '/^LIBLUO_/ { v = $1 } /^\tluo_/ { print $2 "@" v }' lib/libluo.map |
			sort) \
		<(sed -n 's/^ \(luo_[^ ]*\) [0-9.]*$/\1/p' packaging/debian/libluo1.symbols | sort)
}

# What the machine-readable list of licences says of each file is what its first lines say.
copyright()
{
	local field rest file said
	local -A licences
	local -a patterns=() paragraph=() order=()
	while read -r field rest; do
		case $field in
		Files:) paragraph=("$rest") ;;
		License:)
			for file in "${paragraph[@]}"; do
				order+=("$file")
				licences[$file]=$rest
			done
			paragraph=()
			;;
		Copyright:) ;;
		*) [ -z "$rest" ] && ((${#paragraph[@]})) && paragraph+=("$field") ;;
		esac
	done <packaging/debian/copyright
	while read -r file; do
		said=$(sed -n '1,3s/.*SPDX-License-Identifier: \([-A-Za-z0-9. ]*\w\).*/\1/p' "$file")
		case $said in
		'') continue ;;
		GPL-2.0) said=GPL-2.0-only ;;
		*\ WITH\ *) said="GPL-2.0-only with ${said#* WITH } exception" ;;
		esac
		for rest in "${order[@]}"; do
			# shellcheck disable=SC2053 # a pattern
			[[ $file != $rest ]] || field=${licences[$rest]}
		done
		[ "$said" = "$field" ] || patterns+=("$file: $said, not $field")
	done < <(find . \( -path ./.git -o -path './build*' -o -path ./LICENSES -o -name corpus \) \
		-prune -o -type f -printf '%P\n')
	printf '%s\n' "${patterns[@]}"
	((${#order[@]} > 3 && !${#patterns[@]}))
}

# fails_with STATUS PATTERN COMMAND...
fails_with()
{
	local want=$1 pattern=$2 status
	shift 2
	inside "$@" >"$work/said" 2>&1
	status=$?
	cat "$work/said"
	echo "status $status"
	[ "$status" -eq "$want" ] && grep -q -- "$pattern" "$work/said" &&
		[ "$(wc -l <"$work/said")" -eq 1 ]
}

program()
{
	cat >"$root/tmp/program.c" <<-'END'
	#include <libluo.h>
	#include <stdio.h>
	int main(void)
	{
		struct luo *luo;
		int ret = luo_open(&luo, NULL, LUO_OPEN_WRITE);

		printf("%d %s\n", ret, luo_state_name(LUO_STATE_NORMAL));
		return ret < 0 ? 0 : 1;
	}
	END
	inside sh -ec 'cd /tmp
		gcc -Wall -Werror program.c $(pkg-config --cflags --libs libluo) -o program
		./program | grep -x -e "-2 normal"
		gcc -static program.c $(pkg-config --static --cflags --libs libluo) -o static
		./static | grep -x -e "-2 normal"'
}

# What the drop-in's patch says of a kernel's files is what there is of this one.
fake_tree()
{
	local tree=$1
	mkdir -p "$tree/kernel/liveupdate" || return
	touch "${STOCK[@]/#/$tree/}"
	printf 'VERSION = 7\nPATCHLEVEL = 3\n' >"$tree/Makefile"
	awk -v tree="$tree" '
		/^--- a\// {
			file = tree "/" substr($2, 3)
			dir = file
			sub(/\/[^\/]*$/, "", dir)
			system("mkdir -p " dir)
			line = 1
			next
		}
		/^\+\+\+ / { next }
		/^@@ / { for (split($2, at, /[-,]/); line < at[2]; line++) print "" >file; next }
		file && /^[ -]/ { print substr($0, 2) >file; line++ }' linux/hook.patch
}

applied()
{
	local source=/usr/src/luo/linux tree=/tmp/linux
	fake_tree "$root$tree" && cp -a "$root$tree" "$work/stock" || return
	inside "$source/apply" "$tree" || return
	cmp "$root$source/kernel/liveupdate/luo_core.c" "$root$tree/kernel/liveupdate/luo_core.c" &&
		grep -q luo "$root$tree/kernel/liveupdate/Makefile" || return
	inside "$source/apply" --reverse "$tree" || return
	find "$root$tree" -type d -empty -delete
	diff -r "$work/stock" "$root$tree"
}

# What somebody has switched off stays so.
upgraded()
{
	local said
	"$work/elsewhere/packaging/build-deb" "$work/third" || return
	rm "$root"/packages/* "$root/etc/systemd/system/sysinit.target.wants/luod.service"
	cp "$work"/third/*_*.deb "$root/packages/"
	rm "$root"/packages/*-dbgsym_*
	inside sh -c 'apt-get -qq -y -o Dpkg::Use-Pty=0 install /packages/*.deb' || return
	said=$(inside luoctl --version)
	echo "$said"
	[ "$said" = "luoctl $next" ] &&
		[ ! -e "$root/etc/systemd/system/sysinit.target.wants/luod.service" ]
}

# purged: but for what is said of packages, there is nothing that there was not before
purged()
{
	inside dpkg --purge "${PACKAGES[@]}" && apt autoremove --purge || return
	names >"$work/after"
	diff -u "$work/before" "$work/after"
}

in_debian()
{
	local page command
	local -a debs
	make_debian
	apt install gcc libc6-dev pkg-config man-db >"$work/tools" 2>&1 ||
		bail_out "what the tests need cannot be installed: $(tail -n 1 "$work/tools")"
	names >"$work/before"
	mkdir "$root/packages"
	cp "$work"/first/*_*.deb "$root/packages/"
	rm -f "$root"/packages/*-dbgsym_*
	mapfile -t debs < <(cd "$root" && printf '/%s\n' packages/*.deb)
	check "a Debian 12 installs them, and what they depend on" \
		apt install "${debs[@]}"
	check "once more" inside dpkg -i "${debs[@]}"
	for command in luoctl luod luo-qemu; do
		check "$command runs" test "$(inside "$command" --version)" = "$command $version"
	done
	check "luo-qemu --help" inside luo-qemu --help
	check "without LUO, luoctl status says so" fails_with 3 "not available here:" luoctl status
	check "and so does luod" fails_with 1 "is the kernel built with CONFIG_LIVEUPDATE" luod
	check "luod is started at boot" \
		test -L "$root/etc/systemd/system/sysinit.target.wants/luod.service"
	check "no guest is brought back unless that is said" \
		sh -c '! find "$0/etc/systemd" -name "luo-qemu*" | grep .' "$root"
	check "a program is built with libluo-dev, and runs" program
	for page in luoctl luo-qemu luod luod-hooks luod.conf liveupdate libluo luo_session_retrieve_fd; do
		check "man finds $page" inside man -w "$page"
	done
	check "the drop-in goes into a tree, and out" applied
	inside sh -c 'mkdir -p /var/lib/luod && echo "{}" >/var/lib/luod/last-update.json'
	[ ! "${LUO_SOAK:-}" ] || check "the next version takes their place" upgraded
	check "they are removed" apt remove "${PACKAGES[@]}"
	check "what luod wrote down stays until they are purged" \
		test -e "$root/var/lib/luod/last-update.json"
	check "then nothing of theirs is left" purged
}

check "the packages build" packaging/build-deb "$work/first"
[ "$failed" -eq 0 ] || { done_testing; exit 1; }
check "they have this version" fields
contents >"$work/contents"
expected_contents >"$work/expected"
check "each has what it should" diff -u "$work/expected" "$work/contents"
check "lintian finds no error, and warns of nothing" \
	lintian --allow-root --fail-on error,warning "$work/first/luo_${version}"_*.changes
check "lintian says nothing" sh -c 'test -z "$(cat "$0")"' "$work/check"
check "the library's symbols are listed" symbols
check "licences are those that files name" copyright
check "they build elsewhere" build_elsewhere
check "and are the same to the byte" same "$work/first" "$work/second"
check "a version that CHANGELOG.md does not have yet is refused" untold
if may_be_root; then
	in_debian
else
	count=$((count + 1))
	echo "ok $count - in a Debian 12 # SKIP this machine does not let root mount"
fi
done_testing
