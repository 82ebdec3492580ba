# SPDX-License-Identifier: GPL-2.0-or-later
# usage: zsh -f complete.zsh FUNCTIONS LINE
# Prints what zsh makes of LINE when the tab key is pressed, with completions from the
# directory FUNCTIONS.
zmodload zsh/zpty
answer=$(mktemp) || exit
zpty shell zsh -f -i
zpty -w shell "PS1= PS2= LISTMAX=1000; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w shell "answer() { print -r -- \"\$BUFFER\" >${(q)answer}; exit; }; zle -N answer"
zpty -w shell "bindkey '^I' complete-word '^X' answer; print ready >${(q)answer}"
# await: until there is an answer; ten seconds are ample
await()
{
	local i
	for i in {1..500}; do
		[[ -s $answer ]] && return
		sleep 0.02
	done
	return 1
}
await && : >$answer && zpty -w -n shell "$2"$'\t\C-x' && await
code=$?
zpty -d shell
cat $answer
rm -f $answer
exit $code
