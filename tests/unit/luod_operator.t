#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What operators hear of luod, and what it does where the kernel fails.
. "$(dirname "$0")/luod.sh"

fresh_machine
start_luod <<'END'
[client lax-*]
on_death=continue
END

{
	subscribe a
	update
	preserving a
	cat <<'END'
second connect
second > {"cmd":"UPDATE","dry_run":true}
second < {"reply":"UPDATE","ok":false,*"EBUSY","text":"an update is under way"}}
second > {"cmd":"FINISH","discard":true}
second < {"reply":"FINISH","ok":false,*"EINVAL"*
second > {"cmd":"CANCEL_UPDATE","id":4,"reason":"lunch"}
END
	cancelled lunch "" a
	result_is false "" ECANCELED lunch
	cat <<'END'
second < {"reply":"CANCEL_UPDATE","id":4,"ok":true}
second > {"cmd":"CANCEL_UPDATE"}
second < {"reply":"CANCEL_UPDATE","ok":false,*"EINVAL","text":"no update is under way"}}
END
	update
	preserving a
	cat <<'END'
second > {"cmd":"CANCEL_UPDATE"}
second > {"cmd":"CANCEL_UPDATE","id":5}
third connect
third > {"cmd":"CANCEL_UPDATE"}
third close
END
	cancelled "by an operator" "" a
	echo 'second < {"reply":"CANCEL_UPDATE",*"ok":true}'
	echo 'second < {"reply":"CANCEL_UPDATE",*"ok":true}'
	update
	preserving a
	echo 'op close'
	says READY a
	freezing a
	says FROZEN a
	cancelled "this was a dry run" "" a
} >script
play "one update at a time, which any operator may call off, and which needs none to go on"

{
	subscribe a b lax-1
	cat <<'END'
! : >$LUO_FAKE/hold-load
END
	update '"dry_run":true,"kernel":"/proc/self/exe","command_line":"x"'
	cat <<'END'
op << {"event":"PHASE","phase":"loading",*
lax-1 close
op << {"event":"CLIENT","name":"lax-1","phase":"gone"}
! rm $LUO_FAKE/hold-load
END
	preserving a b
	says READY a b
	freezing a b
	says FROZEN a b
	cancelled "this was a dry run" "" a b
	result_is true
	echo '! : >$LUO_FAKE/hold-load'
	update '"dry_run":true,"kernel":"/proc/self/exe","command_line":"x"'
	cat <<'END'
op << {"event":"PHASE","phase":"loading",*
b close
op << {"event":"CLIENT","name":"b","phase":"gone"}
! rm $LUO_FAKE/hold-load
END
	result_is false b ECONNRESET "its connection has ended"
	echo 'a silent 50'
} >script
play "a client that dies while the kernel is loaded ends the update as well"

for call in load prepare; do
	{
		subscribe a
		echo '! : >$LUO_FAKE/hold-'$call
		update '"dry_run":true,"kernel":"/proc/self/exe","command_line":"x"'
		[ $call = load ] || preserving a
		[ $call = load ] || says READY a
		cat <<END
second connect
second > {"cmd":"CANCEL_UPDATE"}
second silent 100
! rm \$LUO_FAKE/hold-$call
END
		[ $call = load ] || cancelled "by an operator" "" a
		echo 'second < {"reply":"CANCEL_UPDATE","ok":true}'
		result_is false "" ECANCELED "by an operator"
	} >script
	play "an update that is called off in $call ends when that is over"
done

# fail CALL "ERRNO CULPRIT" PHASE RESULT...: an update in which the kernel fails
fail() {
	echo "$2" >"$LUO_FAKE/fail-$1"
	{
		subscribe a
		update '"dry_run":true,"kernel":"/proc/self/exe","command_line":"x"'
		if [ "$3" != loading ]; then
			preserving a
			says READY a
		fi
		if [ "$3" = freezing ]; then
			freezing a
			says FROZEN a
		fi
		[ "$3" = loading ] || cancelled "$6" "$4" a
		result_is false "$4" "$5" "$6"
	} >script
	play "$1 fails: the update is cancelled, and its reason told"
	rm "$LUO_FAKE/fail-$1"
}
fail load 8 loading "" ENOEXEC "/proc/self/exe: not a kernel image that this kernel can load"
fail create-a 12 loading a ENOMEM "its session cannot be created: Cannot allocate memory"
fail create-luod 12 loading "" ENOMEM "luod's own session: Cannot allocate memory"
fail preserve-luod 12 loading "" ENOMEM "luod's own session: Cannot allocate memory"
fail prepare "11 vfio" preserving vfio EAGAIN "the kernel cannot prepare: Resource temporarily unavailable"
fail freeze "16 vfio" freezing vfio EBUSY "the kernel cannot freeze: Device or resource busy"

{
	cat <<'END'
op connect
op > {"cmd":"UPDATE","kernel":"vmlinuz","command_line":"x"}
op < {"reply":"UPDATE","ok":false,*"EINVAL"*
op > {"cmd":"UPDATE","kernel":"/vmlinuz"}
op < {"reply":"UPDATE","ok":false,*"EINVAL"*
op > {"cmd":"UPDATE","kernel":7,"command_line":"x"}
op < {"reply":"UPDATE","ok":false,*"EINVAL"*
op > {"cmd":"UPDATE","initrd":"/initrd"}
op < {"reply":"UPDATE","ok":false,*"EINVAL"*
op > {"cmd":"REBOOT","id":"text"}
op < {"reply":"REBOOT","id":"text","ok":false,*"EOPNOTSUPP"*
op > {"cmd":["UPDATE"]}
op < {"reply":"","ok":false,*"EOPNOTSUPP"*
op > {}
op < {"reply":"","ok":false,*"EOPNOTSUPP"*
! flock $LUO_FAKE/device sh -c ': >held; while [ -e held ]; do sleep 0.01; done' &
! while [ ! -e held ]; do sleep 0.01; done
op > {"cmd":"UPDATE","dry_run":true}
op < {"reply":"UPDATE","ok":false,*"EBUSY","text":"/dev/liveupdate is in use by another program"}}
! rm held; flock $LUO_FAKE/device true
op > nonsense
op < {"reply":"","ok":false,*"EBADMSG"*
op ended
END
} >script
play "an update that makes no sense, or cannot be, is refused"

{
	subscribe a
	update
	preserving a
	echo 'op > {"cmd":"WATCH","id":5}'
	echo 'op << {"reply":"WATCH","id":5,"ok":true}'
	echo 'a > {"cmd":"VETO","reason":"no"}'
	cancelled no a a
	result_is false a EACCES no
	echo 'op << {"event":"PHASE","phase":"idle",*'
	subscribe b
	echo 'op < {"event":"CLIENT","name":"b","phase":"subscribed"}'
	update
	preserving a b
	echo 'a > {"cmd":"VETO","reason":"no"}'
	cancelled no a b a
	result_is false a EACCES no
	echo 'b close'
	echo 'op silent 100'
} >script
play "an operator who watches goes on to do so after its own update, and another does not"

stop_luod
done_testing
