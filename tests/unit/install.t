#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What 'meson install' puts in place is complete.
. "$(dirname "$0")/installed.sh"

for file in bin/luoctl bin/luo-qemu sbin/luod include/libluo.h lib/libluo.so lib/libluo.so.1 \
	lib/libluo.a lib/pkgconfig/libluo.pc share/bash-completion/completions/luoctl \
	share/bash-completion/completions/luo-qemu share/zsh/site-functions/_luo \
	share/doc/luo/README.md share/doc/luo/CHANGELOG.md share/doc/luo/protocol.md \
	share/doc/luo/concepts.md share/doc/luo/record.md share/doc/luo/security.md \
	share/doc/luo/systemd.md share/doc/luo/host.md \
	share/doc/luo/performance.md share/doc/luo/performance.svg lib/luo/init lib/luo/early \
	lib/dracut/modules.d/90luo/module-setup.sh lib/dracut/modules.d/90luo/luo.sh \
	share/initramfs-tools/scripts/init-bottom/luo share/luo/luo.config \
	share/doc/luo/examples/luod.conf share/doc/luo/examples/guest.conf; do
	check "installs $file" test -s "$usr/$file"
done
for unit in luod.service luo-metrics.service luo-qemu@.service luo-qemu-resume.service; do
	find "$work/root" -name "$unit" >found
	check "installs $unit" test -s found
	program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$(cat found)")
	check "and what it starts" test -x "$work/root$program"
	sed -n 's/^Documentation=//p' "$(cat found)" | tr ' ' '\n' | sed 's/^man://; s/(.)$//' >pages
	while read -r page; do
		check "and its page, $page" sh -c 'ls "$0"/man/"$1".*' "$top" "$page"
	done <pages
done
for point in pre-prepare pre-freeze post-update cancelled; do
	check "makes an empty directory for hooks, $point" \
		test "$(find "$work/root/etc/luo/hooks.d/$point.d" -printf '%y %m')" = 'd 755'
	check "which the page has" grep -q "^_/etc/luo/hooks.d/$point.d/" "$top/man/luod-hooks.7.scd"
	check "and Debian's package" grep -qx "etc/luo/hooks.d/$point.d" "$top/packaging/debian/luo.dirs"
done
find "$work/root" -name luo-metrics.timer >found
check "installs luo-metrics.timer" test -s found
check "only one header" test "$(ls "$usr/include")" = libluo.h

# Nothing but this is known to whoever makes packages of it.
find "$work/root" ! -type d -printf '%P\n' | grep -vE \
	-e '^usr/(s?bin/lu|include/libluo\.h$|lib/(libluo\.|pkgconfig/libluo\.pc$)|share/man/man[1-8]/)' \
	-e '^usr/share/(doc/luo/|bash-completion/completions/luo|zsh/site-functions/_luo$)' \
	-e '^usr/(lib/luo/|share/luo/luo\.config$|lib/dracut/modules\.d/90luo/|share/initramfs-tools/scripts/)' \
	-e '^(usr/)?lib/systemd/system/luo[^/]*\.(service|timer)$' >others
check "and nothing elsewhere" diff -u /dev/null others

# Versions

version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$top/meson.build")
check "the version has three numbers" sh -c 'echo "$0" | grep -qxE "([0-9]+\.){2}[0-9]+"' "$version"
check "the list of changes begins with it" \
	sh -c 'grep -m 1 "^## " "$0" | grep -qE "^## $1, [0-9]{4}(-[0-9]{2}){2}$"' \
	"$top/CHANGELOG.md" "$version"
for command in "$usr"/bin/* "$usr"/sbin/*; do
	name=$(basename "$command")
	"$command" --version >said 2>&1
	echo "$name $version" >expected
	check "$name says its version" diff -u expected said
done

# Pages

if command -v scdoc >/dev/null; then
	for page in "$top"/man/*.scd; do
		page=$(basename "$page" .scd)
		check "installs $page" test -s "$usr/share/man/man${page##*.}/$page"
	done
	for command in "$usr"/bin/* "$usr"/sbin/*; do
		name=$(basename "$command")
		check "$name has a page" sh -c 'ls "$0"/man[18]/"$1".[18]' "$usr/share/man" "$name"
	done
fi

# Examples

luod=$usr/sbin/luod
example=$usr/share/doc/luo/examples/luod.conf
grep -o 'strcmp(key, "[a-z_]*")' "$top/daemon/config.c" | cut -d '"' -f 2 | sort -u >settings
sed -n 's/^#\([a-z_]*\)=.*/\1/p' "$example" | sort -u >shown
check "luod.conf shows each setting" diff -u settings shown
# It is read, up to where there is something wrong, as it is and with all that is in it.
for what in s/a/a/ 's/^#\([a-z_[]\)/\1/'; do
	{ sed "$what" "$example"; echo frobnicate=1; } >conf
	"$luod" -c conf 2>out
	check "luod reads it ($what)" grep -q "conf, line $(wc -l <conf): " out
done
# Defaults: what stands in the manual page, in brackets
sed -n 's/^#\([a-z_]*\)=\([^ ]*\)$/\1 \2/p' "$example" | grep -v -e 'on_[tvd]' -e ' $' |
	sed '/^prepare_timeout 5$/d' | sort -u >shown
tr -d '_*\\' <"$top/man/luod.conf.5.scd" >page
while read -r setting default; do
	plain=$(echo "$setting" | tr -d _)
	check "$setting is $default by default" awk -v setting="$plain=" -v default="($default" '
		index($0, setting) == 1 { on = 1; next }
		/^[a-z]/ { on = 0 }
		on { text = text " " $0 }
		END { at = index(text, default); exit !at || substr(text, at + length(default)) !~ /^[:)]/ }' page
done <shown

# guest.conf has what luo-qemu takes: what it refuses is the name.
sed -e :a -e '/\\$/{N;s/\\\n//;ta' -e '}' "$usr/share/doc/luo/examples/guest.conf" >guest
# shellcheck disable=SC2046 # words, as systemd makes them
"$usr/bin/luo-qemu" run .no $(sed -n 's/^OPTIONS=//p' guest) -- $(sed -n 's/^QEMU=//p' guest) 2>out
check "luo-qemu takes guest.conf" grep -q "'.no' is no name" out
check "all of it" grep -q '^QEMU=.*netdev=net$' guest

done_testing
