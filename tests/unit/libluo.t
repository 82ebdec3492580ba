#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs can be built against the installed library, in C and in C++. Its header,
# version script, symbols and manual agree, and it has nothing that threads would share.
. "$(dirname "$0")/installed.sh"

script=$top/lib/libluo.map
header=$usr/include/libluo.h
sed -n 's/^\t\(luo_[a-z_]*\);/\1/p' "$script" | sort >map
awk -F'[ ;_]' '/^LIBLUO_/ { v = $2 } /^\tluo_/ { sub(/^\t/, ""); sub(/;/, ""); print $0, v }' \
	"$script" | sort >map-versions

# Symbols

nm -D --defined-only "$usr/lib/libluo.so" | sed -n 's/.* T \(.*\)@@LIBLUO_\(.*\)/\1 \2/p' |
	sort >symbols
check "symbols and their versions are those of the version script" diff -u map-versions symbols
check "nothing else is exported" test "$(nm -D --defined-only "$usr/lib/libluo.so" |
	grep -vc ' [TA] \(luo_[a-z_]*@@\)*LIBLUO_')" -eq 0
latest=$(cut -d ' ' -f 2 map-versions | sort -V | tail -n 1)
check "pkg-config knows the version" test "$(pkg-config --modversion libluo)" = "$latest.0"
check "so does the file" test -e "$usr/lib/libluo.so.$latest.0"

# prototypes <C: one in each line
prototypes() {
	awk '/^[a-z].* \**luo_[a-z_]*\(/ { on = 1 }
		on { text = text $0 " " }
		on && /;/ { print text; text = ""; on = 0 }' | tr -s ' \t' ' ' | sed 's/ $//' | sort
}

prototypes <"$header" >declared
sed -n 's/^\*\(.*;\)\*.*$/\1/p' "$top"/man/*.3.scd | tr -d '\\' | sort >documented
sed 's/.*[ *]\(luo_[a-z_]*\)(.*/\1/' declared | sort >header
check "the header declares the symbols, and no others" diff -u map header
check "the manual has them as they are declared" diff -u declared documented
awk '/Since [0-9]/ { v = $0; sub(/.*Since /, "", v); sub(/:.*/, "", v) }
	/^[a-z].* \**luo_[a-z_]*\(/ { sub(/\(.*/, ""); sub(/.*[ *]/, ""); print $0, v }' "$header" |
	sort >since
check "the header tells since when" diff -u map-versions since

# Manual

for page in "$top"/man/luo_*.3.scd; do
	title=$(basename "$page" .3.scd)
	sed -n '/^# NAME/,/^# SYNOPSIS/p' "$page" | sed 's/ - .*//' | grep -o 'luo_[a-z_]*' |
		sort >names
	sed -n 's/^\*.*[ *]\(luo_[a-z_]*\)(.*;\*.*/\1/p' "$page" | sort >synopsis
	check "$title(3) is named after its calls" diff -u synopsis names
	check "$title(3) says what threads may do" grep -qx '# THREADS' "$page"
	check "libluo(3) leads to $title(3)" grep -q "^:  \*$title\*(3)" "$top/man/libluo.3.scd"
done
if command -v scdoc >/dev/null; then
	while read -r call; do
		check "there is $call(3)" test -s "$usr/share/man/man3/$call.3"
	done <map
fi
# What is there is in the manual: enumerators, macros, members
tr -d '_*\\' <"$top/man/libluo.3.scd" >all-pages
for page in "$top"/man/luo_*.3.scd; do
	tr -d '_*\\' <"$page" >>all-pages
done
grep -oE '\bLUO_[A-Z_]+' "$header" | sort -u | while read -r name; do
	grep -qw "$(echo "$name" | tr -d _)" all-pages || echo "$name"
done >unmentioned
check "constants are in the manual" diff -u /dev/null unmentioned

# Programs

{
	echo '#include <libluo.h>'
	echo 'typedef void (*call)(void);'
	echo 'extern const call calls[];'
	echo 'const call calls[] = {'
	sed 's/.*/	(call)&,/' map
	echo '};'
	cat <<'END'

int main(void)
{
	struct luo_capabilities capabilities;
	char name[LUO_NAME_SIZE] = "";
	struct luo_status status;
	struct luo *luo;

	if (luo_open(&luo, "/nonexistent", LUO_OPEN_WRITE) >= 0 || luo)
		return 1;
	if (luo_wait_state(LUO_STATE_BIT(LUO_STATE_UNDEFINED), 0) >= 0)
		return 2;
	if (luo_probe(&capabilities) || capabilities.series < LUO_SERIES(2, 6))
		return 3;
	if (luo_session_get_name(-1, name) >= 0)
		return 4;
	return luo_get_status(0, &status) >= 0 && !status.number && !luo_state_name(status.state);
}
END
} >program.c
cp program.c program.cc
warnings="-Wall -Wextra -Werror -pedantic"
: "${CC:=cc}" "${CXX:=c++}"

# builds WHAT SOURCE COMPILER FLAG...: against the shared library, and the static one
builds() {
	what=$1 source=$2 compiler=$3
	shift 3
	# shellcheck disable=SC2046,SC2086 # words
	check "$what" $compiler $warnings "$@" "$source" -o shared $(pkg-config --cflags --libs libluo)
	check "$what, it runs" env LD_LIBRARY_PATH="$usr/lib" ./shared
	check "$what, it needs the shared library" grep -q 'libluo\.so\.1' shared
	# shellcheck disable=SC2046,SC2086
	check "$what, static" $compiler $warnings "$@" -static "$source" -o static \
		$(pkg-config --static --cflags --libs libluo)
	check "$what, static, it runs" ./static
	rm -f shared static
}

# Casts between types of functions are what the table is for.
for std in c99 c11 gnu17; do
	builds "a program in $std" program.c "$CC" -std=$std -Wno-cast-function-type
done
if command -v "$CXX" >/dev/null; then
	for std in c++11 c++20; do
		builds "a program in $std" program.cc "$CXX" -std=$std -Wno-cast-function-type
	done
	printf '#include <libluo.h>\n' >only.cc
	# shellcheck disable=SC2046
	check "the header is enough for itself in C++" "$CXX" -c -std=c++11 -Wall -Wextra -Werror \
		-pedantic -Wconversion -Wold-style-cast -Wshadow -Wundef only.cc \
		$(pkg-config --cflags libluo)
fi

{
	printf '#include <%s>\n' errno.h libluo.h poll.h unistd.h
	awk '/^```$/ && !on { on = 1; n++; print "int example" n "(int memfd);"
			print "int example" n "(int memfd)\n{\n\t(void)memfd;"; next }
		/^```$/ { on = 0; print "}" }
		on' "$top"/man/l*.3.scd
} >examples.c
check "there are examples" test "$(grep -c '^int example.*;' examples.c)" -ge 3
# shellcheck disable=SC2046
check "examples in the manual compile" "$CC" -c -std=gnu11 -Wall -Wextra -Werror examples.c \
	$(pkg-config --cflags libluo)

# What the library must not do

size -A "$usr/lib/libluo.a" | awk '/^\.t?(data|bss)/ && !/^\.data\.rel\.ro/ && $2 > 0' >data
check "it has no data that changes" diff -u /dev/null data
banned='[fdv]*printf|perror|f?puts|putchar|fwrite|std(in|out|err)|syslog|exit|_exit|abort'
banned="$banned|assert_fail|signal|sigaction|setlocale|strtok|strerror|getenv|setenv|chdir|umask|fork"
nm -u "$usr/lib/libluo.a" | awk 'NF == 2 { print $2 }' | sed 's/^__//; s/_chk$//' |
	grep -xE "$banned" >banned
check "it neither prints, nor exits, nor changes what is the process's" diff -u /dev/null banned

done_testing
