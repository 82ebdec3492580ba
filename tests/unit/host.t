#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What docs/host.md quotes is what the programs say, and what it names is there.
. "$(dirname "$0")/luoctl.sh"

guide=$top/docs/host.md

# The first column of the table of refusals, without the name of a client; what is left of
# each is to be in a text of the sources, which has formats where it has words of its own.
sed -n '/^### When it refuses/,/^## /p' "$guide" | sed -n 's/^| \([^|]*\)|.*/\1/p' |
	grep -o '`[^`]*`' | tr -d '`' | sed 's/^\(qemu:web\|…\): *//; s/ *…$//' |
	grep -v '^$' >quoted
check "there are refusals" test "$(wc -l <quoted)" -ge 15
cat >find.pl <<'END'
use strict;
use warnings;
my $all = '';
for my $file (glob("$ARGV[0]/{ctl,daemon,agents/qemu}/*.c")) {
	open my $f, '<', $file or die;
	local $/;
	$all .= <$f>;
}
$all =~ s/"\s*\n\s*"//g;
my @patterns;
while ($all =~ /"((?:[^"\\\n]|\\.)*)"/g) {
	my $text = $1;
	(my $words = $text) =~ s/%[a-z]*//g;
	next if length $words < 12;
	push @patterns, join '.*', map { quotemeta } split /%[a-z]+/, $text;
}
while (my $line = <STDIN>) {
	chomp $line;
	my $found = 0;
	for my $part (split / *… */, $line) {
		$found ||= index($all, $part) >= 0 && length $part >= 12;
	}
	$found ||= $line =~ /$_/ for @patterns;
	print "$line\n" unless $found;
}
END
perl find.pl "$top" <quoted >unknown
check "the programs say all of them" diff -u /dev/null unknown

# Parameters, settings and files that it names
grep -o '`\(liveupdate\.[a-z_]*\|[a-z_]*_timeout\|[a-z_]*_command\)=' "$guide" | tr -d '`=' |
	sort -u >named
check "it names settings" test "$(wc -l <named)" -ge 4
while read -r name; do
	check "$name is one" grep -rqw "${name#liveupdate.}" "$top/daemon/config.c" "$top/linux/kernel" \
		"$top/linux/mm"
done <named
grep -o '](\([^)#]*\)' "$guide" | cut -c 3- >links
while read -r link; do
	check "$link is there" test -e "$top/docs/$link"
done <links
done_testing
