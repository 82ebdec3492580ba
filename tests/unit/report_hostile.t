#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# 'luoctl report' of records that are not what they should be: one line that says so.
. "$(dirname "$0")/luoctl.sh"

done=$here/expect/record-done.json
fresh

# refused NAME TEXT: the record says TEXT, and each form of the report says the same of it.
refused() {
	printf '%s' "$2" >./record
	for form in "" --json --trace; do
		# shellcheck disable=SC2086 # none, or one
		run report $form ./record
		check "$1${form:+, }$form" test "$code $(wc -l <out) $(grep -c \
			'^luoctl: report: ./record: not a record of an update: .*\.$' out)" = "1 1 1"
	done
}

# with MEMBER VALUE: a record whose MEMBER is VALUE
with() {
	refused "$1 is $2" '{"version":1,"update_id":"ab","result":"done","'"$1"'":'"$2"'}'
}

refused "nothing" ''
refused "white space" '
'
refused "no JSON" 'hello'
refused "half of it" "$(head -c 900 "$done")"
refused "more after it" "$(cat "$done") {}"
refused "an array" '[]'
refused "a number" '1'
refused "null" 'null'
refused "no id" '{"version":1,"result":"done"}'
refused "an empty object" '{}'
refused "a later version" '{"version":2,"update_id":"ab"}'
refused "a version that is a text" '{"version":"1","update_id":"ab"}'
refused "too deep" '{"update_id":"ab","x":'"$(printf '%064d' 0 | tr 0 '[')"
with update_id 7
with update_id '"a\u0000b"'
with started_s -1
with started_s 99999999999999999999999999
with number 1e3
with prepare_ns '"1"'
with freeze_ns 9223372036854775807
with phases '[]'
with phases '{"loading_ns":-2}'
with kernel '"completed"'
with kernel '{"blackout_ns":18446744073709551615}'
with kernel '{"error":-99999999999}'
with kernel '{"culprit":[]}'
with clients '{}'
with clients '[1]'
with clients '[null]'
with clients '[{}]'
with clients '[{"name":"a","blackout_ns":-2}]'
with clients '[{"name":"a","parts":{"x_ns":{}}}]'
with clients '[{"name":"a","parts":[1]}]'
with participants '[[]]'
with participants '[{"name":"a","boot_ns":true}]'
with log '[{"at_ms":-5}]'
with log '[{"text":7}]'

dd if=/dev/zero of=./record bs=1M count=17 2>/dev/null
run report ./record
check "more than anybody writes" grep -q ': File too large$' out
run report ./
check "a directory" grep -q ': not a regular file$' out
mkfifo ./pipe
run report ./pipe
check "a pipe, which would be waited for" grep -q ': not a regular file$' out
run report ./none
check "no file" grep -q ': No such file or directory$' out

# What is only odd is shown, and harms nobody.
printf '{"update_id":"%s","clients":[{"name":"%s","reason":"%s","parts":{"%s":1}}],"left":["%s",7]}' \
	"$(printf 'a\\u001b[2J')" "$(printf 'b\302\233\377')" "$(printf 'c\\nd\\u007f')" \
	"$(printf 'e\033[1m')" "$(printf 'f\\u0007')" >./record
run report ./record
check "texts that would steer a terminal" test $code -eq 0
check "do not reach it" sh -c '! LC_ALL=C grep -q "[^ -~]" "$0"' stdout
for form in --json --trace; do
	run report $form ./record
	check "nor with $form" sh -c '! LC_ALL=C grep -q "[^ -~]" "$0"' stdout
done
big=8640000000000000
printf '{"update_id":"ab","prepare_ns":%s,"freeze_ns":%s,"kernel":{"freeze_ns":%s,"shutdown_ns":%s,"jump_ns":%s,"blackout_ns":0,"restore_ns":%s},"phases":{"loading_ns":%s,"cancelling_ns":%s},"clients":[{"name":"a","back_ns":%s,"blackout_ns":%s,"parts":{"a_ns":%s,"b_ns":%s}}]}' \
	$big $big $big $big $big $big $big $big $big $big $big $big >./record
for form in "" --json --trace; do
	# shellcheck disable=SC2086 # none, or one
	run report $form ./record
	check "the longest times there are $form" test $code -eq 0
done
i=0
{
	printf '{"update_id":"ab","clients":['
	while [ $i -lt 2000 ]; do
		printf '{"name":"c%d","parts":{"a_ns":%d}},' $i $i
		i=$((i + 1))
	done
	printf '{"name":"last"}]}'
} >./record
run report ./record
check "many clients" test "$(grep -c '^c[0-9]' stdout)" -eq 2000

# A list goes on without those that cannot be read.
mkdir -p state/history
cp "$done" state/history/00000001-x-ab.json
echo '{' >state/history/00000002-x-ac.json
cp "$done" state/history/00000003-x-ad.json
run report --list
check "a list goes on without what cannot be read" test "$(grep -c ' done ' stdout)" -eq 2
check "and tells" test "$code $(grep -c 'ac.json: not a record' stderr)" = "1 1"

done_testing
