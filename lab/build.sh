# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# From a kernel's source to its bzImage, and to its modules beside it. Sourced by lab/kernel, which sets
# SERIES, FLAVOUR, FRAGMENTS, DROP_IN, DIR, TREE, KEY and IMAGE.
#
# A flavour has one tree, built in place, so that a change rebuilds what depends
# on it and nothing else; what it gave is kept by key beside the tree.

export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 2026'
export KBUILD_BUILD_USER=luo KBUILD_BUILD_HOST=lab KBUILD_BUILD_VERSION=1
KEEP_IMAGES=6

# sibling: another flavour's finished tree of the same source to start from.
sibling()
{
	local other dir
	for other in stock luo; do
		dir=$CACHE/kernel/$SERIES-$other
		[[ $other != "$FLAVOUR" && $FLAVOUR != *-debug && -e $dir/tree.key &&
			$(cat "$dir/tree.source") == "$SOURCE_ID" ]] || continue
		echo "$dir/tree"
		return
	done
}

# new_tree: $TREE appears complete or not at all.
new_tree()
{
	local from
	rm -rf "$DIR"/tree "$DIR"/tree.*
	need_space "$DIR" 2000 "building Linux $SERIES"
	from=$(sibling)
	if [[ $from ]]; then
		say "copying the tree of $(basename "$(dirname "$from")")"
		cp -a --reflink=auto "$from" "$DIR/tree.new" ||
			die "could not copy $from to $DIR; see above"
		move_paths "$from" "$DIR/tree.new"
	else
		say "unpacking Linux $SERIES"
		unpack_source "$DIR/tree.new"
	fi
	echo "$SOURCE_ID" >"$DIR/tree.source"
	mv -T "$DIR/tree.new" "$TREE"
}

# move_paths FROM TREE: objtool is built with absolute paths; where they do not
# match, all of it is built again, and then everything that it has checked.
move_paths()
{
	find "$2/tools" \( -name '.*.cmd' -o -name '.*.d' \) \
		-exec sed -i "s|$1/|$TREE/|g" {} +
}

# need_tree: a tree of the right source. Objects of a build that was killed may
# be half written, and look finished to make: they go.
need_tree()
{
	mkdir -p "$DIR"
	if [[ ! -d $TREE || $(cat "$DIR/tree.source" 2>/dev/null) != "$SOURCE_ID" ]]; then
		new_tree
	elif [[ -e $DIR/tree.building ]]; then
		say "removing what the interrupted build left unfinished"
		find "$TREE" -name '*.[oa]' -newer "$DIR/tree.building" -delete
		rm -f "$TREE/vmlinux"
	fi
	rm -f "$DIR/tree.key"
	touch "$DIR/tree.building"
	trap 'rm -f "$DIR/tree.building"' EXIT
}

put_luo_in()
{
	local apply=$LUO/linux/apply
	if [[ $DROP_IN ]]; then
		say "applying LUO"
		"$apply" "$TREE" >&2 || die "linux/apply failed on $TREE; see above"
	elif [[ -x $apply ]]; then
		"$apply" --reverse "$TREE" >&2 ||
			die "linux/apply --reverse failed on $TREE; see above"
	fi
}

# make_kernel ARG...: replaces the shell that calls it, so that a signal finds make.
make_kernel()
{
	exec make -C "$TREE" -s ARCH=x86_64 LOCALVERSION="-$FLAVOUR" "$@"
}

# configure: from the fragments, unless that is what the tree has. With the
# drop-in, its Kconfig files decide too.
configure()
{
	local fragment key paths=()
	for fragment in "${FRAGMENTS[@]}"; do
		paths+=("$LAB/config/$fragment.config")
	done
	key=$({
		cat "${paths[@]}"
		[[ ! $DROP_IN ]] || find "$LUO/linux" -name 'Kconfig*' -exec cat {} +
	} | sha256sum)
	[[ $(cat "$DIR/tree.config" 2>/dev/null) != "$key" ]] || return 0
	say "configuring: ${FRAGMENTS[*]}"
	mv -f "$TREE/.config" "$DIR/config.old" 2>/dev/null || true
	(make_kernel tinyconfig) >&2 || die "make tinyconfig failed in $TREE; see above"
	(cd "$TREE" && scripts/kconfig/merge_config.sh -m .config "${paths[@]}") >/dev/null ||
		die "could not merge ${paths[*]}"
	(make_kernel olddefconfig) >&2 || die "make olddefconfig failed in $TREE; see above"
	check_config "${paths[@]}"
	keep_config_time
	echo "$key" >"$DIR/tree.config"
}

# An unchanged .config keeps its time, so that make has nothing to look into.
keep_config_time()
{
	if cmp -s "$TREE/.config" "$DIR/config.old"; then
		touch -r "$DIR/config.old" "$TREE/.config"
	fi
	rm -f "$DIR/config.old"
}

# check_config FRAGMENT...: Kconfig drops what it cannot give without a word.
check_config()
{
	local wanted lost
	wanted=$(grep -h '^CONFIG_.*=' "$@")
	lost=$(grep -vxF -f "$TREE/.config" <<<"$wanted" || true)
	lost+=$(grep -hoP '^# \KCONFIG_\w+(?= is not set)' "$@" | while read -r option; do
		grep "^$option=" "$TREE/.config" || true
	done)
	[[ ! $lost ]] ||
		die "Linux $SERIES did not take these options of ${FRAGMENTS[*]}:" $lost
}

# run_make TARGET...: make is told to stop when this command is, so that it
# removes what it has half done.
run_make()
{
	local pid status=0
	make_kernel -j"$(nproc)" "$@" >&2 &
	pid=$!
	trap 'kill -TERM $pid 2>/dev/null; wait $pid || true; interrupted' INT TERM HUP
	wait $pid || status=$?
	trap interrupted INT TERM HUP
	return "$status"
}

keep_image()
{
	local new=$DIR/image.new
	rm -rf "$new"
	mkdir "$new"
	cp "$TREE/arch/x86/boot/bzImage" "$TREE/System.map" "$new" &&
		cp "$TREE/.config" "$new/config" &&
		{ [[ ! $DROP_IN ]] || find "$TREE/samples" -name '*.ko' -exec cp {} "$new" \;; } || die "could not copy the image; is the disk full?"
	rm -rf "$DIR/$KEY"
	mv -T "$new" "$DIR/$KEY"
	find "$DIR" -mindepth 1 -maxdepth 1 -regex '.*/[0-9a-f]*' -printf '%T@ %p\n' |
		sort -rn | tail -n +$((KEEP_IMAGES + 1)) | cut -d' ' -f2- | xargs -rd '\n' rm -rf
	echo "$KEY" >"$DIR/tree.key"
}

build_kernel()
{
	need_tree
	put_luo_in
	configure
	need_space "$DIR" 1000 "building Linux $SERIES"
	say "building Linux $SERIES, $FLAVOUR"
	run_make headers bzImage ${DROP_IN:+modules} ||
		die "the build of $TREE failed; see above. A full disk can be the cause:" \
			"$(df --output=avail -BM "$DIR" | tail -n 1) are free"
	keep_image
	say "built Linux $SERIES, $FLAVOUR"
}
