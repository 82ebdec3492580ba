#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# 'luoctl report --html': one page that is complete, shows what it should at any width, in
# light and dark, and nothing of what is in a record can be more than text. Pictures of the
# pages are left in $LUO_BUILD/report-pages.
. "$(dirname "$0")/luoctl.sh"

export TZ=UTC
pages=$LUO_BUILD/report-pages
mkdir -p "$pages"
fresh

page() { # NAME RECORD
	run report "$2" --html "$pages/$1.html"
	check "a page: $1" test $code -eq 0
	check "nothing is loaded from anywhere: $1" sh -c \
		'! grep -Ei "https?:|src=|@import|url\(|<script" "$0"' "$pages/$1.html"
}

page "done" "$here/expect/record-done.json"
page cancelled "$here/expect/record-cancelled.json"
page old "$here/expect/record-old.json"
hostile='</title></svg><script>document.title=1</script><img src=x onerror=alert(1)>&amp;\"'"'"'\u001b\u0000'
hostile=${hostile%\\u0000}
cat >hostile.json <<END
{"version":1,"number":7,"update_id":"$hostile","result":"$hostile","culprit":"$hostile",
"reason":"$hostile","old_release":"$hostile","new_release":"$hostile","started_s":1795421215,
"prepare_ns":5000000,"freeze_ns":7000000,"kernel":{"result":"completed","blackout_ns":9000000},
"participants":[{"name":"$hostile","prepare_ns":5,"error":-5}],
"clients":[{"name":"$hostile","phase":"$hostile","reason":"$hostile","blackout_ns":21000000,
"parts":{"$hostile":1000000}}],"log":[{"at_ms":1,"priority":3,"about":"$hostile","text":"$hostile"}],
"kernel_log":"[1] first\n[2] $hostile\n"}
END
run report ./hostile.json --html "$pages/hostile.html"
check "a hostile record" test $code -eq 0
check "no element of it is on the page" sh -c '! grep -Eqi "<script|<img|</title></svg>" "$0"' \
	"$pages/hostile.html"
check "lines of the old kernel's log are lines" grep -q '^\[2\] &lt;/title&gt;' "$pages/hostile.html"
check "but its text is" grep -q '&lt;img src=x onerror=alert(1)&gt;&amp;amp;&quot;&#39;' \
	"$pages/hostile.html"

{
	printf '{"update_id":"ab12","result":"done","number":9,"started_s":1795421215,'
	printf '"prepare_ns":93000000000,"freeze_ns":210000000,"old_release":"7.2.13-luo","new_release":"7.3.4-luo",'
	printf '"phases":{"loading_ns":4000000000,"preserving_ns":88000000000,"preparing_ns":1000000000,"freezing_ns":210000000,"restoring_ns":2400000000},'
	printf '"kernel":{"result":"completed","prepare_ns":900000000,"freeze_ns":12000000,"shutdown_ns":230000000,"jump_ns":1900000000,"blackout_ns":2300000000,"restore_ns":3100000000},"participants":['
	i=0
	while [ $i -lt 60 ]; do
		printf '{"name":"driver-with-a-long-name-%d","prepare_ns":9000000,"freeze_ns":100000,"boot_ns":200000,"finish_ns":50000},' $i
		i=$((i + 1))
	done
	printf '{"name":"last"}],"clients":['
	i=0
	while [ $i -lt 30 ]; do
		printf '{"name":"qemu:guest-%d.of.a.long.name.example","phase":"restored","prepare_ns":%d000000000,"freeze_ns":190000000,"back_ns":%d000000,"blackout_ns":-1,"parts":{"stop_ns":20000000,"save_ns":150000000,"start_qemu_ns":900000000,"restore_ns":110000000,"resume_ns":40000000}},' \
			$i $((i + 40)) $((1300 + 50 * i))
		i=$((i + 1))
	done
	printf '{"name":"last","phase":"failed","reason":"its disk is gone"}]}'
} >many.json
page many ./many.json
check "a blackout that is small is drawn once more" test \
	"$(grep -c '<svg ' "$pages/many.html")" -eq 2
check "one that is not, is not" test "$(grep -c '<svg ' "$pages/done.html")" -eq 1

# Where it goes.
run report "$here/expect/record-done.json" --html -
check "standard output" cmp stdout "$pages/done.html"
"$luoctl" report "$here/expect/record-done.json" --html /dev/stdout >stdout
check "what is no file is written to" cmp stdout "$pages/done.html"
check "and stays" test -L /dev/stdout
echo before >target
ln -s target link
run report "$here/expect/record-done.json" --html link
check "a link leads to the file" cmp target "$pages/done.html"
check "and stays" test -L link
run report "$here/expect/record-done.json" --html none/page.html
expect 1 "a directory that is not there" <<'END'
luoctl: report: none/page.html: No such file or directory. Nothing was written.
END
run report "$here/expect/record-done.json" --html /dev/full
check "a full disk" test $code -eq 1
(ulimit -f 8; trap '' XFSZ; "$luoctl" report ./many.json --html target 2>stderr)
check "a full disk is told" grep -q 'target: File too large. Nothing was written.' stderr
check "and leaves what was there" cmp target "$pages/done.html"
check "and nothing else" sh -c 'test $# = 1' sh target*

# shellcheck source-path=SCRIPTDIR source=../browser.sh
. "$here/../browser.sh"
[ "$browser" ] || {
	count=$((count + 1))
	echo "ok $count - pages in a browser # SKIP there is no chromium"
	done_testing
	exit 0
}

for what in "done" cancelled old hostile many; do
	browse . --dump-dom "file://$pages/$what.html" >dom
	check "$what: it is read" grep -q '</main>' dom
	check "$what: nothing on the console" sh -c '! grep CONSOLE browser.log'
done
browse . --dump-dom "file://$pages/done.html" >dom
for row in "old kernel" jump "new kernel" sessions files vfio-pci qemu:vm-1 qemu:vm-2; do
	check "a row for $row" grep -qE "<text [^>]*text-anchor=\"end\"[^>]*>$row</text>" dom
done
check "the blackout is marked" grep -q '>blackout 826 ms</text>' dom
check "drawings have titles and descriptions" test "$(grep -cE '<(title|desc) id=' dom)" -eq 2
check "the tables have the figures" test "$(grep -c '<th scope="row">' dom)" -eq 16
browse . --dump-dom "file://$pages/hostile.html" >dom
check "nothing hostile has become an element" sh -c '! grep -qiE "<(img|script)" "$0"' dom
check "nor has it run" grep -q '<title>Live update 7</title>' dom

# How wide a page is, by a copy that may say so: never wider than what there is to see it in.
for what in "done" cancelled hostile many; do
	sed -e '/Content-Security-Policy/,/>/d' -e 's|</body>|<script>document.title=innerWidth+" "+document.documentElement.scrollWidth</script></body>|' \
		"$pages/$what.html" >wide.html
	for width in 1200 500; do
		browse . --dump-dom --window-size=$width,900 "file://$work/wide.html" >dom
		sizes=$(sed -n 's/.*<title>\([0-9]* [0-9]*\)<.*/\1/p' dom)
		check "$what: $width pixels are enough ($sizes)" test "${sizes%% *}" = "${sizes##* }"
	done
done

for what in "done" cancelled hostile many; do
	for look in light-1200 dark-1200 light-390 dark-390; do
		scheme=1
		[ "${look%-*}" = light ] || scheme=0
		rm -f "$pages/$what-$look.png"
		browse . --blink-settings=preferredColorScheme=$scheme --window-size="${look#*-}",1900 \
			--screenshot="$pages/$what-$look.png" "file://$pages/$what.html" >/dev/null
		check "a picture: $what, $look" test -s "$pages/$what-$look.png"
	done
	check "$what: light is not dark" sh -c '! cmp -s "$0-light-390.png" "$0-dark-390.png"' \
		"$pages/$what"
done

done_testing
