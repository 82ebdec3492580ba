# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Where a kernel's source comes from: Debian's linux-source-SERIES, or what
# LUO_KERNEL_SOURCE names. Sourced by lab/kernel, after lib.sh.

SUITES=(trixie-backports sid)
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The address of the Debian archive, as this machine's own apt knows it.
debian_site()
{
	apt-get indextargets --format '$(LABEL) $(SITE)' 'Created-By: Packages' |
		awk '$1 == "Debian" { print $2; exit }
		     NF == 1 && $1 ~ /\/debian\/?$/ && !other { other = $1 }
		     END { if (other) print other }' | head -n 1
}

# apt_root DIR: a private apt in DIR; APT is how to call it. The machine's own
# lists and sources stay as they are.
apt_root()
{
	local dir=$1 site suite
	site=$(debian_site)
	[[ $site ]] || die "no Debian archive in this machine's apt configuration;" \
		"name a kernel's source with LUO_KERNEL_SOURCE=DIRECTORY-OR-TARBALL"
	[[ -e $KEYRING ]] || need_packages debian-archive-keyring
	mkdir -p "$dir"/{lists/partial,cache/archives/partial}
	for suite in "${SUITES[@]}"; do
		echo "deb [signed-by=$KEYRING] $site $suite main"
	done >"$dir/sources.list"
	# A mirror that lags behind is not refused: what it has is signed all the same.
	APT=(apt-get -qq
		-o Acquire::Check-Valid-Until=false
		-o "Dir::Etc::sourcelist=$dir/sources.list"
		-o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::lists=$dir/lists"
		-o Dir::State::status=/dev/null
		-o "Dir::Cache=$dir/cache"
		-o APT::Sandbox::User=root
		-o APT::Get::AllowUnauthenticated=false
		-o Acquire::AllowInsecureRepositories=false
		-o Acquire::Languages=none
		-o Acquire::PDiffs=false
		-o Acquire::Retries=3)
}

# fetch_source: fills $CACHE/source/$SERIES, at once or not at all.
fetch_source()
{
	local dir package=linux-source-$SERIES
	make_scratch
	dir=$SCRATCH
	need_space "$dir" 1000 "fetching $package"
	apt_root "$dir/apt"
	say "fetching the package lists of ${SUITES[*]}"
	"${APT[@]}" update >&2 ||
		die "could not fetch the package lists; see above, then try again"
	say "fetching $package"
	(cd "$dir" && "${APT[@]}" download "$package") >&2 ||
		die "could not fetch $package; see above, then try again"
	say "unpacking $package"
	dpkg -x "$dir/$package"_*.deb "$dir/x" ||
		die "could not unpack $package into $dir; is the disk full?"
	mkdir "$dir/source"
	dpkg-deb -f "$dir/$package"_*.deb Version >"$dir/source/version"
	mv "$dir/x/usr/src/$package.tar.xz" "$dir/source/linux.tar.xz"
	mkdir -p "$CACHE/source"
	mv -T "$dir/source" "$CACHE/source/$SERIES"
}

# need_source: sets SOURCE, a directory or a tarball, and SOURCE_ID, which
# changes when a tree made of it would. Fetches it unless it is in the cache.
need_source()
{
	SOURCE=${LUO_KERNEL_SOURCE:-}
	SOURCE_ID=$(cksum <"$LAB/config/unused-files")' '
	if [[ $SOURCE ]]; then
		[[ -r $SOURCE ]] || die "LUO_KERNEL_SOURCE: cannot read $SOURCE"
		SOURCE=$(realpath "$SOURCE")
		SOURCE_ID+=$(stat -c '%n %s %Y' "$SOURCE")
		[[ ! -d $SOURCE ]] ||
			SOURCE_ID+=$(find "$SOURCE" -name .git -prune -o -type f \
				-printf '%P %s %T@\n' | sort | sha256sum)
		return
	fi
	SOURCE=$CACHE/source/$SERIES/linux.tar.xz
	if [[ ! -e $SOURCE ]]; then
		(
			lock "$CACHE/source/$SERIES.lock" "the source of Linux $SERIES"
			[[ -e $SOURCE ]] || fetch_source
		)
	fi
	SOURCE_ID+=$(<"$CACHE/source/$SERIES/version")
}

# unused_files TOP: what unpack_source leaves out, below the directory TOP.
unused_files()
{
	sed "s|^|$1/|" "$LAB/config/unused-files"
}

# unpack_source DIR: the source's files without those of other machines and of
# devices the lab does not have, which are two fifths of it.
unpack_source()
{
	local top
	mkdir -p "$1"
	if [[ -d $SOURCE ]]; then
		check_series "$SOURCE"
		tar -C "$SOURCE" --anchored --exclude-vcs -X <(unused_files .) -cf - . |
			tar -C "$1" -xf -
	else
		top=$(tar -tf "$SOURCE" 2>/dev/null | head -n 1) || true
		tar --anchored -X <(unused_files "${top%%/*}") --strip-components=1 \
			-C "$1" -xf "$SOURCE"
	fi || die "could not unpack $SOURCE into $1; see above"
	check_series "$1"
}

# check_series TREE: is this Linux $SERIES?
check_series()
{
	local found
	found=$(sed -nE '1,4s/^(VERSION|PATCHLEVEL) = ([0-9]+)$/\2/p' "$1/Makefile" 2>/dev/null |
		paste -sd .)
	[[ $found == "$SERIES" ]] ||
		die "$SOURCE is Linux ${found:-of no known version}, not $SERIES"
}
