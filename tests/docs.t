#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel half's documentation builds as a tree builds it, names only what exists,
# and leaves nothing out
. "$(dirname "$0")/tap.sh"

cd "$TOP/linux" || bail_out "no $TOP/linux"
SERIES=7.3
# Debian's, which Debian's Sphinx belongs to
PATH=/usr/bin:/bin:$PATH
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PYTHONPYCACHEPREFIX=$work/pycache
ABI=Documentation/ABI/testing/sysfs-kernel-liveupdate
GUIDE=Documentation/core-api/liveupdate-subsystems.rst

# nothing LINES: fails where there are any, and shows them
nothing()
{
	[ ! "$1" ] || { echo "$1"; return 1; }
}

# silent COMMAND...: succeeds, and says nothing
silent()
{
	"$@" >"$work/silent" 2>&1
	local status=$?
	cat "$work/silent"
	[ "$status" -eq 0 ] && [ ! -s "$work/silent" ]
}

pages()
{
	find Documentation -name '*.rst' | sort
}

# commented: C files that have kernel-doc
commented()
{
	grep -rlE --include='*.[ch]' '^[[:space:]]*/\*\*$' . | sed 's|^\./||' | sort
}

# directives: "PAGE FILE OPTION VALUE" for each option of a kernel-doc directive, with
# OPTION "none" where there is none
directives()
{
	pages | xargs awk '
		function flush() { if (file && !seen) print page, file, "none"; file = "" }
		FNR == 1 { flush(); page = FILENAME }
		/^\.\. kernel-doc::/ { flush(); file = $3; seen = 0; next }
		file && /^ +:/ { seen = 1; sub(/^ +:/, ""); sub(/:/, ""); print page, file, $0; next }
		file { flush() }
		END { flush() }'
}

# What a directive asks for is in the file that it names.
directives_hold()
{
	local page file option value
	while read -r page file option value; do
		[ -f "$tree/$file" ] || { echo "$page: no $file"; continue; }
		case $option in
		doc) grep -qxF " * DOC: $value" "$tree/$file" || echo "$page: no '$value' in $file" ;;
		export) grep -q '^EXPORT_SYMBOL' "$tree/$file" || echo "$page: $file exports nothing" ;;
		identifiers) grep -qE "^ \* $value - " "$tree/$file" ||
			echo "$page: no $value in $file" ;;
		esac
	done <"$work/directives"
}

# Texts for readers that no page shows; those of tests are for who reads these.
unshown_texts()
{
	local file title
	grep -rH '^ \* DOC: ' --include='*.[ch]' . | grep -v kunit | sed 's|^\./||; s/: \* DOC: /:/' |
		while IFS=: read -r file title; do
		[ "$file" != samples/liveupdate/liveupdate_sample.c ] || continue
		grep -qxF -e "$(page_of "$file") $file doc $title" "$work/directives" ||
			grep -q " $file none$" "$work/directives" || echo "$file: $title"
	done
}

# page_of FILE: the page that shows something of it
page_of()
{
	awk -v file="$1" '$2 == file { print $1; exit }' "$work/directives"
}

# What modules can call is shown.
unshown_exports()
{
	local file
	grep -rl '^EXPORT_SYMBOL' --include='*.c' . | sed 's|^\./||' | sort | while read -r file; do
		grep -q " $file export" "$work/directives" || echo "$file"
	done
}

# Pages that others are led to: from one that a stock tree shows
unreachable()
{
	local page name
	pages | while read -r page; do
		name=$(basename "$page" .rst)
		[ -f "$tree/.luo-stock/$page" ] || grep -lqE "^ +(\.\./)*([a-z-]*/)*$name$" \
			Documentation/{core-api,userspace-api}/liveupdate.rst || echo "$page"
	done
}

# missing_functions: names with () on pages, that nothing in the tree has. Those of
# system calls and of the examples are none of the kernel's.
missing_functions()
{
	local name
	pages | xargs grep -ohE '\b[a-z_0-9]+\(\)' | sort -u | tr -d '()' | while read -r name; do
		grep -rqw --include='*.[ch]' "$name" "$tree"/{include/linux,kernel/liveupdate} ||
			echo "$name()"
	done
}

missing_files()
{
	local name
	pages | xargs cat "$ABI" | grep -oP \
		'(?<![\w/.-])(Documentation|samples|tools|include|kernel|mm)/[\w./-]*[\w/]' |
		sort -u | while read -r name; do
		[ -e "$tree/$name" ] || echo "$name"
	done
}

missing_options()
{
	local name
	pages | xargs cat "$ABI" | grep -oE '\bCONFIG_[A-Z0-9_]+' | sort -u | while read -r name; do
		grep -rqE "^config ${name#CONFIG_}$" "$tree"/{kernel,lib,mm}/ --include='Kconfig*' ||
			echo "$name"
	done
}

# files_in_sysfs: those that the sources make, by the end of their paths
files_in_sysfs()
{
	local dir=kernel/liveupdate
	sed -nE 's/^static struct kobj_attribute .* = __ATTR_RO\((.*)\);/liveupdate\/\1/p
		s/^LUO_LAST\((.*), .*/last_update\/\1/p
		s/^static const BIN_ATTR\(([a-z_]*),.*/last_update\/\1/p' $dir/luo_sysfs.c
	sed -nE 's/^LUO_ROW_ATTRIBUTE\((.*), .*/<name>\/\1_ns/p
		s/^static struct attribute luo_row_.* \.name = "(.*)", .*/<name>\/\1/p' $dir/luo_row.c
	# One for each that registers
	sed -nE 's/^.*attr\.name = fh->compatible;.*/formats\/<format>/p' $dir/luo_handler.c
	sed -nE 's/^module_param_(cb|named)\(([a-z_]*),.*, 0644\);/parameters\/\2/p' $dir/*.c mm/*.c
}

abi_files()
{
	sed -nE 's|^What:\s+/sys/.*/([^/]+/[^/]+)$|\1|p' "$ABI"
}

# scratch_tree DIR: the tree's sources, with no documentation but ours. What ours refers
# to besides is there by its name only.
scratch_tree()
{
	local name target
	mkdir -p "$1/Documentation"
	for name in "$tree"/*; do
		[[ $name == */Documentation || $name == */MAINTAINERS ]] || ln -s "$name" "$1/"
	done
	: >"$1/MAINTAINERS"
	cp -R Documentation/. "$1/Documentation/"
	for name in conf.py sphinx sphinx-static images docutils.conf; do
		ln -s "$tree/Documentation/$name" "$1/Documentation/"
	done
	pages | xargs grep -ohE ':doc:`/[^`]*`' | sort -u | tr -d '`' | while read -r name; do
		target=${name#:doc:/}.rst
		[ -f "$tree/Documentation/$target" ] || { echo "no $target"; continue; }
		[ ! -e "$1/Documentation/$target" ] || continue
		mkdir -p "$1/Documentation/$(dirname "$target")"
		printf '%s\n' "$target" "$target" | sed '2s/./=/g' >"$1/Documentation/$target"
	done
	printf '%s\n' ABI === '' '.. kernel-abi:: testing' >"$1/Documentation/abi.rst"
	{
		printf '%s\n' Index ===== '' '.. toctree::' ''
		(cd "$1/Documentation" && find . -name '*.rst' ! -path ./index.rst -printf '   %P\n' |
			sed 's/\.rst$//' | sort)
	} >"$1/Documentation/index.rst"
}

# sphinx DIR: builds it, and prints what is to be said about it
sphinx()
{
	(cd "$1/Documentation" && srctree=$1 KERNELVERSION=$SERIES sphinx-build -n -q -b html \
		-c "$1/Documentation" -d "$work/doctrees" -D kerneldoc_srctree="$1" \
		"$1/Documentation" "$work/html") 2>&1 |
		grep -vE '^Using .* theme$|dot\(1\) not found|unknown document: .?/translations/'
}

# Whether a type that no page describes is one of the tree's
known_type()
{
	[[ $1 =~ ^(size_t|phys_addr_t|loff_t|u8|u16|u32|u64|s32|s64|bool)$ ]] ||
		grep -rqE --include='*.h' "^(struct|enum|union) $1 \{" \
			"$tree"/{include/linux,kernel/liveupdate}
}

sphinx_finds()
{
	local line type
	sphinx "$1" | while IFS= read -r line; do
		type=${line##*reference target not found: }
		[[ $line == *"reference target not found: "* ]] && known_type "$type" ||
			echo "${line#"$1/"}"
	done
}

# example: the pieces of C on the page for authors, put together
example()
{
	echo "// SPDX-License-Identifier: GPL-2.0"
	awk '/^\.\. code-block:: c$/ { on = 1; next }
	     on && /^[^\t ]/ { on = 0 }
	     on { sub(/^\t/, ""); print }' "$GUIDE" | cat -s | sed '1{/^$/d}' |
		sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

# compiles FILE: as the tree compiles the sample. What is an example is not called.
compiles()
{
	local command
	command=$(sed -nE 's/^savedcmd_[^ ]+ := //p' "$tree/samples/liveupdate/.liveupdate_sample.o.cmd" |
		sed -E "s/ ; .*//; s|-Wp,-MMD,[^ ]+||; s| -o [^ ]+\.o| -o /dev/null|
			s| samples/liveupdate/liveupdate_sample\.c| $1|")
	[[ $command == *" $1"* ]] || { echo "the tree does not compile the sample"; return 1; }
	(cd "$tree" && silent sh -c "$command -Wextra -Wno-unused-parameter -Wno-unused-function -Werror")
}

# unmentioned PAGE NAME...: names that a manual page does not have, whose marks are the
# underscores of names as well
unmentioned()
{
	local name
	tr -d '_*\\' <"$1" >"$work/page"
	for name in "${@:2}"; do
		grep -qw "${name//_/}" "$work/page" || echo "$name"
	done
}

# For users of the interface: ioctls, files in sysfs, tracepoints, parameters
interface()
{
	sed -nE 's/^#define (LIVEUPDATE_(IOCTL|SESSION)_[A-Z_]+)\s+\\?$/\1/p' \
		include/uapi/linux/liveupdate.h
	sed -nE 's/^TRACE_EVENT\((.*),$/\1/p' include/trace/events/liveupdate.h
	files_in_sysfs | sed 's|.*/||' | sort -u
}

tree=$("$TOP/lab/kernel" --tree "$SERIES" luo 2>"$work/kernel") ||
	bail_out "no tree of Linux $SERIES: $(tail -n 1 "$work/kernel")"
hash sphinx-build 2>/dev/null || bail_out "no sphinx-build; see lab/check"

while read -r file; do
	check "kernel-doc finds nothing in $file" \
		silent "$tree/scripts/kernel-doc" -none -Wall -Werror "$file"
done < <(commented)
directives >"$work/directives"
check "what pages show of the sources is there" nothing "$(directives_hold)"
check "every text for readers is shown" nothing "$(unshown_texts)"
check "every exported function is shown" nothing "$(unshown_exports)"
check "every page can be reached" nothing "$(unreachable)"
check "functions on pages exist" nothing "$(missing_functions)"
check "files on pages exist" nothing "$(missing_files)"
check "options on pages exist" nothing "$(missing_options)"

stubs=$(scratch_tree "$work/tree")
check "pages that ours refer to exist" nothing "$stubs"
check "Sphinx finds nothing in pages and sources" nothing "$(sphinx_finds "$work/tree")"
while read -r page; do
	check "$page is built" test -s "$work/html/$(sed 's|Documentation/||; s|rst$|html|' <<<"$page")"
done < <(pages)

check "the ABI file is valid" silent "$tree/tools/docs/get_abi.py" \
	--dir "$work/tree/Documentation/ABI" validate
check "every file in sysfs is in the ABI file, and no other" \
	diff <(files_in_sysfs | sort) <(abi_files | sort)

mapfile -t names < <(interface)
check "there is an interface" test "${#names[@]}" -gt 40
check "all of it is in liveupdate(4)" nothing \
	"$(unmentioned "$TOP/man/liveupdate.4.scd" "${names[@]}")"

example >"$work/foo.c"
check "there is an example for authors" test "$(wc -l <"$work/foo.c")" -gt 100
check "it compiles without a warning" compiles "$work/foo.c"
check "checkpatch finds nothing in it" silent \
	perl "$tree/scripts/checkpatch.pl" --strict --no-tree -f --terse "$work/foo.c"
done_testing
