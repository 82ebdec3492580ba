#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that luod runs at certain points of an update: luod-hooks(7).
. "$(dirname "$0")/luod.sh"

# hook POINT NAME <<SCRIPT: with what is on standard input, after it has noted that it ran
hook() {
	mkdir -p "hooks/$1.d"
	{
		printf '%s\n' '#!/bin/sh' "echo \"\$LUO_HOOK \${0##*/}\" >>${work:?}/ran"
		cat
	} >"hooks/$1.d/$2"
	chmod 755 "hooks/$1.d/$2"
}

no_hooks() {
	rm -rf hooks ran facts
	: >ran
}

within_seconds() { # COMMAND...
	for _ in $(seq 200); do
		"$@" && return
		sleep 0.05
	done
	return 1
}

is_gone() { # PROCESS: or has ended, and is to be waited for
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status"
}

ran() { # LINE...: these hooks, in this order, within some seconds
	printf '%s\n' "$@" >expected
	within_seconds cmp -s expected ran && return
	diff -u expected ran
}

# That it has run to its end, and what has become of it.
logged() { # TEXT
	within_seconds grep -qF "$1" luod.log && return
	cat luod.log
	return 1
}

member() { # NAME VALUE: the newest record has it
	newest=$(find state/history -name '*.json' | sort | tail -n 1)
	grep -q "\"$1\":$2[,}]" "$newest" && return
	cat "$newest"
	return 1
}

fresh_machine
no_hooks
start_luod <<'END'
[luod]
hook_timeout=1
END

# Order, facts, and what they have to do with a dry run

for point in pre-prepare pre-freeze cancelled post-update; do
	hook $point 20-second </dev/null
	hook $point 100-first <<END
env | grep '^LUO_' | sort >>$work/facts
echo --- >>$work/facts
END
done
mkdir hooks/pre-prepare.d/05-directory
hook pre-prepare Zulu </dev/null
hook pre-prepare alpha.sh </dev/null
hook pre-prepare no-right </dev/null
chmod 644 hooks/pre-prepare.d/no-right
for name in .hidden kept~ kept.bak kept.dpkg-old kept.orig kept.rpmnew; do
	hook pre-prepare "$name" </dev/null
done
{
	subscribe a b
	watch
	update '"dry_run":true,"kernel":"/proc/self/exe","command_line":"x"'
	cat <<'END'
w << {"event":"PHASE","phase":"loading",*
w < {"event":"HOOK","hook":"pre-prepare","name":"100-first","phase":"running"}
w < {"event":"HOOK","hook":"pre-prepare","name":"100-first","phase":"done"}
w < {"event":"HOOK","hook":"pre-prepare","name":"20-second","phase":"running"}
w << {"event":"HOOK","hook":"pre-prepare","name":"alpha.sh","phase":"done"}
w < {"event":"PHASE","phase":"preserving",*
END
	preserving a b
	says READY a b
	cat <<'END'
w << {"event":"PHASE","phase":"preparing",*
w < {"event":"HOOK","hook":"pre-freeze","name":"100-first","phase":"running"}
w << {"event":"HOOK","hook":"pre-freeze","name":"20-second","phase":"done"}
w < {"event":"PHASE","phase":"freezing",*
END
	freezing a b
	says FROZEN a b
	cancelled "this was a dry run" "" b a
	result_is true
	echo 'w << {"event":"HOOK","hook":"cancelled","name":"20-second","phase":"done"}'
} >script
play "hooks are asked before clients preserve, and before they freeze, and told of the end"
check "they run in the order of their bytes, and what was left by editors does not" ran \
	'pre-prepare 100-first' 'pre-prepare 20-second' 'pre-prepare Zulu' 'pre-prepare alpha.sh' \
	'pre-freeze 100-first' 'pre-freeze 20-second' 'cancelled 100-first' 'cancelled 20-second'
id=$(sed -n 's/^LUO_UPDATE_ID=//p' facts | sort -u)
cat >expected <<END
LUO_DRY_RUN=1
LUO_HOOK=pre-prepare
LUO_KERNEL=/proc/self/exe
LUO_STATE=normal
LUO_UPDATE_ID=$id
---
LUO_DRY_RUN=1
LUO_HOOK=pre-freeze
LUO_KERNEL=/proc/self/exe
LUO_STATE=prepared
LUO_UPDATE_ID=$id
---
LUO_CULPRIT=
LUO_DRY_RUN=1
LUO_HOOK=cancelled
LUO_KERNEL=/proc/self/exe
LUO_REASON=this was a dry run
LUO_STATE=normal
LUO_UPDATE_ID=$id
---
END
check "they are told which update it is, and where it stands" diff -u expected facts
check "that is the update that is on record" member update_id "\"$id\""
check "what is no file is not run" logged 'hooks/pre-prepare.d/05-directory: not run: it is no regular file'
check "the log tells how long each took" logged 'luod: hook:alpha.sh: done after 0.'

# Vetoes

# refused WHERE CULPRIT ERROR TEXT [FACTS]: the update ends there for everybody
refused() {
	{
		subscribe a b
		watch
		update
		if [ "$1" = pre-freeze ]; then
			preserving a b
			says READY a b
			cancelled "$4" "$2" b a
		else
			echo 'a silent 100'
		fi
		result_is false "$2" "$3" "$4"
		echo "w << {\"event\":\"HOOK\",\"hook\":\"$1\",\"name\":\"${2#hook:}\",\"phase\":\"failed\"}"
		echo "w << {*\"ok\":false,\"dry_run\":true,\"culprit\":\"$2\",\"reason\":\"$4\",\"event\":\"RESULT\"}"
	} >script
}

no_hooks
for point in pre-prepare pre-freeze; do
	no_hooks
	hook cancelled tell <<END
echo "\$LUO_CULPRIT: \$LUO_REASON" >>$work/facts
END
	hook $point 1-first </dev/null
	hook $point 2-never <<'END'
echo "looking at it"
echo "the backup runs" >&2
echo
exit 3
END
	hook $point 3-third </dev/null
	refused $point hook:2-never EACCES "the backup runs"
	play "$point: a hook that fails calls the update off, with its last line"
	check "and no other is asked" ran "$point 1-first" "$point 2-never" 'cancelled tell'
	check "others are told who and why" within_seconds grep -qx 'hook:2-never: the backup runs' facts
	check "it is on record" member culprit '"hook:2-never"'
	check "what it said is in the log" logged 'luod: hook:2-never: looking at it'
	check "and in the record" grep -q '"about":"hook:2-never","text":"hook:2-never: looking at it"' "$newest"

	hook $point 2-never <<'END'
exit 3
END
	refused $point hook:2-never EACCES "exited with status 3"
	play "$point: one that says nothing has a status"
	hook $point 2-never <<'END'
kill -SEGV $$
END
	refused $point hook:2-never EACCES "was ended by signal 11"
	play "$point: or a signal"

	hook $point 2-never <<END
trap '' TERM
(trap '' TERM; exec sleep 1000) &
echo \$! >$work/child
echo "takes its time"
while :; do sleep 0.1; done
END
	refused $point hook:2-never ETIME "took longer than 1 s"
	play "$point: one that is late calls it off, whatever it said"
	check "and is gone with what it has started" within_seconds is_gone "$(cat child)"
done

no_hooks
mkdir -p hooks/pre-prepare.d
printf '#!/nonexistent/shell\n' >hooks/pre-prepare.d/broken
chmod 755 hooks/pre-prepare.d/broken
refused pre-prepare hook:broken EACCES "cannot be run: No such file or directory"
play "one that cannot be run calls it off, and says why"

# Hooks that are told

no_hooks
hook cancelled 1-fails <<'END'
exit 1
END
hook cancelled 2-late <<'END'
sleep 1000
END
hook cancelled 3-last </dev/null
{
	subscribe a
	update
	preserving a
	says READY a
	freezing a
	says FROZEN a
	cancelled "this was a dry run" "" a
	result_is true
	update
	preserving a
	says READY a
	freezing a
	says FROZEN a
	cancelled "this was a dry run" "" a
	result_is true
} >script
play "hooks that are told hold up nobody, the next update included"
check "each is run, whatever the others do, for one update after the other" ran \
	'cancelled 1-fails' 'cancelled 2-late' 'cancelled 3-last' \
	'cancelled 1-fails' 'cancelled 2-late' 'cancelled 3-last'
check "that one is late is said" logged 'luod: hook:2-late: took longer than 1 s'
check "that one fails is said" logged 'luod: hook:1-fails: exited with status 1'

# Calling it off

for point in pre-prepare pre-freeze; do
	no_hooks
	hook $point slow <<END
sleep 1000 &
echo \$! >$work/child
wait
END
	hook cancelled tell </dev/null
	rm -f child
	{
		subscribe a
		watch
		echo 'two connect'
		update
		if [ $point = pre-freeze ]; then
			preserving a
			says READY a
		fi
		cat <<END
w << {"event":"HOOK","hook":"$point","name":"slow","phase":"running"}
late connect
late > {"cmd":"WATCH"}
late << {"event":"PHASE",*
late < {"event":"HOOK","hook":"$point","name":"slow","phase":"running"}
! while [ ! -s child ]; do sleep 0.01; done
two > {"cmd":"CANCEL_UPDATE","reason":"lunch"}
END
		if [ $point = pre-freeze ]; then cancelled lunch "" a; fi
		echo 'two < {"reply":"CANCEL_UPDATE","ok":true}'
		result_is false "" ECANCELED lunch
	} >script
	play "$point: an operator calls it off while a hook runs"
	check "the hook is ended, and the others told after that" ran "$point slow" 'cancelled tell'
	check "and with it what it has started" within_seconds is_gone "$(cat child)"
done

no_hooks
hook pre-freeze slow <<'END'
sleep 1000
END
{
	subscribe a b
	watch
	update
	preserving a b
	says READY a b
	echo 'w << {"event":"HOOK","hook":"pre-freeze","name":"slow","phase":"running"}'
	echo 'b > {"cmd":"VETO","reason":"not now"}'
	cancelled "not now" b b a
	result_is false b EACCES "not now"
} >script
play "a client refuses while a hook runs"

# What they say

no_hooks
hook pre-prepare loud <<'END'
for i in $(seq 40); do echo "line $i"; done
head -c 3000 /dev/zero | tr '\0' x
echo
printf 'wild \033[2J \302\233 \377\376 \303\251\n'
END
hook pre-prepare open </dev/null
cat >>hooks/pre-prepare.d/open <<END
ls -l /proc/self/fd >$work/facts
pwd >>$work/facts
cat >>$work/facts
cat /proc/self/oom_score_adj >>$work/facts
setsid sleep 0.1
sleep 1000 &
echo \$! >$work/child
exec >/dev/null 2>&1
sleep 0.2
END
hook pre-prepare z-refuses <<'END'
printf 'wild \033[2J \302\233 \377\376 \303\251'
exit 1
END
{
	update
	result_is false hook:z-refuses EACCES 'wild ??2J ?? ?? é'
} >script
play "what a hook says is no terminal command, and no broken message"
check "a line is cut" sh -c '! grep -q "x\{256\}" luod.log'
check "its first lines are in the log" logged 'luod: hook:loud: line 32'
check "and no more than these" sh -c "! grep -qx 'luod: hook:loud: line 33' luod.log"
check "which is said" logged 'luod: hook:loud: says more, which is not shown'
check "it has no descriptors of luod's" sh -c \
	"grep -q ' 0 -> /dev/null' facts && test \"\$(grep -c ' -> ' facts)\" -le 4 && ! grep -E 'socket|eventpoll|lock' facts"
check "it runs in the root directory" grep -qx / facts
check "what it leaves in the background ends with it" within_seconds is_gone "$(cat child)"
check "it is not the last that is killed for want of memory" test "$(tail -n 1 facts)" = 0

# endless output does not keep luod from anything
no_hooks
hook pre-prepare endless <<'END'
exec yes
END
{
	update
	cat <<'END'
o connect
o > {"cmd":"STATUS"}
o < {"reply":"STATUS","ok":true,*
END
	result_is false hook:endless ETIME "took longer than 1 s"
} >script
play "one that talks without end is late"

# What is not run

no_hooks
# shellcheck disable=SC2016 # that is their name
for name in owned group others linked 'with space' 'with;quote$(reboot)' "$(printf 'new\nline')"; do
	hook pre-prepare "$name" </dev/null
done
hook pre-prepare "$(printf 'n%.0s' $(seq 101))" </dev/null
hook pre-prepare good </dev/null
chown 65534 hooks/pre-prepare.d/owned
chmod 775 hooks/pre-prepare.d/group
chmod 757 hooks/pre-prepare.d/others
ln -sf good hooks/pre-prepare.d/linked
mkfifo hooks/pre-prepare.d/pipe
{
	update
	result_is true
} >script
play "an update where not all is as it should be"
check "only what is root's, a file, and well named was run" ran 'pre-prepare good'
# shellcheck disable=SC2016
for about in "owned: not run: it is not root's" \
	'group: not run: others than root may write to it' \
	'others: not run: others than root may write to it' \
	'linked: not run: it is no regular file' 'pipe: not run: it is no regular file' \
	'with space: not run: its name has other characters' \
	'with;quote$(reboot): not run: its name has other characters' \
	'new?line: not run: its name has other characters' \
	'nnn: not run: its name is too long'; do
	check "$about" logged "$about"
done
for wrong in 777 775; do
	: >ran
	chmod $wrong hooks/pre-prepare.d
	play "an update with a directory of mode $wrong"
	check "nothing in it is run" test ! -s ran
	check "which is said" logged 'hooks/pre-prepare.d: no hook in it is run: others than root may write to it'
done
chmod 755 hooks/pre-prepare.d
chown 65534 hooks/pre-prepare.d
play "an update with a directory that is not root's"
check "nothing in it is run either" test ! -s ran
check "which is said as well" logged "hooks/pre-prepare.d: no hook in it is run: it is not root's"

# What clients say is no terminal command either.
no_hooks
{
	subscribe a
	update
	preserving a
	echo 'a > {"cmd":"VETO","reason":"x\\u001b[2Jy\\u009b2Jz\\u00e9"}'
	echo 'a << {"cmd":"CANCEL",*'
	echo 'a > {"cmd":"CANCELLED"}'
	echo 'op << {"reply":"UPDATE",*'
} >script
play "a client refuses in words of a terminal"
check "its words in the log are none" logged 'luod: the update is cancelled: a: x?[2Jy??2Jzé'

# luod ends

for point in pre-prepare pre-freeze; do
	no_hooks
	hook $point slow <<END
echo \$\$ >$work/child
exec sleep 1000
END
	hook cancelled tell <<END
sleep 0.3
echo "\$LUO_UPDATE_ID \$LUO_REASON" >>$work/facts
END
	start_update() {
		rm -f child
		{
			subscribe a
			watch
			update
			if [ $point = pre-freeze ]; then
				preserving a
				says READY a
			fi
			echo "w << {\"event\":\"HOOK\",\"hook\":\"$point\",\"name\":\"slow\",\"phase\":\"running\"}"
			# shellcheck disable=SC2016 # by the shell of the script
			echo '! while [ ! -s child ]; do sleep 0.01; done; kill -'"$1"' $LUOD'
			echo 'op ended'
		} >script
	}
	start_update TERM
	# The operator gets a reply first.
	sed -i '/^op ended/d' script
	[ $point = pre-prepare ] || cancelled "luod was told to end" "" a >>script
	result_is false "" ESHUTDOWN "luod was told to end" >>script
	play "$point: luod is told to end while a hook runs"
	check "it ends well" ends_well
	check "the hook is gone" is_gone "$(cat child)"
	check "the others were told before" grep -q ' luod was told to end$' facts

	rm facts
	: >ran
	start_luod <<'END'
[luod]
hook_timeout=20
END
	start_update KILL
	play "$point: luod is killed while a hook runs"
	wait "$LUOD"
	check "the hook goes with it" within_seconds is_gone "$(cat child)"
	id=$(sed 's/.*"update_id":"\([0-9a-f]*\)".*/\1/' run/hooks.json)
	start_luod <<'END'
[luod]
hook_timeout=1
END
	check "the next luod tells those who are to know" ran "$point slow" 'cancelled tell'
	check "of which update, and why" within_seconds grep -qx "$id luod has ended in it" facts
	check "once" test ! -e run/hooks.json
done

no_hooks
hook cancelled slow <<END
echo \$\$ >$work/child
exec sleep 1000
END
rm -f child
{
	update
	result_is true
	echo '! while [ ! -s child ]; do sleep 0.01; done'
} >script
play "an update of which a hook is told, which takes long"
check "luod does not wait for it when it is told to end" sh -c "kill -TERM $LUOD"
check "and ends well" ends_well
check "with the hook" within_seconds is_gone "$(cat child)"

# Over a jump

for kind in luo stock; do
	fresh_machine
	no_hooks
	[ $kind = luo ] || echo stock >"$LUO_FAKE/device"
	for point in pre-prepare pre-freeze cancelled post-update; do
		hook $point tell <<END
echo "\$LUO_STATE \$LUO_UPDATE_ID \$LUO_DRY_RUN \$LUO_KERNEL \$LUO_RESULT" >>$work/facts
END
	done
	start_luod </dev/null
	{
		subscribe a
		update '"kernel":"/proc/self/exe","command_line":"x"'
		preserving a
		says READY a
		freezing a
		says FROZEN a
		printf '%s ended\n' a op
	} >script
	play "$kind: a jump with hooks"
	check "luod is not there any more" ends_well
	check "hooks were asked before, and told nothing yet" ran 'pre-prepare tell' 'pre-freeze tell'
	# What is in /run does not come over.
	rm -f run/hooks.json
	start_luod </dev/null
	cat >script <<'END'
a connect
a > {"cmd":"CLAIM","name":"a"}
a < {"reply":"CLAIM","ok":true,*
a session
a finish
a drop
a > {"cmd":"RESTORED","name":"a"}
a < {"reply":"RESTORED","ok":true}
w connect
w > {"cmd":"WATCH"}
w << {"event":"PHASE","phase":"idle","state":"normal","update_id":""}
END
	play "$kind: all are back"
	check "then hooks are told" ran 'pre-prepare tell' 'pre-freeze tell' 'post-update tell'
	id=$(cut -d ' ' -f 2 facts | sort -u)
	cat >expected <<END
normal $id 0 /proc/self/exe 
prepared $id 0 /proc/self/exe 
normal $id 0 /proc/self/exe done
END
	# The stock kernel has no states; luod's say the same, but from when clients freeze.
	[ $kind = luo ] || sed -i s/prepared/normal/ expected
	check "of the same update, and that it is done" diff -u expected facts
	stop_luod
done

no_hooks
hook post-update tell <<END
echo "\$LUO_RESULT" >>$work/facts
END
fresh_machine
start_luod </dev/null
{
	subscribe a
	update '"kernel":"/proc/self/exe","command_line":"x"'
	preserving a
	says READY a
	freezing a
	says FROZEN a
	printf '%s ended\n' a op
} >script
play "a jump after which nobody comes back"
check "it is over" ends_well
start_luod </dev/null
cat >script <<'END'
op connect
op > {"cmd":"FINISH","discard":true}
op < {"reply":"FINISH","ok":true}
END
play "and an operator gives them up"
check "hooks are told that it has failed" within_seconds grep -qx failed facts
stop_luod

fresh_machine
no_hooks
hook post-update tell <<END
echo "\$LUO_UPDATE_ID \$LUO_RESULT" >>$work/facts
END
mkdir run
echo garbage >run/update.json
start_luod </dev/null
check "hooks are told of an update of which nothing can be read" \
	within_seconds grep -qx 'unknown failed' facts
stop_luod

# With what the unit leaves luod of root's power, hooks are run, and ended.
unit=$LUO_BUILD/systemd/luod.service
# shellcheck disable=SC2046 # words
kept=$(printf ',+%s' $(sed -n 's/^CapabilityBoundingSet=//p' "$unit" | tr '[:upper:]' '[:lower:]' |
	sed 's/cap_//g'))
whole=$luod
cat >confined <<END
#!/bin/sh
exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all$kept "$whole" "\$@"
END
chmod 755 confined
luod=$work/confined
fresh_machine
no_hooks
hook pre-prepare 1-works </dev/null
hook pre-prepare 2-late <<'END'
grep '^Cap' /proc/self/status
trap '' TERM
while :; do sleep 0.1; done
END
start_luod <<'END'
[luod]
hook_timeout=0.5
END
{
	update
	result_is false hook:2-late ETIME "took longer than 0.5 s"
} >script
play "in the confinement of its unit"
check "hooks are run" ran 'pre-prepare 1-works' 'pre-prepare 2-late'
check "and ended, without a capability to do so" logged 'CapBnd: 0000000000480001'
stop_luod
luod=$whole

# Nothing there

fresh_machine
no_hooks
start_luod </dev/null
{
	update
	result_is true
} >script
play "without directories an update is as before"
check "nothing is said of them" sh -c '! grep -i hook luod.log'
check "and nothing noted" test ! -e run/hooks.json
stop_luod

done_testing
