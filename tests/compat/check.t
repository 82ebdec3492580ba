#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# luoctl check, on real kernels and of real images: what it says, and what is loaded then.

# shellcheck source-path=SCRIPTDIR source=../guests/guests.sh
. "$(dirname "$0")/../guests/guests.sh"

# debian_kernel: the path of one of Debian's own, which knows no Kexec Handover.
debian_kernel()
{
	local dir=$CACHE/debian-kernel package
	package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' |
		head -n 1)
	if [ ! -e "$dir/$package" ]; then
		rm -rf "$dir"
		mkdir -p "$dir/root"
		(
			cd "$dir" && apt-get -qq download "$package" && dpkg -x "$package"_*.deb root &&
				cp root/boot/vmlinuz-* vmlinuz && rm -rf root ./*.deb && touch "$package"
		) >"$BUILD/debian-kernel.log" 2>&1 || return 1
	fi
	echo "$dir/vmlinuz"
}

luo=$(kernel 7.3-luo) || bail "there is no kernel 7.3-luo, see lab/kernel"
vmlinux=$("$TOP/lab/kernel" --tree 7.3 luo 2>/dev/null)/vmlinux
images=$(mktemp -d)
trap 'rm -rf "$images"' EXIT

cp "$luo" "$images/7.3"
cp "$(kernel 7.2-luo)" "$images/7.2"
cp "$(kernel 7.3-stock)" "$images/stock"
cp "$(debian_kernel)" "$images/debian" || bail "Debian's own kernel cannot be had; see debian-kernel.log"
head -c $(($(stat -c %s "$luo") / 2)) "$luo" >"$images/half"
cp /bin/sh "$images/none"
sed 's/memfd-v2\x00/memfd-v1\x00/g; s/luo-memfd-extent-v1\x00/luo-memfd-extent-v0\x00/g' \
	"$vmlinux" >"$images/older"
(
	cd "$images" || exit 1
	for packer in gzip xz lzma zstd lz4; do
		perl "$TOP/tests/unit/image.pl" pack $packer "$vmlinux" >$packer
	done
)

for from in 7.3-luo 7.2-luo 7.3-stock; do
	series="$from: "
	out=$(mktemp)
	"$TOP/lab/host" --kernel "$(kernel $from)" --run "$TOP/tests/compat/check" -- \
		"$PROGRAMS/ctl/luoctl" "$images" ${from#*-} >"$out" 2>"$out.err" </dev/null
	status=$?
	number <"$out"
	[ $status -eq 0 ] && ended=ok || ended='not ok'
	result "$ended" "${series}the machine ends well"
	[ $status -eq 0 ] || sed 's/^/# /' "$out.err" >&2
	rm -f "$out" "$out.err"
done
finish
