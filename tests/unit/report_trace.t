#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# 'luoctl report --trace': rows, and times that add up to those of the record.
. "$(dirname "$0")/luoctl.sh"

# Numbers of events, each "PROCESS THREAD NAME TS DUR", thousandths of microseconds.
events() {
	perl -MJSON::PP -e '
		local $/;
		my $trace = decode_json(<STDIN>);
		my %thread = map { ("$_->{pid} $_->{tid}" => $_->{args}{name}) }
			grep { $_->{name} eq "thread_name" } @{$trace->{traceEvents}};
		my %process = map { ($_->{pid} => $_->{args}{name}) }
			grep { $_->{name} eq "process_name" } @{$trace->{traceEvents}};
		for (@{$trace->{traceEvents}}) {
			next unless $_->{ph} eq "X";
			printf "%s/%s/%s %.0f %.0f\n", $process{$_->{pid}},
				$thread{"$_->{pid} $_->{tid}"}, $_->{name} =~ tr/ /-/r,
				$_->{ts} * 1000, $_->{dur} * 1000;
		}'
}

# sum PATTERN: of the durations of the events that it fits
sum() {
	grep -E "^$1 " events | awk '{ n += $NF } END { printf "%.0f\n", n }'
}
# at PATTERN: when the first of them begins; end PATTERN: when the last of them ends
at() {
	grep -E "^$1 " events | awk 'NR == 1 { printf "%.0f\n", $(NF - 1) }'
}
end() {
	grep -E "^$1 " events | awk '{ at = $(NF - 1) + $NF; n = at > n ? at : n } END { printf "%.0f\n", n }'
}
is() { # NAME GOT EXPECTED
	check "$1 ($2, expected $3)" test "$2" = "$3"
}

fresh
run report --trace "$here/expect/record-done.json"
check "of an update that is done" test $code -eq 0
json_is /displayTimeUnit ms
json_is /otherData/update_id 9744ab69f7024770b1d5420df446d574
json_is /otherData/result "done"
json_is /otherData/kernel_blackout_ns 268350329
events <stdout >events
check "all is after the beginning" sh -c '! grep -E " -" events'
for row in "kernels/old kernel" kernels/jump "kernels/new kernel" participants/sessions \
	participants/files participants/vfio-pci clients/qemu:vm-1 clients/qemu:vm-2 \
	blackout/machine blackout/qemu:vm-1 blackout/qemu:vm-2; do
	check "there is a row $row" grep -q "^$row/" events
done
is "luod's phases up to the freeze" "$(sum 'kernels/old kernel/(load|preserv|prepar)ing')" 48367095
is "the freeze comes then" "$(at 'kernels/old kernel/freezing')" 48367095
is "the kernel's blackout" "$(sum 'kernels/(old kernel/(freeze|shutdown)|jump/jump|new kernel/boot)')" \
	268350329
is "it is in one piece" "$(($(end 'kernels/new kernel/boot') - $(at 'kernels/old kernel/freeze')))" \
	268350329
is "what comes after it" "$(sum 'kernels/new kernel/(start|restoring|finishing)')" 531055198
is "the whole" "$(end '.*')" $((48367095 + 30666910 + 268350329 + 531055198))
is "a client's blackout that it tells" "$(sum 'blackout/qemu:vm-2/blackout')" 826104882
is "one that luod saw" "$(sum 'blackout/qemu:vm-1/blackout')" $((30666910 + 268350329 + 522810400))
is "its parts" "$(sum 'clients/qemu:vm-1/(stop|save|start-qemu|restore|resume)')" 289391168
is "begin with it" "$(at 'clients/qemu:vm-1/stop')" 48367095
is "and end with it" "$(end 'clients/qemu:vm-1/resume')" "$(end 'blackout/qemu:vm-1/blackout')"
check "those before the jump are there" test "$(end 'clients/qemu:vm-1/save')" -le \
	"$(at 'kernels/old kernel/freeze')"
check "and those after it are not" test "$(at 'clients/qemu:vm-1/start-qemu')" -ge \
	"$(end 'kernels/new kernel/boot')"
is "a participant's steps" "$(sum 'participants/files/.*')" 1017073
is "one after the other" "$(at 'participants/files/prepare')" "$(end 'participants/sessions/prepare')"
is "what ends the update comes last" "$(end 'participants/vfio-pci/finish')" "$(end '.*')"

run report --trace "$here/expect/record-cancelled.json"
events <stdout >events
check "of one that was cancelled there is no jump" sh -c '! grep -q "^kernels/[jn]" events'
is "its end" "$(end '.*')" $((12004518 + 35850000 + 4251482 + 41100220 + 3120007))
is "who was frozen stood still until then" "$(end 'blackout/qemu:vm-1/blackout')" "$(end '.*')"

run report --trace "$here/expect/record-old.json"
events <stdout >events
is "of a record without phases" "$(end '.*')" $((48367095 + 30666910 + 268350329 + 531055198))

cat >"$LUO_FAKE/report" <<'END'
number 3
result 4
old 7.2.13-luo
new 7.3.4-luo
prepare 12345678
freeze 1200000
shutdown 210000000
jump 3100000000
blackout 3412345678
restore 1712345678
END
echo '6 0 1200 340 - 120 80 2200 sessions' >"$LUO_FAKE/entries"
run report --trace
events <stdout >events
check "of what the kernel tells" test $code -eq 0
is "the whole" "$(end '.*')" $((12345678 + 3412345678 + 1712345678))
is "its blackout" "$(sum 'blackout/machine/blackout')" 3412345678

rm "$LUO_FAKE/report" "$LUO_FAKE/entries"
run report --trace
events <stdout >events
check "of no update there is nothing" test ! -s events

done_testing
