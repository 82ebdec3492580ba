# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion for luoctl and luo-qemu. Verbs, options and what they take are read from the
# commands' own help, and so are those of the version that is there.

# _luo_reply WORD...: those that go on as what is typed does. Names are anybody's: one in
# which a shell would see more than a name is left out.
_luo_reply()
{
	local word
	for word; do
		[[ $word != "$cur"* || $word == *[!A-Za-z0-9._:@-]* ]] || COMPREPLY+=("$word")
	done
}

# _luo_files ACTION: compgen's, as names, in which blanks are quoted
_luo_files()
{
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -A "$1" -- "$cur")
}

_luo_verbs()
{
	"$command" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'
} 2>/dev/null

# Guests that a verb of luo-qemu is for
_luo_guests()
{
	case $verb in
	attach) "$command" list | awk 'NR > 1 && $4 == "no" { print $1 }' ;;
	resume) luoctl clients --wait 1 | awk '$4 == "waiting" && sub(/^qemu:/, "") { print $1 }' ;;
	run) compgen -G '/etc/luo/qemu/*.conf' | sed 's|.*/||; s|\.conf$||' ;;
	esac
} 2>/dev/null

# Sessions that 'luoctl retrieve' can take back: those with an index. One that is to be
# preserved has a new name.
_luo_sessions()
{
	[[ $verb == retrieve ]] || return
	"$command" sessions --wait 1 |
		awk '$2 == "incoming" && $3 != "finished" && sub(/^luoctl:/, "") { print $1 }'
} 2>/dev/null

# _luo_complete KIND: what the help calls so
_luo_complete()
{
	local names=()
	case $1 in
	VERB) mapfile -t names < <(_luo_verbs) ;;
	NAME) mapfile -t names < <(_luo_guests) ;;
	SESSION) mapfile -t names < <(_luo_sessions) ;;
	DIRECTORY) _luo_files directory ;;
	QEMU) _luo_files command ;;
	FILE* | KERNEL | PATH | ARGUMENT*) _luo_files file ;;
	esac
	_luo_reply "${names[@]}"
}

# _luo_takes OPTION: what the help calls its value; nothing if it has none
_luo_takes()
{
	sed -nE "s/^  -., $1 ([A-Z]+) .*|^  $1, --[a-z-]+ ([A-Z]+) .*/\1\2/p" <<<"$help"
}

# What the help calls the operand that is being typed. Options and their values are none;
# the last kind may be many.
_luo_operand()
{
	local i kinds n=0 options=1
	for ((i = 2; i < cword; i++)); do
		if [[ ! $options || ${words[i]} != -* ]]; then
			n=$((n + 1))
		elif [[ ${words[i]} == -- ]]; then
			options=
		elif [[ ${words[i]} =~ ^-[a-zA-Z-]+$ && $(_luo_takes "${words[i]}") ]]; then
			i=$((i + 1))
		fi
	done
	read -r -a kinds < <(sed -nE '1{s/^Usage: [^ ]+ [^ ]+ ?//;s/[][]|--all|-- |\| //g
		s/OPTION\.\.\. ?//;p}' <<<"$help")
	while ((n && n >= ${#kinds[@]})) && [[ ${kinds[*]} == *... ]]; do
		n=$((n - 1))
	done
	echo "${kinds[n]-}"
}

_luo()
{
	local command=$1 cur prev words cword verb help takes='' ended=''
	if declare -F _get_comp_words_by_ref >/dev/null; then
		_get_comp_words_by_ref -n := cur prev words cword
	else
		words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
		cur=${words[cword]} prev=${words[cword - 1]}
	fi
	COMPREPLY=()
	if ((cword == 1)); then
		_luo_complete VERB
		[[ $cur != -* ]] || _luo_reply --help --version
		return
	fi
	verb=${words[1]}
	help=$("$command" "$verb" --help 2>/dev/null) || return
	if [[ $cur == --*=* ]]; then
		prev=${cur%%=*}
		cur=${cur#*=}
	fi
	[[ " ${words[*]:2:cword-2} " == *" -- "* ]] && ended=1
	[[ ! $ended && $prev =~ ^-[a-zA-Z-]+$ ]] && takes=$(_luo_takes "$prev")
	if [[ $takes ]]; then
		_luo_complete "$takes"
	elif [[ ! $ended && $cur == -* ]]; then
		mapfile -t words < <(sed -n 's/^  -., \(--[a-z-]*\) .*/\1/p' <<<"$help")
		_luo_reply "${words[@]}" --help
	else
		_luo_complete "$(_luo_operand)"
	fi
	! declare -F __ltrimcolonprefixes >/dev/null || __ltrimcolonprefixes "$cur"
} && complete -F _luo luoctl luo-qemu
