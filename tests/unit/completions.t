#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash and zsh make of commands that are begun, with what 'meson install' gives them.
. "$(dirname "$0")/installed.sh"

# Where the kernel and luod are played, luoctl is the one that knows of that.
mkdir played empty
ln -s "$luoctl" played/luoctl
ln -s "$usr/bin/luo-qemu" played/luo-qemu
export PATH="$work/played:$PATH"
fresh
touch plain-file 'a file' '$(touch hostile)'
mkdir a-directory

# bash_offers LINE...: what is offered for the last word, sorted, on one line
bash_offers() {
	bash --norc -c '. "$0" && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _luo "$1" "${!#}" &&
		printf "%s\n" "${COMPREPLY[@]}"' "$usr/share/bash-completion/completions/$1" "$@" |
		sort | tr '\n' ' ' | sed 's/ $//'
}

# offers EXPECTED NAME WORD...
offers() {
	expected=$1 name=$2
	shift 2
	got=$(bash_offers "$@")
	check "bash: $name" test "$got" = "$expected"
	[ "$got" = "$expected" ] || echo "# it offers: $got"
}

verbs_of() {
	"$1" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort | tr '\n' ' ' | sed 's/ $//'
}

options_of() {
	{ "$1" "$2" --help | sed -n 's/^  -., \(--[a-z-]*\).*/\1/p'; echo --help; } | sort |
		tr '\n' ' ' | sed 's/ $//'
}

for command in luoctl luo-qemu; do
	verbs=$(verbs_of "$command")
	offers "$verbs" "verbs of $command" "$command" ''
	for verb in $verbs; do
		offers "$(options_of "$command" "$verb")" "options of $command $verb" \
			"$command" "$verb" --
	done
done
offers "preserve" "the rest of a verb" luoctl pres
offers "participants prepare preserve" "those that are left" luoctl help p
offers "--help --version" "options without a verb" luoctl --
offers "plain-file" "a file behind an option" luoctl load --initrd plain
offers "plain-file" "behind its letter" luoctl load -i plain
offers "" "nothing for a number" luoctl update --wait ''
offers "a-directory" "a directory" luoctl retrieve name a
offers "" "one directory, and no more" luoctl retrieve name a-directory a
offers "" "a new session's name is not known" luoctl preserve ''
offers "a file a-directory" "the first of many files" luoctl preserve -R name a
offers "plain-file" "the third" luoctl preserve --wait 5 name -R 'a file' a-directory plain
offers "plain-file" "a kernel behind options" luoctl update -n -c text --initrd x plain
offers "" "options end" luoctl load -- --i
offers "plain-file" "operands do not" luoctl load -- plain
offers "" "a guest has no such name" luo-qemu attach '$('
check "bash: a command for a guest" sh -c 'case $1 in *played/luo-qemu*) ;; *) false ;; esac' - \
	"$(bash_offers luo-qemu run name --memory 1G -- "$work/played/luo")"

mkdir -p "$LUO_FAKE/incoming/luoctl:settings" "$LUO_FAKE/incoming/settings" \
	"$LUO_FAKE/incoming/others" "$LUO_FAKE/outgoing/luoctl:next" \
	"$LUO_FAKE/incoming/luoctl:\$(touch hostile)"
offers "settings" "sessions that came over and have an index" luoctl retrieve ''

cat >script <<'END'
accept
< {"cmd":"CLIENTS","id":1}
> {"reply":"CLIENTS","id":1,"ok":true,"clients":[{"name":"qemu:vm-1","pid":0,"uid":0,"phase":"waiting","since_ms":10},{"name":"qemu:vm-2","pid":7,"uid":0,"phase":"restored","since_ms":10},{"name":"db","pid":0,"uid":0,"phase":"waiting","since_ms":10}]}
END
"$LUO_BUILD/tests/unit/fake_luod" luod.sock <script &
until [ -S luod.sock ]; do sleep 0.01; done
offers "vm-1" "guests that are awaited" luo-qemu resume ''
wait
rm -f luod.sock

"$usr/bin/luo-qemu" list >list
check "luo-qemu list has the columns" grep -q '^NAME  *PHASE  *PROCESS  *AGENT  *MEMORY$' list
rm played/luo-qemu
cat >played/luo-qemu <<END
#!/bin/sh
[ "\$1" != list ] || {
	cat "$work/list"
	echo "alone      running        812 no         256 MiB"
	echo "cared-for  running        813 yes        256 MiB"
	exit
}
exec "$usr/bin/luo-qemu" "\$@"
END
chmod +x played/luo-qemu
offers "alone" "guests without an agent" luo-qemu attach ''
check "no name was taken for a command" test ! -e hostile

# As bash-completion has it, which splits words at colons and loads the file by itself
library=/usr/share/bash-completion/bash_completion
if [ -e "$library" ]; then
	cat >loads <<'END'
. "$1" && . "$2" && complete -p luoctl luo-qemu || exit
COMP_WORDS=(luoctl retrieve sett) COMP_CWORD=2 COMP_LINE="luoctl retrieve sett" COMP_POINT=20
_luo luoctl sett retrieve && [[ ${COMPREPLY[*]} == settings ]] || exit
COMP_WORDS=(luoctl load --initrd = plain) COMP_CWORD=4 COMP_LINE="luoctl load --initrd=plain"
COMP_POINT=26
_luo luoctl plain = && [[ ${COMPREPLY[*]} == plain-file ]]
END
	check "bash: with bash-completion" bash --norc loads "$library" \
		"$usr/share/bash-completion/completions/luo-qemu"
fi

if command -v zsh >/dev/null; then
	while IFS='|' read -r line whole; do
		got=$(zsh -f "$here/complete.zsh" "$usr/share/zsh/site-functions" "$line")
		check "zsh: $line" test "$got" = "$whole"
		[ "$got" = "$whole" ] || echo "# it makes of it: $got"
	done <<'END'
luoctl part|luoctl participants 
luoctl --vers|luoctl --version 
luoctl help ret|luoctl help retrieve 
luoctl update --dry|luoctl update --dry-run 
luoctl load --initrd plain|luoctl load --initrd plain-file 
luoctl retrieve sett|luoctl retrieve settings 
luoctl retrieve settings a-d|luoctl retrieve settings a-directory/
luoctl preserve -R name a-directory plain|luoctl preserve -R name a-directory plain-file 
luoctl load -- plain|luoctl load -- plain-file 
luo-qemu att|luo-qemu attach 
luo-qemu attach al|luo-qemu attach alone 
luo-qemu run name --huge|luo-qemu run name --huge-pages 
END
	check "nor here" test ! -e hostile
fi

done_testing
