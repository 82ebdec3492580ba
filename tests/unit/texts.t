#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Help and manual page tell of the same verbs and options, and usage errors
# read as they should.
. "$(dirname "$0")/luoctl.sh"

manual=$top/man/luoctl.1.scd

fresh
run help
check "help" test $code -eq 0
sed -n 's/^  \([a-z]*\) .*/\1/p' stdout >verbs
check "help lists verbs" test "$(wc -l <verbs)" -ge 10
sed -n '/^# VERBS/,/^# OPTIONS/s/^\*\([a-z]*\)\*.*/\1/p' "$manual" >manual-verbs
sort verbs >expected
sort manual-verbs >got
check "the manual page has these verbs and no others" diff -u expected got

: >all-options
while read -r verb; do
	run help "$verb"
	check "help $verb" grep -q "^Usage: luoctl $verb" stdout
	cp stdout help-text
	run "$verb" --help
	check "$verb --help says the same" diff -u help-text stdout
	sed -n 's/^  -., --\([a-z-]*\).*/\1/p' stdout | sort >options
	cat options >>all-options
	sed -n "s/^\*$verb\*\(.*\)/\1/p" "$manual" | grep -o -e '--[a-z-]*' | sed 's/^--//' |
		sort >manual-options
	# update takes those of load.
	[ "$verb" != update ] || {
		"$luoctl" load --help | sed -n 's/^  -., --\([a-z-]*\).*/\1/p' >>manual-options
		sort -o manual-options manual-options
	}
	check "the manual page has the options of $verb" diff -u options manual-options
done <verbs

{ sort -u all-options; echo help; echo version; } | sort >expected
sed -n '/^# OPTIONS/,/^# EXIT/s/^\*-.\*, \*--\([a-z-]*\)\*.*/\1/p' "$manual" | sort >got
check "the manual page explains each option" diff -u expected got
for letter in $(sed -n 's/^\*-\(.\)\*, .*/\1/p' "$manual"); do
	echo "$letter"
done | sort | uniq -d >twice
check "each letter stands for one option" test ! -s twice

run --version
check "version" grep -q '^luoctl [0-9]' stdout
run frobnicate
expect 2 "unknown verb" <<'END'
luoctl: there is no verb 'frobnicate'. Try 'luoctl help'.
END
run help frobnicate
expect 2 "help for an unknown verb" <<'END'
luoctl: there is no verb 'frobnicate'. Try 'luoctl help'.
END
run status extra
expect 2 "operand too many" <<'END'
luoctl: status: does not know what to do with 'extra'
Try 'luoctl help status'.
END
run load
expect 2 "operand missing" <<'END'
luoctl: load: needs KERNEL
Try 'luoctl help load'.
END
run preserve only
expect 2 "one of two operands missing" <<'END'
luoctl: preserve: needs SESSION FILE...
Try 'luoctl help preserve'.
END
run prepare --json
expect 2 "option of another verb" <<'END'
luoctl: prepare: no option '--json' here
Try 'luoctl help prepare'.
END
run prepare --wait
expect 2 "option without its value" <<'END'
luoctl: prepare: option '--wait' needs a value
Try 'luoctl help prepare'.
END
for seconds in '' x 1x -1 99999999999999999999 86401; do
	run prepare "--wait=$seconds"
	check "--wait '$seconds'" test $code -eq 2
done
"$luoctl" help >/dev/full 2>stderr
check "a full standard output is an error" test $? -eq 1

done_testing
